"""Runs that have ended, made of real statistics, and settings, for the plugins that write reports."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from loadhost import User
from loadhost.stats import Caps, Stats
from loadhost_hookspecs import RunResult, StatsWindow

START = 1_700_000_000.0


class Config:
    """Settings, as a plugin is given them."""

    def __init__(self, node: str = "local", **options: Any) -> None:
        self.node = node
        self.options = Namespace(**options)


class FakeRun:
    """Statistics that are fed by hand, second by second, and the result they make."""

    def __init__(self, caps: Caps | None = None) -> None:
        self.stats = Stats(caps) if caps else Stats()
        self.windows: list[StatsWindow] = []
        self.config = Config(run_time=None)
        self.host: str | None = "http://127.0.0.1:8000"
        self.user_classes: list[type] = [User]
        self.runner = Namespace(state="running", user_count=5, target_user_count=5)
        self.statuses: tuple[Any, ...] = ()
        self.plugin_health: tuple[Any, ...] = ()

    def second(self, *requests: tuple[Any, ...], seconds: float = 1.0, final: bool = False) -> StatsWindow:
        """One window with requests (method, name, ms, error or None)."""
        for method, name, ms, error in requests:
            self.stats.record(name, method, ms, ms, 100, error)
        start = START + sum(window.duration for window in self.windows)
        window = self.stats.close_window(start, seconds, user_count=5, final=final)
        self.windows.append(window)
        return window

    def result(self, **changes: Any) -> RunResult:
        """The run as it ended."""
        result = RunResult(
            run_id="20260101T000000Z-abc",
            node="local",
            started_s=START,
            ended_s=START + sum(window.duration for window in self.windows),
            stop_reason="run time of 2s is over",
            interrupted_by=None,
            user_count=5,
            totals=self.stats.totals_figures(),
            entries=self.stats.entry_figures(),
            failures=self.stats.error_counts(),
            exceptions=self.stats.exception_counts(),
            windows=tuple(self.windows),
            metrics=(),
            plugins=(),
            statuses=(),
            options={},
            command="loadhost run",
        )
        return replace(result, **changes)


@pytest.fixture(scope="session")
def new_run() -> type[FakeRun]:
    """Makes empty runs, for tests that need more than one."""
    return FakeRun


@pytest.fixture
def run() -> FakeRun:
    """An empty run."""
    return FakeRun()


@pytest.fixture
def shopping(run: FakeRun) -> FakeRun:
    """A run of two seconds: ten good and two failed requests under three names."""
    good: Iterable[tuple[Any, ...]] = [("GET", "/", 10.0 + number, None) for number in range(8)]
    run.second(*good, ("POST", "/buy", 250.0, "500 Server Error"))
    run.second(("GET", "/cart", 0.5, None), ("GET", "/cart", 20.0, None), ("POST", "/buy", 300.0, "500 Server Error"))
    return run


@pytest.fixture
def config() -> Callable[..., Config]:
    """The class of settings: config(csv="x")."""
    return Config
