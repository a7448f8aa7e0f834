"""The configuration file: every type of value, lists, switches, names of keys, and what is refused."""

from __future__ import annotations

import json

import pytest

SETTINGS = """
from loadhost import OptionSpec, User, hookimpl, task
from pathlib import Path
from loadhost_hookspecs import duration, ratio

class Visitor(User):
    @task
    def visit(self): ...

@hookimpl
def loadhost_add_options(options):
    options.add(OptionSpec("--text"))
    options.add(OptionSpec("--number", type=int))
    options.add(OptionSpec("--part", type=float))
    options.add(OptionSpec("--on/--no-on", type=bool, default=True))
    options.add(OptionSpec("--place", type=Path))
    options.add(OptionSpec("--time", type=duration))
    options.add(OptionSpec("--ratio", type=ratio))
    options.add(OptionSpec("--colour", choices=("red", "blue")))
    options.add(OptionSpec("--many", type=int, multiple=True))
"""


@pytest.fixture
def shown(command, tmp_path):
    """What --show-config says of a setting, with these lines in loadhost.toml."""
    (tmp_path / "loadfile.py").write_text(SETTINGS)

    def show(lines: str, name: str, **variables: str) -> tuple[str, str]:
        (tmp_path / "loadhost.toml").write_text(lines)
        outcome = command("run", "--show-config", **variables)
        assert outcome.returncode == 0, outcome.stderr
        row = next(line for line in outcome.stdout.splitlines() if line.split()[0] == name)
        value, _, source = row.removeprefix(name).strip().rpartition("  ")
        return value.strip(), source

    return show


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('text = "a # b"', "a # b"),
        ("number = 3", "3"),
        ('number = "3"', "3"),
        ("part = 2.5", "2.5"),
        ("part = 2", "2"),
        ("on = false", "False"),
        ('place = "some/file"', "some/file"),
        ("time = 90", "90"),
        ('time = "1m30s"', "90"),
        ('ratio = "20%"', "0.2"),
        ('colour = "RED"', "red"),
        ("many = [1, 2]", "1, 2"),
        ("many = 1", "1"),
        ("many = []", "-"),
        ('run-time = "1h30m"', "5400"),
        ('run_time = "300"', "300"),
        ('tags = ["a,b", "c"]', "a, b, c"),
        ('tags = "a b"', "a, b"),
        ("headless = true", "True"),
        ('user-classes = ["Visitor"]', "Visitor"),
        ("iterations = 1000", "1000"),
        ('loadfiles = ["loadfile.py"]', "loadfile.py"),
    ],
)
def test_a_value_of_each_type(shown, command, line, value):
    key = line.split(" = ")[0]
    name = {"run_time": "run-time", "loadfiles": "loadfile"}.get(key, key)
    assert shown(line + "\n", name) == (value, "(config file: loadhost.toml)")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("text = 3", "text: 3 is a number; write a text, in quotes"),
        ('number = "three"', "number: 'three' is not a whole number"),
        ("number = 2.5", "number: '2.5' is not a whole number"),
        ("number = [1]", "number: [1] is a list; write a whole number"),
        ("number = true", "number: True is true or false; write a whole number"),
        ('on = "no"', "on: 'no' is not true or false; write it without quotes"),
        ("on = 1", "on: 1 is not true or false; write it without quotes"),
        ('colour = "rde"', "colour: 'rde' is not one of red, blue; did you mean red?"),
        ("colour = 1979-05-27", "colour: datetime.date(1979, 5, 27) is something else; write one of red, blue"),
        ("many = [1, [2]]", "many: [2] is a list; write a whole number"),
        ("[text]\nx = 1", "text: {'x': 1} is a table; write a text"),
        ("nmber = 3", "there is no option 'nmber'; did you mean number?"),
        ("plugin = 'x'\nplugins = ['y']", "plugin and plugins are the same setting; keep one of them"),
        ("run-time = '1s'\nrun_time = '2s'", "run-time and run_time are the same setting; keep one of them"),
        ("required_plugns = []", "there is no option 'required_plugns'; did you mean required_plugins?"),
        ("tags = ", "loadhost.toml is not valid TOML: "),
        ("tags = {a = 1}", "tags: {'a': 1} is a table; write a text"),
        ("no-on = true", "there is no option 'no-on'"),
    ],
)
def test_what_can_not_be_is_one_line_with_file_and_key(command, tmp_path, line, says):
    (tmp_path / "loadfile.py").write_text(SETTINGS)
    (tmp_path / "loadhost.toml").write_text(line + "\n")
    outcome = command("run", "--show-config")
    assert outcome.returncode == 2, outcome.stdout
    assert outcome.stderr.count("\n") == 1
    assert outcome.stderr.startswith("loadhost: error: loadhost.toml")
    assert says in outcome.stderr


def test_a_variable_goes_before_the_file(shown):
    assert shown("number = 3\n", "number", LOADHOST_NUMBER="4") == ("4", "(environment: LOADHOST_NUMBER)")


def test_a_named_file_is_read_in_place_of_the_default(command, tmp_path):
    (tmp_path / "loadfile.py").write_text(SETTINGS)
    (tmp_path / "loadhost.toml").write_text("number = 1\n")
    (tmp_path / "mine.toml").write_text("number = 2\n")
    assert "2" in command("run", "--config", "mine.toml", "--show-config").stdout.split("number")[1].split()[0]


def test_the_report_has_each_setting_with_its_source(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('tags = ["x"]\nexclude-tags = ["y"]\niterations = 3\n')
    source = (
        loadfile.read_text().replace("    @task\n", "    @tag('x')\n    @task\n").replace("task\n", "tag, task\n", 1)
    )
    loadfile.write_text(source)
    outcome = command("run", "loadfile.py", "Shopper", "--json-file", "run.json", LOADHOST_RUN_TIME="20s")
    assert outcome.returncode == 0, outcome.stderr
    report = json.loads((tmp_path / "run.json").read_text())
    assert report["totals"]["requests"] == 3
    options = report["options"]
    assert options["tags"] == {"value": ["x"], "source": "config file"}
    assert options["user_classes"] == {"value": ["Shopper"], "source": "command line"}
    assert options["run_time"] == {"value": 20.0, "source": "environment"}
