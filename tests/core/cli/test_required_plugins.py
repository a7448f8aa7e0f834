"""`required_plugins`: what is missing is named in one line, with the pip command, before anything of it is imported."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from loadhost import UsageError
from loadhost._cli import required_plugins

USERS = "from loadhost import User, task\nclass Visitor(User):\n    @task\n    def visit(self): ...\n"


def refusal(outcome) -> str:
    """The one line on standard error."""
    assert outcome.returncode == 2, outcome.stderr
    assert outcome.stderr.count("\n") == 1, outcome.stderr
    return outcome.stderr.removeprefix("loadhost: error: ").rstrip()


def write(folder, requirements: str, before: str = "") -> None:
    (folder / "loadfile.py").write_text(f"{before}required_plugins = {requirements}\n{USERS}")


def test_the_line_comes_in_place_of_the_import_error(command, tmp_path):
    write(tmp_path, '["loadhost-nothere>=0.1"]', before="import loadhost_nothere\n")
    assert refusal(command("run")) == (
        "missing required plugins of loadfile.py: loadhost-nothere>=0.1; type: pip install 'loadhost-nothere>=0.1'"
    )


def test_all_that_are_missing_or_too_old_are_in_one_line(command, tmp_path):
    version = importlib.metadata.version("loadhost")
    write(tmp_path, '["loadhost-one", "loadhost>=99", "pytest", "loadhost-two[x]>=2,<3"]')
    line = refusal(command("run"))
    assert f": loadhost-one, loadhost>=99 ({version} is installed), loadhost-two[x]<3,>=2; type: pip install " in line
    assert line.endswith("pip install loadhost-one 'loadhost>=99' 'loadhost-two[x]<3,>=2'")


def test_those_of_several_loadfiles_are_one_line_and_none_is_imported(command, tmp_path):
    (tmp_path / "a.py").write_text("required_plugins = ['loadhost-one']\nprint('imported')\n")
    (tmp_path / "b.py").write_text("required_plugins: list[str] = ['loadhost-two']\n")
    outcome = command("run", "-f", "a.py,b.py")
    assert "plugins of a.py, b.py: loadhost-one, loadhost-two; type: pip install" in refusal(outcome)
    assert outcome.stdout == ""


def test_those_of_the_configuration_file_come_before_its_plugins_are_loaded(command, tmp_path):
    write(tmp_path, "[]")
    (tmp_path / "loadhost.toml").write_text('required-plugins = ["loadhost-nothere"]\nplugins = ["nothere"]\n')
    assert "missing required plugins of loadhost.toml: loadhost-nothere; type:" in refusal(command("run"))


def test_a_list_that_is_worked_out_is_read_after_the_import(command, tmp_path):
    write(tmp_path, '["loadhost-" + "nothere"]')
    assert "missing required plugins of loadfile.py: loadhost-nothere;" in refusal(command("run"))


def test_what_is_there_lets_the_run_begin(command, tmp_path):
    write(tmp_path, '["loadhost>=0.0.1", "pytest"]')
    assert command("run", "--list").returncode == 0


def test_a_requirement_for_another_system_is_none_here(command, tmp_path):
    other = "win32" if sys.platform != "win32" else "linux"
    write(tmp_path, f"""["loadhost-nothere; sys_platform == '{other}'"]""")
    assert command("run", "--list").returncode == 0


def test_help_is_given_all_the_same_with_the_line_on_top(command, tmp_path):
    write(tmp_path, '["loadhost-nothere"]')
    outcome = command("run", "loadfile.py", "--help")
    assert outcome.returncode == 0
    assert "missing required plugins of loadfile.py" in outcome.stdout.splitlines()[0]


@pytest.mark.parametrize(("arguments", "way"), [(("-p", "no:failratio"), "-p no:failratio"), (("--no-plugins",),) * 2])
def test_one_that_is_left_out_of_this_run_is_refused(command, tmp_path, arguments, way):
    pytest.importorskip("loadhost_failratio")
    write(tmp_path, '["loadhost_failratio"]')
    way = way if isinstance(way, str) else way[0]
    assert refusal(command("run", *arguments)) == (
        f"loadfile.py requires the plugin loadhost_failratio, which {way} leaves out; take that away"
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("loadhost-influx", "required_plugins = 'loadhost-influx' is no list of texts; write for example "),
        ([3], r"required_plugins = \[3\] is no list of texts"),
        (["a b"], "required_plugins: 'a b' is no requirement"),
        (["a>=x.y"], "required_plugins: 'a>=x.y' is no requirement"),
    ],
)
def test_what_is_no_list_of_requirements_is_refused(value, says):
    with pytest.raises(UsageError, match=f"^here.py: {says}"):
        required_plugins.read(value, "here.py")


def test_the_name_of_a_plugin_is_not_taken_for_a_distribution():
    pytest.importorskip("loadhost_failratio")
    with pytest.raises(UsageError, match="for 'failratio' write 'loadhost-failratio'"):
        required_plugins.check_installed(required_plugins.read(["failratio"], "here.py"))


def test_a_version_that_is_a_prerelease_meets_the_requirement(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.0rc1")
    required_plugins.check_installed(required_plugins.read(["loadhost-x>=1"], "here.py"))
