"""docs/loadfiles.md: its loadfiles, commands and programs run, as they stand there, only shorter and against a shop."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import loadhost
import pytest
from loadhost.testing import Shop

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "loadfiles.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = re.findall(r"^    loadhost (run .*)$", PAGE, flags=re.MULTILINE)
ADDRESS = "http://shop.test:8080"


@pytest.fixture(scope="module")
def host():
    with Shop() as shop:
        yield shop.url


@pytest.fixture
def folder(tmp_path: Path, host: str) -> Path:
    """The files of the page."""
    for name, source in FILES.items():
        (tmp_path / name).write_text(source.replace(ADDRESS, host), encoding="utf-8")
    return tmp_path


def python(folder: Path, *arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOADHOST_")}
    environ["LOADHOST_FITNESS"] = "off"
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    # The shop fails now and then, as shops do; exit code 1 says that.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def run(command: str, folder: Path, host: str) -> tuple[dict[str, Any], str]:
    """The JSON report of a command of the page, and what it printed."""
    command = command.replace("-t 1m", "-t 1s").replace(ADDRESS, host)
    output = python(folder, "-m", "loadhost", *shlex.split(command), "-s", "5", "--json-file", "run.json")
    report: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return report, output


def names(report: dict[str, Any]) -> set[str]:
    return {entry["name"] for entry in report["entries"]}


def only(text: str) -> str:
    """The one command of the page that has this text."""
    [command] = [command for command in COMMANDS if text in command]
    return command


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("forum.py", {"/product/:id", "/checkout", "/"}),
        ("markov.py", {"/product/:id", "/"}),
        ("--tags read", {"/product/:id", "/"}),
        ("--exclude-tags slow", {"/product/:id", "/"}),
        ("kinds.py --host", {"/product/:id", "/checkout", "/"}),
        ("Buyer Monitor", {"/product/:id", "/checkout", "/"}),
        ("stages.py", {"/product/:id", "/checkout"}),
    ],
)
def test_a_command_makes_the_requests_of_its_loadfile(text, requests, folder, host):
    report, _ = run(only(text), folder, host)
    assert requests <= names(report) <= requests | {"/checkout"}
    assert "/checkout" in requests or "tags" not in text or "/checkout" not in names(report)
    assert report["exceptions"] == []


def test_so_many_iterations_are_so_many_requests(folder, host):
    report, output = run(only("--iterations 200"), folder, host)
    assert report["totals"]["requests"] == 200 + 20  # each of the twenty users logs in
    assert "all 200 iterations are done" in output


def test_statistics_that_are_reset_say_so(folder, host):
    report, output = run(only("--reset-stats"), folder, host)
    assert report["run"]["counted_s"] < report["run"]["duration_s"]
    assert "they were reset" in output


def test_messages_go_to_and_fro(folder, host):
    _, output = run(only("hooks.py"), folder, host)
    assert "2 accounts" in output


def test_the_library_program_runs(folder):
    requests, reason = python(folder, "library.py").split(maxsplit=1)
    assert int(requests) >= 50
    assert reason.strip() == "all 50 iterations are done"


def test_one_user_is_run_until_it_is_interrupted(folder):
    program = subprocess.Popen([sys.executable, "debug.py"], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(4)]
    finally:
        program.kill()
        program.communicate()
    assert "/login" in "".join(lines)
    assert "/product/:id" in "".join(lines) or "/search" in "".join(lines)


def test_every_name_that_the_examples_import_is_public():
    imported = {name.strip() for line in re.findall(r"^from loadhost import (.*)$", PAGE, re.MULTILINE)
                for name in line.split(",")}  # fmt: skip
    assert imported <= set(loadhost.__all__)
