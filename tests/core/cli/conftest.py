"""A real `loadhost` command for each test, in a process of its own or in this one, in a folder of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

LOADFILE = """
from loadhost import User, constant, task


class Shopper(User):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.environment.requests.record("LOOK", "shelf", 5.0)


class Thief(User):
    wait_time = constant(0.05)

    @task
    def steal(self):
        self.environment.requests.record("STEAL", "shelf", 5.0)
"""


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings for loadhost, and with what makes its output the same anywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOADHOST_", "_LOADHOST_"))}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb", **variables}


@dataclass(frozen=True)
class Ended:
    """What a command wrote, and the code it ended with."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def child_in() -> Command:
    """`child_in(folder, "run", "-u", "5", LOADHOST_HOST="...")` runs loadhost there, as a process of its own."""

    def run(folder: Path, *arguments: str, **variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "loadhost", *arguments],
            cwd=folder,
            env=clean_environment(**variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture
def child(child_in: Command, tmp_path: Path) -> Command:
    """The same in tmp_path: `child("run", "-u", "5")`."""
    return partial(child_in, tmp_path)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Like `child`, in this process, in a thirtieth of the time: for users that need neither patch nor signal."""
    from loadhost._cli.main import main
    from loadhost._plugins.current import set_current_manager

    root = logging.getLogger()
    handlers, level, modules = list(root.handlers), root.level, set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **variables: str) -> Ended:
        with monkeypatch.context() as patch:
            patch.setattr(os, "environ", clean_environment(**variables))
            code = main(arguments)
        written = capsys.readouterr()
        _forget_modules_of(tmp_path, modules)
        return Ended(code, written.out, written.err)

    yield run
    set_current_manager(None)
    root.handlers[:] = handlers
    root.setLevel(level)


def _forget_modules_of(folder: Path, known: set[str]) -> None:
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def loadfile(tmp_path: Path) -> Path:
    """A loadfile with the user classes Shopper and Thief, which need no network."""
    path = tmp_path / "loadfile.py"
    path.write_text(LOADFILE)
    return path
