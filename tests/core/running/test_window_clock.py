"""Windows are cut at whole seconds, told in order, and add up to the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loadhost import Environment, PluginManager, StatsWindow, Status, User, constant, hookimpl, task
from loadhost._running import window_clock

MakeRunner = Callable[..., Any]


class Shopper(User):
    wait_time = constant(0.005)

    @task
    def browse(self) -> None:
        gevent.sleep(0.005)
        self.environment.requests.record("GET", "/", 5.0, 10)


class SlowExporter:
    """Takes longer over a window than a window lasts, and counts in a metric of its own."""

    def __init__(self) -> None:
        self.windows: list[StatsWindow] = []

    @hookimpl
    def loadhost_stats_window(self, environment: Any, window: StatsWindow) -> None:
        environment.metrics.counter("exported").add(1)
        gevent.sleep(0.7)
        gevent.sleep(0.7)
        self.windows.append(window)

    @hookimpl
    def loadhost_status(self) -> Status:
        return Status("exporting", {"windows": len(self.windows)})


@pytest.fixture(scope="module")
def run() -> Iterator[SimpleNamespace]:
    """A run of a good two seconds, with an exporter that can't keep up, and numbers reset in no second."""
    manager, exporter = PluginManager(), SlowExporter()
    manager.register(exporter, "exporter")
    environment = Environment(user_classes=[Shopper], plugin_manager=manager)
    runner = environment.create_local_runner()
    runner.start(3, 100)
    gevent.sleep(2.2)
    status_while_running = environment.statuses
    runner.stop()
    yield SimpleNamespace(windows=exporter.windows, result=runner.result, statuses=status_while_running)
    runner.quit()


def test_windows_begin_at_whole_seconds_but_for_the_first(run: SimpleNamespace) -> None:
    assert len(run.windows) in (3, 4)
    assert all(window.start == int(window.start) for window in run.windows[1:])


def test_the_first_window_begins_with_the_run(run: SimpleNamespace) -> None:
    assert run.windows[0].start == pytest.approx(run.result.started_s, abs=0.02)


def test_full_windows_last_a_second(run: SimpleNamespace) -> None:
    assert [window.duration for window in run.windows[1:-1]] == [1.0] * (len(run.windows) - 2)


def test_each_window_begins_where_the_one_before_ended_though_a_plugin_is_slow(run: SimpleNamespace) -> None:
    assert all(one.start + one.duration == pytest.approx(other.start) for one, other in pairwise(run.windows))


def test_only_the_last_window_is_final_and_it_ends_with_the_run(run: SimpleNamespace) -> None:
    assert [window.final for window in run.windows] == [False] * (len(run.windows) - 1) + [True]
    last = run.windows[-1]
    assert last.start + last.duration == pytest.approx(run.result.ended_s, abs=0.02)
    assert last.duration < 1


def test_the_sum_of_all_windows_equals_the_totals(run: SimpleNamespace) -> None:
    for figure in ("requests", "failures", "bytes"):
        assert sum(getattr(window.total, figure) for window in run.windows) == getattr(run.result.totals, figure)
    assert run.result.totals.requests > 100


def test_the_sum_of_all_windows_equals_the_entries(run: SimpleNamespace) -> None:
    (entry,) = run.result.entries
    rows = [window.entries["/", "GET"] for window in run.windows if ("/", "GET") in window.entries]
    assert sum(row.requests for row in rows) == entry.requests


def test_the_result_has_all_windows(run: SimpleNamespace) -> None:
    assert [window.start for window in run.result.windows] == [window.start for window in run.windows]


def test_a_window_says_how_many_users_there_were(run: SimpleNamespace) -> None:
    assert (run.windows[0].user_count, run.windows[0].user_classes_count) == (3, {"Shopper": 3})


def test_a_window_of_a_local_run_has_one_worker_who_has_reported(run: SimpleNamespace) -> None:
    assert {(window.workers_reported, window.workers_expected, window.late) for window in run.windows} == {(1, 1, 0)}


def test_plugins_own_metrics_are_in_the_windows(run: SimpleNamespace) -> None:
    told = [figures for window in run.windows for figures in window.metrics]
    assert {figures.name for figures in told} == {"exported"}


def test_statuses_are_asked_while_it_runs_and_at_the_end(run: SimpleNamespace) -> None:
    (running,), (ended,) = run.statuses, run.result.statuses
    assert (running.plugin, running.status.text) == ("exporter", "exporting")
    assert ended.status.figures["windows"] == len(run.windows)


def test_a_status_that_fails_is_shown_as_one(make_runner: MakeRunner, loadhost_manager: PluginManager) -> None:
    class Broken:
        @hookimpl
        def loadhost_status(self) -> Status:
            raise RuntimeError("no idea")

    class Wrong:
        @hookimpl
        def loadhost_status(self) -> Any:
            return "fine"

    loadhost_manager.register(Broken(), "broken")
    loadhost_manager.register(Wrong())
    runner = make_runner(Shopper)
    runner.start(1, 100)
    runner.stop()
    broken, wrong = runner.result.statuses
    assert broken.status.text.startswith("status failed: plugin 'broken'")
    assert "no idea" in broken.status.text
    assert wrong.status.text == "status failed: fine"


def test_plugins_that_fall_far_behind_are_warned_of(
    make_runner: MakeRunner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(window_clock, "BEHIND", 1)
    runner = make_runner(Shopper)
    runner.start(1, 100)
    runner.stop()
    assert "plugins are 1 windows behind: one takes long in loadhost_stats_window" in caplog.text


def test_resetting_the_numbers_keeps_windows_and_totals_equal(make_runner: MakeRunner) -> None:
    runner = make_runner(Shopper)
    runner.start(1, 100)
    gevent.sleep(0.1)
    runner.environment.metrics.counter("cups").add(5)
    runner.environment.reset_stats()
    gevent.sleep(0.1)
    runner.environment.metrics.counter("cups").add(2)
    runner.stop()
    result = runner.result
    assert sum(window.total.requests for window in result.windows) == result.totals.requests < 20
    assert [figures.value for figures in result.metrics] == [2]
