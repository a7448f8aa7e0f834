"""Unmodified locustfiles, in the manner of each page of Locust's documentation, run by `loadhost run`."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILES = sorted(path.name for path in Path(__file__).with_name("locustfiles").glob("*.py"))
PROGRAMS = ("library.py", "single_user.py")


@pytest.mark.parametrize("file", [name for name in FILES if name not in PROGRAMS])
def test_it_runs_unmodified(file: str, cases: ModuleType, runs: dict[str, Any]) -> None:
    """What it requests, what of that fails, what it prints, and its exit code."""
    (each,) = [case for case in cases.CASES if case.file == file]
    cases.judge(each, runs[file])
