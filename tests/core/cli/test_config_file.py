"""The configuration file: every type of value, lists, switches, names of keys, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from loadhost import OptionSpec, UsageError
from loadhost._cli.config_file import read_settings, rename_to_destinations, unknown_key
from loadhost._config import Config
from loadhost._options.core import CORE_OPTIONS
from loadhost._options.layers import resolve
from loadhost._options.registry import OptionRegistry
from loadhost._plugins.refs import PluginRef
from loadhost_hookspecs import duration, ratio

OPTIONS = (
    OptionSpec("--text"),
    OptionSpec("--number", type=int),
    OptionSpec("--part", type=float),
    OptionSpec("--on/--no-on", type=bool, default=True),
    OptionSpec("--place", type=Path),
    OptionSpec("--time", type=duration),
    OptionSpec("--ratio", type=ratio),
    OptionSpec("--colour", choices=("red", "blue")),
    OptionSpec("--many", type=int, multiple=True),
)


@pytest.fixture
def read(tmp_path):
    """The Config that these lines of loadhost.toml give, or UsageError."""

    def read(lines: str) -> Config:
        (tmp_path / "loadhost.toml").write_text(lines)
        registry = OptionRegistry.with_core()
        for option in OPTIONS:
            registry.for_plugin(PluginRef("mine")).add(option)
        file = rename_to_destinations(read_settings(None, tmp_path), registry)
        if unknown := unknown_key(file, registry):
            raise UsageError(unknown)
        return resolve(registry, {}, {}, file)

    return read


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('text = "a # b"', "a # b"),
        ("number = 3", 3),
        ('number = "3"', 3),
        ("part = 2.5", 2.5),
        ("part = 2", 2.0),
        ("on = false", False),
        ('place = "some/file"', Path("some/file")),
        ("time = 90", 90.0),
        ('time = "1m30s"', 90.0),
        ('ratio = "20%"', 0.2),
        ('colour = "RED"', "red"),
        ("many = [1, 2]", [1, 2]),
        ("many = 1", [1]),
        ("many = []", []),
        ('run-time = "1h30m"', 5400.0),
        ('run_time = "300"', 300.0),
        ('tags = ["a,b", "c"]', ["a", "b", "c"]),
        ('tags = "a b"', ["a", "b"]),
        ("headless = true", True),
        ('user-classes = ["Visitor"]', ["Visitor"]),
        ("iterations = 1000", 1000),
        ('loadfiles = ["loadfile.py"]', ["loadfile.py"]),
    ],
)
def test_a_value_of_each_type(read, line, value):
    name = {"loadfiles": "loadfile"}.get(line.split(" = ")[0], line.split(" = ")[0]).replace("-", "_")
    config = read(line + "\n")
    assert getattr(config.options, name) == value
    assert config.source(name) == "config file"


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
def test_what_can_not_be_is_one_line_with_file_and_key(read, line, says):
    with pytest.raises(UsageError) as refused:
        read(line + "\n")
    assert str(refused.value).startswith("loadhost.toml")
    assert "\n" not in str(refused.value)
    assert says in str(refused.value)


def test_show_config_names_the_variable_and_the_file(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text("users = 3\nspawn-rate = 2\n")
    lines = command("run", "--show-config", LOADHOST_USERS="4").stdout.splitlines()
    assert next(line for line in lines if line.startswith("users ")).split(maxsplit=2)[1:] == [
        "4", "(environment: LOADHOST_USERS)",
    ]  # fmt: skip
    assert next(line for line in lines if line.startswith("spawn-rate ")).endswith("(config file: loadhost.toml)")


def test_a_named_file_is_read_in_place_of_the_default(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text("users = 1\n")
    (tmp_path / "mine.toml").write_text("users = 2\n")
    shown = command("run", "--config", "mine.toml", "--show-config").stdout
    assert ["users", "2", "(config", "file:", "mine.toml)"] in [line.split() for line in shown.splitlines()]


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


def test_every_option_of_the_core_has_a_variable(command, loadfile, tmp_path):
    (tmp_path / "mine.py").write_text("x = 1\n")
    (tmp_path / "mine.toml").write_text("")
    given = {
        "host": "http://shop.test", "users": "3", "spawn_rate": "2.5", "rate": "50/s", "max_users": "7",
        "stages": "1s:3u", "run_time": "1m30s", "iterations": "9", "reset_stats": "1", "stop_timeout": "250ms",
        "loadfile": "loadfile.py", "user_classes": "Shopper Thief", "tags": "a,b", "exclude_tags": "c",
        "config_users": '{"user_class_name": "Thief"}', "list": "0", "show_task_ratio": "false",
        "show_task_ratio_json": "no", "exit_code_on_error": "9", "loglevel": "error", "logfile": "x.log",
        "plugin": "mine", "no_plugins": "off", "strict_plugins": "yes", "config": "mine.toml", "show_config": "on",
        "headless": "true", "debug": "0",
    }  # fmt: skip
    variables = {f"LOADHOST_{name.upper()}": text for name, text in given.items()}
    variables["LOADHOST_PLUGINS"] = variables.pop("LOADHOST_PLUGIN")
    outcome = command("run", **variables)
    assert outcome.returncode == 0, outcome.stderr
    from_environment = {line.split()[0] for line in outcome.stdout.splitlines() if "(environment: LOADHOST_" in line}
    assert from_environment == {name.replace("_", "-") for name in given}
    assert set(given) == {spec.name for _, spec in CORE_OPTIONS}
