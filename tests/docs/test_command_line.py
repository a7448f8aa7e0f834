"""docs/command-line.md has every option as it is, and its commands, files and messages are real."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from loadhost import PluginManager, UsageError
from loadhost._cli import required_plugins
from loadhost._cli.errors import PLUGIN, USAGE
from loadhost._options.registry import RegisteredOption, collect_options
from loadhost._plugins.loading import load_plugins
from loadhost.testing import LoadhostRun

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:[A-Z_]+=\S+ )*loadhost (run [^[\n]*)$", PAGE, flags=re.MULTILINE)
FILES = re.findall(r"^```\w*\n# ([\w./]+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def options() -> list[RegisteredOption]:
    """Those of `loadhost run`: the core's, and those of builtin plugins."""
    manager = PluginManager()
    load_plugins(manager, entry_points=False)
    return collect_options(manager).for_command("run")


def row(option: RegisteredOption) -> str:
    """The option's row in the tables of the page."""
    spec = option.spec
    flags = ", ".join(f"`{flag}`" for flag in spec.flags)
    shown = f"{spec.default:g}" if isinstance(spec.default, float) else str(spec.default)
    default = "" if spec.default is None or spec.default is False or spec.multiple else f"`{shown}`"
    meaning = spec.help.replace("|", "\\|").replace("<", "&lt;")
    return f"| {flags} | {meaning} | {default} | `{spec.variable}` |"


@pytest.fixture
def files(tmp_path):
    """The page's files, in a folder."""
    for name, source in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("option", options(), ids=lambda option: option.name)
def test_every_option_has_its_row(option):
    assert row(option) in PAGE.splitlines(), f"docs/command-line.md lacks this row, or has another one:\n{row(option)}"


def test_no_row_is_of_an_option_that_there_is_not():
    rows = [line for line in PAGE.splitlines() if line.startswith(("| `-", "| `--")) and line.count("|") > 4]
    assert [line for line in rows if line not in map(row, options())] == []


def test_the_exit_codes_are_those_of_the_code():
    table = dict(re.findall(r"^\| (\d+) \| (.*?) \|$", PAGE, flags=re.MULTILINE))
    assert set(table) == {"0", "1", "2", "3", "4", "5", "130", "143"}
    assert "refused" in table[str(USAGE)]
    assert "exception" in table[str(PLUGIN)]


@pytest.mark.slow
@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_every_command_of_the_page_is_one(command, files):
    run = LoadhostRun(files)
    try:
        outcome = run.command(*shlex.split(command), "--show-config")
    finally:
        run.close()
    assert outcome.exit_code == 0, outcome.stderr


@pytest.fixture
def run(files):
    """A command in the page's folder, without its settings."""
    (files / "loadhost.toml").unlink()
    run = LoadhostRun(files)
    yield run
    run.close()


@pytest.mark.slow
def test_the_loadfile_with_options_of_its_own_runs(run):
    outcome = run.command("run", "arguments.py", "--shop-tenant", "blue", "-t", "1s", env={"SHOP_KEY": "k9k9"})
    assert outcome.exit_code == 0, outcome.stderr
    assert "tenant blue, slow False" in outcome.stdout
    assert "k9k9" not in outcome.stdout + outcome.stderr


@pytest.mark.slow
def test_the_loadfile_that_judges_decides_on_the_exit_code(run):
    assert run.command("run", "judge.py", "-t", "1s").exit_code == 42


def test_the_error_of_the_page_is_the_real_one(tmp_path):
    said = re.search(r"^    loadhost: error: (missing required plugins .*)$", PAGE, flags=re.MULTILINE)
    assert said is not None
    with pytest.raises(UsageError) as refused:
        required_plugins.check_installed(required_plugins.read(["loadhost-nothere>=0.1"], "loadfile.py"))
    assert str(refused.value).replace("nothere", "influx") == said[1]
