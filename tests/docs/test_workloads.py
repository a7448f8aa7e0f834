"""docs/workloads.md: its loadfiles and its commands run, as they stand there, only shorter and against a shop here."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import Shop

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "workloads.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    loadhost (run .*)$", PAGE, flags=re.MULTILINE)
SHORTER = [
    ("-t 1m", "-t 2500ms"), ("30s:100u, 2m:100u, 30s:0u", "500ms:10u, 1s:10u, 500ms:0u"),
    ("1m:500/s, 5m:500/s", "1s:50/s, 1s:50/s"), ("-u 100", "-u 10"), ("http://shop.test:8080", "HOST"),
]  # fmt: skip


@pytest.fixture(scope="module")
def host():
    with Shop() as shop:
        yield shop.url


def run(command: str, folder: Path, host: str) -> dict[str, Any]:
    """The JSON report of a command of the page."""
    for name, source in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(source, encoding="utf-8")
    for text, shorter in SHORTER:
        command = command.replace(text, shorter)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOADHOST_")}
    environ["LOADHOST_FITNESS"] = "off"  # machines that run tests are busy
    arguments = [*shlex.split(command.replace("HOST", host)), "-s", "5", "--json-file", "run.json"]
    done = subprocess.run(
        [sys.executable, "-m", "loadhost", *arguments],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return report


def test_there_are_commands_on_the_page():
    assert len(COMMANDS) == 7


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_makes_load(command, tmp_path, host):
    report = run(command, tmp_path, host)
    assert report["totals"]["requests"] > 0
    assert report["verdict"]["outcome"] == "passed"
    if any(text in command for text in ("paced.py", "waves.py", "--rate", ":500/s")):
        assert report["instrument"]["iterations_due"] > 0


def test_the_keys_of_the_instrument_are_those_of_the_page(tmp_path, host):
    report = run(COMMANDS[1], tmp_path, host)
    assert [key for key in report["instrument"] if f"`{key}`" not in PAGE] == []
    assert [key for key in report["instrument"]["lag_ms"] if f"`{key}`" not in PAGE] == []


def test_the_library_calls_of_the_page_exist():
    from loadhost.runners import Runner

    assert all(callable(getattr(Runner, name)) for name in re.findall(r"`runner\.(\w+)\(", PAGE))
