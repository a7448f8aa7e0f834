"""Reading Locust's command line: options from all their places, and what of it loadhost run is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loadhost import UsageError
from loadhost_locust import command
from loadhost_locust._command_line import CommandLine, read_command_line
from loadhost_locust._options import OPTIONS
from loadhost_locust._run_arguments import run_arguments

Read = Callable[..., CommandLine]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """`read("-u", "5", LOCUST_HOST="http://x")` in an empty folder that is home as well."""

    def read_line(*arguments: str, **environ: str) -> CommandLine:
        return read_command_line(arguments, {"HOME": str(tmp_path / "home"), **environ}, tmp_path)

    (tmp_path / "home").mkdir()
    return read_line


def test_without_anything_the_defaults_are_locusts(read: Read) -> None:
    options = read().options
    assert (options.locustfile, options.num_users, options.stop_timeout) == ("locustfile.py", None, 0)
    assert (options.exit_code_on_error, options.loglevel, options.headless) == (1, "INFO", False)


def test_short_and_long_flags_with_values_in_every_form(read: Read) -> None:
    options = read("-u5", "-r", "2.5", "--run-time=1h20m", "-s", "3", "-Ldebug", "--headless").options
    assert (options.num_users, options.spawn_rate, options.run_time, options.stop_timeout) == (5, 2.5, 4800, 3)
    assert (options.loglevel, options.headless) == ("DEBUG", True)


def test_tags_take_every_word_up_to_the_next_flag(read: Read) -> None:
    line = read("-T", "one", "two", "-E", "three", "--headless", "Shopper")
    assert (line.options.tags, line.options.exclude_tags) == (["one", "two"], ["three"])
    assert line.options.user_classes == ["Shopper"]


def test_what_locust_does_not_know_is_kept_in_its_order(read: Read) -> None:
    assert read("--mine", "5", "-u", "1", "Shopper", "--other=6").rest == ("--mine", "5", "Shopper", "--other=6")


def test_the_line_goes_before_the_environment_before_the_files(read: Read, tmp_path: Path) -> None:
    (tmp_path / "home" / ".locust.conf").write_text("users = 1\nspawn-rate = 1\nhost = http://home\n")
    (tmp_path / "locust.conf").write_text("users = 2\nspawn-rate = 2\nrun-time = 2s\n")
    (tmp_path / "pyproject.toml").write_text("[tool.locust]\nusers = 3\nheadless = true\ntags = ['a', 'b']\n")
    (tmp_path / "own.conf").write_text("users = 4\n")
    options = read("--config", "own.conf", "-r", "9", LOCUST_SPAWN_RATE="8", LOCUST_RUN_TIME="7m").options
    assert (options.num_users, options.spawn_rate, options.run_time) == (4, 9, 420)
    assert (options.host, options.headless, options.tags) == ("http://home", True, ["a", "b"])


def test_a_file_may_be_written_in_each_of_its_forms(read: Read, tmp_path: Path) -> None:
    lines = "# a comment\n[section]\nlocustfile: a.py\n--users 7\nheadless\nonly-summary = false\ntags = [x, 'y']\n"
    (tmp_path / "locust.conf").write_text(lines + "my-own = 'text'  # explained\n")
    line = read()
    assert (line.options.locustfile, line.options.num_users, line.options.tags) == ("a.py", 7, ["x", "y"])
    assert (line.options.headless, line.options.only_summary) == (True, False)
    assert line.rest == ("--my-own=text",)


def test_user_classes_may_come_from_the_environment(read: Read) -> None:
    assert read(LOCUST_USER_CLASSES="Shopper Thief").rest == ("Shopper", "Thief")
    assert read("Thief", LOCUST_USER_CLASSES="Shopper").rest == ("Thief",)


def test_a_value_that_is_none_ends_it_as_locust_would(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read("-u", "many")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "locust: error: argument -u/--users: invalid int value: 'many'\n"


def test_a_config_that_is_missing_is_named(read: Read) -> None:
    with pytest.raises(UsageError, match=r"--config none\.conf: there is no such file"):
        read("--config", "none.conf")


def test_loadhost_run_is_given_what_was_set_and_nothing_else(read: Read) -> None:
    line = read("-H", "http://x", "-t", "90s", "-T", "a", "b", "--reset-stats", "-s", "2", "--mine", "5", "Shopper")
    arguments = run_arguments(line, [Path("/l.py")])
    assert arguments[:2] == ["run", "/l.py"]
    assert arguments[5:] == [
        "--host=http://x",
        "--run-time=90s",
        "--stop-timeout=2s",
        "--tags=a",
        "--tags=b",
        "--reset-stats",
        "--mine",
        "5",
        "Shopper",
    ]


@pytest.mark.parametrize("option", [each for each in OPTIONS if each.refused], ids=lambda option: option.long)
def test_what_is_not_here_is_refused_by_name(option: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = option.long if option.type is bool else f"{option.long}=2"
    with pytest.raises(UsageError, match=f"^{option.long}: "):
        command.main(["--headless", given])


def test_without_headless_it_says_what_to_add(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="add --headless, or set LOCUST_HEADLESS=1"):
        command.main([])


def test_full_history_needs_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="add --csv PREFIX"):
        command.main(["--headless", "--csv-full-history"])


def test_a_locustfile_that_is_missing_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--headless", "-f", "no_such_file.py"]) == 1
    assert capsys.readouterr().err.startswith(
        "Could not find 'no_such_file.py'. Ensure your locustfile ends with '.py'"
    )


def test_a_url_is_no_locustfile() -> None:
    with pytest.raises(UsageError, match="loadhost downloads no locustfiles"):
        command.main(["--headless", "-f", "http://x/locustfile.py"])


def test_a_folder_is_all_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one.py", "a/two.py", "a/b/three.py", "a/_helper.py", "a/b/__init__.py"):
        (tmp_path / name).touch()
    found = command.find_locustfiles("a,one.py", tmp_path) or []
    assert [path.name for path in found] == ["three.py", "two.py", "one.py"]


def test_the_version_begins_as_locusts(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["-V"]) == 0
    assert capsys.readouterr().out.startswith("locust 2.47.0 (loadhost ")


def test_help_lists_locusts_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "--spawn-rate" in shown
    assert "--master" not in shown
