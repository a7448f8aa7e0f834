"""The end of a run: complete, in order, and within its deadlines, whatever plugins do."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import gevent
import pytest
from loadhost import Outcome, User, constant, hookimpl, task
from loadhost._running import deadline, user_pool
from loadhost.testing import Recorder

Until = Callable[..., None]
MakeRunner = Callable[..., Any]
HOOKS_OF_THE_END = [
    "loadhost_test_stopping",
    "loadhost_samples",
    "loadhost_users_changed",
    "loadhost_stats_window",
    "loadhost_test_stop",
    "loadhost_run_finished",
    "loadhost_state_changed",
    "loadhost_quitting",
    "loadhost_quit",
]


def plugin_with(hook: str, function: Callable[[], Any]) -> Any:
    """A plugin that implements one hook."""
    return type("Plugin", (), {hook: staticmethod(hookimpl(lambda: function()))})()


def run_once(runner: Any, seconds: float = 0.1) -> None:
    runner.start(1, 100)
    gevent.sleep(seconds)
    runner.quit()


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(deadline, "DEADLINE_S", 0.1)
    return 0.1


@pytest.mark.parametrize("hook", HOOKS_OF_THE_END)
def test_a_plugin_that_hangs_does_not_hang_the_end_and_the_others_are_told(
    make_runner: MakeRunner, shopper: type[User], short_deadline: float, hook: str
) -> None:
    heard = []
    main = gevent.getcurrent()

    def hang() -> None:
        if gevent.getcurrent() is not main:
            gevent.sleep(60)

    runner = make_runner(shopper, plugins=[plugin_with(hook, hang), plugin_with(hook, lambda: heard.append(hook))])
    began = time.monotonic()
    run_once(runner)
    assert time.monotonic() - began < 30  # of the sixty seconds
    assert heard
    if hook in ("loadhost_test_stop", "loadhost_stats_window"):
        assert runner.result.plugins[0].last_error == "HookTimeout: took longer than 0.1 s at the end of the run"


@pytest.mark.parametrize("hook", ["loadhost_verdict", "loadhost_status"])
def test_a_plugin_that_hangs_when_asked_does_not_hang_the_end(
    make_runner: MakeRunner, shopper: type[User], short_deadline: float, hook: str
) -> None:
    asked = []
    runner = make_runner(
        shopper, plugins=[plugin_with(hook, lambda: gevent.sleep(60)), plugin_with(hook, lambda: asked.append(1))]
    )
    began = time.monotonic()
    run_once(runner)
    assert time.monotonic() - began < 30  # of the sixty seconds
    assert asked


def test_each_plugin_has_the_whole_deadline_for_itself(
    make_runner: MakeRunner, shopper: type[User], short_deadline: float
) -> None:
    drained = []

    def drain() -> None:
        gevent.sleep(short_deadline * 0.7)
        drained.append(True)

    runner = make_runner(shopper, plugins=[plugin_with("loadhost_test_stop", drain) for _ in range(3)])
    run_once(runner)
    assert drained == [True] * 3
    assert [(row.calls, row.failures) for row in runner.result.plugins] == [(1, 0)] * 3


def test_a_plugin_that_tries_for_ever_is_ended_too(
    make_runner: MakeRunner, shopper: type[User], short_deadline: float
) -> None:
    def try_for_ever() -> None:
        while True:
            try:
                gevent.sleep(0.01)
                raise ConnectionError
            except Exception:
                pass

    runner = make_runner(shopper, plugins=[plugin_with("loadhost_test_stop", try_for_ever)])
    began = time.monotonic()
    run_once(runner)
    assert time.monotonic() - began < 30


def test_a_plugin_that_catches_everything_is_left_behind(
    make_runner: MakeRunner, shopper: type[User], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deadline, "DEADLINE_S", 0.02)
    free = []

    def cling() -> None:
        while not free:
            with suppress(BaseException):
                gevent.sleep(0.1)

    heard: list[bool] = []
    other = plugin_with("loadhost_test_stop", lambda: heard.append(True))
    runner = make_runner(shopper, plugins=[plugin_with("loadhost_test_stop", cling), other])
    with gevent.Timeout(5):
        run_once(runner)
    assert heard == [True]
    assert "a plugin does not end" in caplog.text
    free.append(True)
    gevent.sleep(0.15)


def test_a_raising_plugin_changes_neither_the_end_nor_the_exit_code(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    runner = make_runner(shopper, plugins=[plugin_with(hook, fail) for hook in HOOKS_OF_THE_END])
    run_once(runner)
    assert runner.exit_code == 0
    assert [name for name in loadhost_recorder.names() if name in ("loadhost_test_stop", "loadhost_quit")] == [
        "loadhost_test_stop",
        "loadhost_quit",
    ]


def test_the_last_window_is_cut_before_slow_plugins_have_their_say(
    make_runner: MakeRunner, shopper: type[User]
) -> None:
    runner = make_runner(shopper, plugins=[plugin_with("loadhost_samples", lambda: gevent.sleep(0.4))])
    runner.start(1, 100)
    gevent.sleep(0.05)
    runner.stop()
    result = runner.result
    assert sum(window.duration for window in result.windows) < 0.3
    assert result.windows[-1].start + result.windows[-1].duration == pytest.approx(result.ended_s, abs=0.05)


def test_a_slow_exporter_of_samples_has_them_all_before_test_stop(make_runner: MakeRunner, shopper: type[User]) -> None:
    heard: list[Any] = []

    class Exporter:
        @hookimpl
        def loadhost_samples(self, samples: Any) -> None:
            gevent.sleep(0.15)
            heard.extend(samples)

        @hookimpl
        def loadhost_test_stop(self) -> None:
            heard.append("test_stop")

    runner = make_runner(shopper, plugins=[Exporter()])
    runner.start(1, 100)
    gevent.sleep(0.2)
    runner.stop()
    assert heard.pop() == "test_stop"
    assert len(heard) == runner.result.totals.requests > 0
    assert heard == sorted(heard, key=lambda sample: sample.start_time)


def test_what_is_recorded_after_the_last_window_is_in_no_sum(make_runner: MakeRunner, shopper: type[User]) -> None:
    class Late:
        @hookimpl
        def loadhost_test_stop(self, environment: Any) -> None:
            environment.requests.record("GET", "/late", 1.0)

    runner = make_runner(shopper, plugins=[Late()])
    run_once(runner)
    result = runner.result
    assert sum(window.total.requests for window in result.windows) == result.totals.requests > 0
    assert "/late" not in [entry.name for entry in result.entries]


def test_a_user_left_behind_does_not_spoil_the_second_run(
    make_runner: MakeRunner, monkeypatch: pytest.MonkeyPatch, until: Until, held_up: Callable[[], float]
) -> None:
    monkeypatch.setattr(user_pool, "KILL_GRACE_S", 0.05)
    free = []

    class Clinging(User):
        wait_time = constant(60)

        @task
        def once(self) -> None:
            pass

        def on_stop(self) -> None:
            while not free:
                with suppress(BaseException):
                    gevent.sleep(0.02)

    runner = make_runner(Clinging)
    runner.start(1, 100)
    gevent.sleep(0.02)
    runner.stop()
    runner.start(0, 1)
    began = time.monotonic()
    runner.stop()
    assert time.monotonic() - began < 0.05 + held_up()
    free.append(True)
    gevent.sleep(0.05)


def test_the_result_says_what_the_run_was(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    before = time.time()
    runner.start(2, 100)
    gevent.sleep(0.2)
    runner.stop("enough")
    result = runner.result
    assert before <= result.started_s <= result.ended_s <= time.time()
    assert result.duration_s == pytest.approx(0.2, abs=0.1)
    assert (result.node, result.user_count, result.stop_reason) == ("local", 2, "enough")
    assert result.run_id == runner.environment.run_id
    assert [(entry.name, entry.method) for entry in result.entries] == [("/", "GET")]
    assert result.totals.requests == result.entries[0].requests > 0
    assert result.outcome is Outcome.PASSED


def test_a_step_of_the_wall_clock_changes_neither_windows_nor_duration(
    make_runner: MakeRunner, shopper: type[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    from loadhost._running import facts, window_clock

    true_time = time.time
    runner = make_runner(shopper)
    runner.start(1, 100)
    for module in (facts, window_clock):
        monkeypatch.setattr(module, "time", lambda: true_time() - 3600)
    gevent.sleep(1.1)
    runner.stop()
    result = runner.result
    assert result.duration_s == pytest.approx(1.1, abs=0.2)
    for window, following in pairwise(result.windows):
        assert window.start + window.duration == pytest.approx(following.start)
        assert 0 <= window.duration < 1.3


def test_process_exit_code_set_while_quitting_replaces_the_code(make_runner: MakeRunner, shopper: type[User]) -> None:
    class Override:
        @hookimpl
        def loadhost_quitting(self, environment: Any) -> None:
            environment.process_exit_code = 42

    class Listener:
        code = None

        @hookimpl
        def loadhost_quit(self, exit_code: int) -> None:
            self.code = exit_code

    listener = Listener()
    runner = make_runner(shopper, plugins=[Override(), listener])
    run_once(runner)
    assert (runner.exit_code, listener.code) == (42, 42)


def test_quit_without_a_run_tells_quitting_and_quit_only(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    loadhost_recorder.clear()
    runner.quit()
    assert loadhost_recorder.names() == ["loadhost_state_changed", "loadhost_quitting", "loadhost_quit"]
    assert (runner.exit_code, runner.result) == (0, None)


def test_quit_twice_tells_it_once(make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder) -> None:
    runner = make_runner(shopper)
    runner.quit()
    runner.quit()
    assert len(loadhost_recorder.of("loadhost_quitting")) == 1


def test_quitting_is_told_last_registered_first(make_runner: MakeRunner, shopper: type[User]) -> None:
    order: list[str] = []
    plugins = [plugin_with("loadhost_quitting", lambda name=name: order.append(name)) for name in "abc"]  # type: ignore[misc]  # a default binds it
    make_runner(shopper, plugins=plugins).quit()
    assert order == ["c", "b", "a"]
