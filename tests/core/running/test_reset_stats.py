"""Statistics that begin anew in the middle of a run: by --reset-stats, or by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import StatsWindow, User, constant, hookimpl, task

MakeRunner = Callable[..., Any]
Until = Callable[..., None]


class Shopper(User):
    """A request about every two milliseconds."""

    wait_time = constant(0.002)

    @task
    def browse(self) -> None:
        self.environment.requests.record("GET", "/", 1.0)


class Adding:
    """Adds up windows, and forgets them when it is told to, as an exporter does."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.kept: list[StatsWindow] = []
        self.all = 0
        self.sent = 0

    @hookimpl
    def loadhost_stats_window(self, window: StatsWindow) -> None:
        self.told.append("window")
        self.kept.append(window)
        self.all += window.total.requests

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        self.told.append("reset")
        self.kept.clear()

    @hookimpl
    def loadhost_spawning_complete(self) -> None:
        self.told.append("spawned")

    @hookimpl
    def loadhost_request(self) -> None:
        self.sent += 1


@pytest.fixture
def adding() -> Adding:
    return Adding()


def test_statistics_begin_anew_once_all_users_are_spawned(
    make_runner: MakeRunner, until: Until, adding: Adding
) -> None:
    runner = make_runner(Shopper, plugins=[adding], reset_stats=True)
    runner.start(8, 40)
    until(lambda: runner.state == "running" and runner.stats.total.num_requests > 50)
    runner.stop()
    result = runner.result
    assert adding.told.count("reset") == 1
    assert result.reset_s - result.started_s > 0.1
    assert result.counted_s == result.ended_s - result.reset_s < result.duration_s
    assert result.totals.requests < adding.sent


def test_windows_since_the_reset_add_up_to_the_totals_and_all_windows_to_all_requests(
    make_runner: MakeRunner, until: Until, adding: Adding
) -> None:
    """What was counted before is in a window of its own, told before plugins forget: an exporter loses nothing."""
    runner = make_runner(Shopper, plugins=[adding], reset_stats=True)
    runner.start(5, 100)
    until(lambda: "spawned" in adding.told and runner.stats.total.num_requests > 50)
    runner.stop()
    totals = runner.result.totals.requests
    assert sum(window.total.requests for window in adding.kept) == totals
    assert sum(window.total.requests for window in runner.result.windows) == totals
    assert adding.all == adding.sent > totals


def test_windows_follow_each_other_without_a_gap(make_runner: MakeRunner, until: Until) -> None:
    windows: list[StatsWindow] = []

    class Keeping:
        @hookimpl
        def loadhost_stats_window(self, window: StatsWindow) -> None:
            windows.append(window)

    runner = make_runner(Shopper, plugins=[Keeping()])
    runner.start(1, 1)
    gevent.sleep(0.05)
    runner.environment.reset_stats()
    gevent.sleep(0.05)
    runner.stop()
    ends = [window.start + window.duration for window in windows]
    assert [window.start for window in windows[1:]] == pytest.approx(ends[:-1], abs=1e-6)
    assert ends[-1] - windows[0].start == pytest.approx(runner.result.duration_s, abs=0.05)


def test_only_the_first_target_resets_them(make_runner: MakeRunner, until: Until, adding: Adding) -> None:
    """Else the figures of a run in stages would be those of its last second."""
    runner = make_runner(Shopper, plugins=[adding], reset_stats=True)
    runner.start_stages("100ms:3u, 100ms:3u, 100ms:1u")
    until(lambda: runner.state == "stopped")
    assert adding.told.count("reset") == 1
    assert adding.told.count("spawned") == 2


def test_one_by_hand_during_the_ramp_does_not_stand_for_it(
    make_runner: MakeRunner, until: Until, adding: Adding
) -> None:
    runner = make_runner(Shopper, plugins=[adding], reset_stats=True)
    runner.start(4, 20)
    runner.environment.reset_stats()
    until(lambda: "spawned" in adding.told)
    until(lambda: adding.told.count("reset") == 2)


def test_without_the_option_nothing_is_forgotten(make_runner: MakeRunner, until: Until, adding: Adding) -> None:
    runner = make_runner(Shopper, plugins=[adding])
    runner.start(2, 1000)
    until(lambda: "spawned" in adding.told and adding.sent)
    runner.stop()
    assert "reset" not in adding.told
    assert (runner.result.reset_s, runner.result.totals.requests) == (None, adding.sent)


def test_each_run_resets_them(make_runner: MakeRunner, until: Until, adding: Adding) -> None:
    runner = make_runner(Shopper, plugins=[adding], reset_stats=True)
    for run in (1, 2):
        runner.start(2, 1000)
        until(lambda run=run: adding.told.count("spawned") == run)
        runner.stop()
        assert runner.result.reset_s is not None
    assert adding.told.count("reset") == 2


def test_after_the_end_it_is_told_at_once_and_changes_no_result(make_runner: MakeRunner, adding: Adding) -> None:
    runner = make_runner(Shopper, plugins=[adding])
    runner.start(1, 1)
    gevent.sleep(0.05)
    runner.stop()
    runner.environment.reset_stats()
    assert adding.told[-1] == "reset"
    assert runner.stats.total.num_requests == 0
    assert (runner.result.reset_s, runner.result.totals.requests) == (None, adding.sent)


def test_a_reset_is_a_mark_of_the_run(make_runner: MakeRunner, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    runner = make_runner(Shopper)
    runner.start(1, 1)
    runner.environment.reset_stats()
    runner.stop()
    assert [mark.kind for mark in runner.environment.marks if mark.kind == "reset"] == ["reset"]
