"""What this process takes of the machine is told while a run goes on, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import User
from loadhost._running import usage_monitor
from loadhost.testing import Recorder

MakeRunner = Callable[..., Any]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_monitor, "INTERVAL_S", 0.02)


def run_for(runner: Any, seconds: float) -> None:
    runner.start(1, 100)
    gevent.sleep(seconds)
    runner.stop()


def test_readings_come_at_the_interval(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    run_for(make_runner(shopper), 0.3)
    assert 5 <= len(loadhost_recorder.of("loadhost_usage_monitor")) <= 15


def test_readings_end_with_the_run(make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder) -> None:
    run_for(make_runner(shopper), 0.1)
    loadhost_recorder.clear()
    gevent.sleep(0.1)
    assert loadhost_recorder.of("loadhost_usage_monitor") == []


def test_one_high_reading_is_no_warning(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_monitor, "CPU_LIMIT_PERCENT", 1e9)
    run_for(make_runner(shopper), 0.1)
    assert loadhost_recorder.of("loadhost_cpu_warning") == []


def test_readings_that_stay_high_are_warned_of_once_per_run(
    make_runner: MakeRunner,
    shopper: type[User],
    loadhost_recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(usage_monitor, "CPU_LIMIT_PERCENT", -1)
    runner = make_runner(shopper)
    for runs in (1, 2):
        runner.start(1, 100)
        gevent.sleep(0.1)
        monkeypatch.setattr(usage_monitor, "CPU_LIMIT_PERCENT", 1e9)
        gevent.sleep(0.05)  # it falls, and rises again
        monkeypatch.setattr(usage_monitor, "CPU_LIMIT_PERCENT", -1)
        gevent.sleep(0.1)
        runner.stop()
        assert len(loadhost_recorder.of("loadhost_cpu_warning")) == runs
    assert "of a CPU core" in caplog.text
