"""Who may stop a run, from where, and what they wait for: nobody deadlocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import GreenletExit
from loadhost import StopTest, User, constant, hookimpl, task
from loadhost._running import deadline
from loadhost.runners import STATE_CLEANUP, STATE_RUNNING, STATE_STOPPED, STATE_STOPPING
from loadhost.testing import Recorder

Until = Callable[..., None]
MakeRunner = Callable[..., Any]


def test_stop_in_the_main_greenlet_returns_when_the_run_has_ended(make_runner: MakeRunner, shopper: type[User]) -> None:
    class Slow:
        @hookimpl
        def loadhost_run_finished(self) -> None:
            gevent.sleep(0.1)

    runner = make_runner(shopper, plugins=[Slow()])
    runner.start(1, 100)
    began = time.monotonic()
    runner.stop("enough")
    assert time.monotonic() - began >= 0.1
    assert (runner.state, runner.result.stop_reason) == (STATE_STOPPED, "enough")


def test_stop_without_a_run_does_nothing(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    runner.stop()
    assert runner.result is None


def test_the_first_reason_counts(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    runner.start(1, 100)
    gevent.spawn(runner.stop, "first")
    gevent.sleep(0)
    runner.stop("second")
    assert runner.result.stop_reason == "first"


def test_a_user_may_stop_the_run_it_is_in(make_runner: MakeRunner, until: Until) -> None:
    class Stopper(User):
        @task
        def stop_it(self) -> None:
            self.environment.runner.stop("seen enough")
            gevent.sleep(60)

    runner = make_runner(Stopper)
    runner.start(1, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert runner.result.stop_reason == "seen enough"


def test_stop_test_in_a_task_stops_the_run_with_its_text_as_the_reason(make_runner: MakeRunner, until: Until) -> None:
    class Stopper(User):
        @task
        def stop_it(self) -> None:
            raise StopTest("out of tea")

    runner = make_runner(Stopper)
    runner.start(1, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert runner.result.stop_reason == "out of tea"


def test_a_guard_may_stop_the_run_at_a_window_and_join_its_own_greenlet_at_the_end(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    class Guard:
        returned_at_once = joined = False

        @hookimpl
        def loadhost_test_start(self) -> None:
            self.over = gevent.event.Event()
            self.greenlet = gevent.spawn(self.over.wait)

        @hookimpl
        def loadhost_stats_window(self, environment: Any, window: Any) -> None:
            if not window.final:
                environment.runner.stop("the guard tripped")
                self.returned_at_once = environment.runner.state == STATE_RUNNING
                self.over.set()

        @hookimpl
        def loadhost_test_stop(self) -> None:
            self.greenlet.join()
            self.joined = True

    guard = Guard()
    runner = make_runner(shopper, plugins=[guard])
    runner.start(1, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert (guard.returned_at_once, guard.joined) == (True, True)
    assert runner.result.stop_reason == "the guard tripped"


def test_a_background_greenlet_may_quit_the_runner(make_runner: MakeRunner, shopper: type[User]) -> None:
    class Checker:
        @hookimpl
        def loadhost_init(self, environment: Any) -> None:
            gevent.spawn(self.check, environment)

        def check(self, environment: Any) -> None:
            while environment.runner.state not in (STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP):
                gevent.sleep(0.01)
                if environment.runner.stats.total.num_requests > 3:
                    environment.runner.quit()
                    return

    runner = make_runner(shopper, plugins=[Checker()])
    runner.start(1, 100)
    runner.greenlet.join(5)
    assert runner.state == STATE_CLEANUP


def test_a_hook_told_at_the_end_may_call_stop_and_quit(make_runner: MakeRunner, shopper: type[User]) -> None:
    class Eager:
        @hookimpl
        def loadhost_test_stop(self, environment: Any) -> None:
            environment.runner.stop()
            environment.runner.quit()

        @hookimpl
        def loadhost_quitting(self, environment: Any) -> None:
            environment.runner.quit()

    runner = make_runner(shopper, plugins=[Eager()])
    runner.start(1, 100)
    runner.stop()
    runner.greenlet.join(5)
    assert runner.state == STATE_CLEANUP


class StopsAtTheStart:
    """A plugin that stops the run as soon as it hears of it."""

    @hookimpl
    def loadhost_test_start(self, environment: Any) -> None:
        environment.runner.stop("not today")
        gevent.sleep(0.05)


def test_a_run_stopped_in_test_start_makes_no_user_and_ends_in_order(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_recorder: Recorder
) -> None:
    heard = []

    class After:
        @hookimpl
        def loadhost_test_start(self) -> None:
            heard.append("test_start")

        @hookimpl
        def loadhost_test_stopping(self) -> None:
            heard.append("test_stopping")

    runner = make_runner(shopper, plugins=[StopsAtTheStart(), After()])
    runner.start(5, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert heard == ["test_start", "test_stopping"]
    assert loadhost_recorder.of("loadhost_user_start") == []
    assert runner.result.stop_reason == "not today"


def test_quit_in_test_start_ends_the_run_before_the_process(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    class Quitter:
        @hookimpl
        def loadhost_test_start(self, environment: Any) -> None:
            environment.runner.quit("not today")

    runner = make_runner(shopper, plugins=[Quitter()])
    runner.start(5, 100)
    runner.greenlet.join(5)
    ends = ("loadhost_test_start", "loadhost_test_stop", "loadhost_run_finished", "loadhost_quitting", "loadhost_quit")
    assert [name for name in loadhost_recorder.names() if name in ends] == list(ends)


def test_a_run_stopped_while_a_new_target_is_told_makes_no_more_users(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    class Stopper:
        armed = False

        @hookimpl
        def loadhost_state_changed(self, environment: Any, new: str) -> None:
            if self.armed and new == "spawning":
                environment.runner.stop()
                gevent.sleep(0.1)

    stopper = Stopper()
    runner = make_runner(shopper, plugins=[stopper])
    runner.start(1, 100)
    until(lambda: runner.state == STATE_RUNNING)
    stopper.armed = True
    runner.start(50, 1000)
    gevent.sleep(0.1)
    assert (runner.state, runner.user_count) == (STATE_STOPPED, 0)


def test_windows_are_told_only_after_everybody_has_heard_of_the_start(
    make_runner: MakeRunner, shopper: type[User]
) -> None:
    heard = []

    class Slow:
        @hookimpl
        def loadhost_test_start(self) -> None:
            gevent.sleep(1.2)  # a whole second goes by

    class After:
        @hookimpl
        def loadhost_test_start(self) -> None:
            heard.append("test_start")

        @hookimpl
        def loadhost_stats_window(self) -> None:
            heard.append("window")

    runner = make_runner(shopper, plugins=[Slow(), After()])
    runner.start(1, 100)
    runner.stop()
    assert heard[0] == "test_start"
    assert heard[-1] == "window"
    assert abs(runner.result.windows[0].start - runner.result.started_s) < 0.05


def test_a_plugin_that_reaches_a_target_with_a_new_one_makes_steps(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_recorder: Recorder
) -> None:
    class Steps:
        @hookimpl
        def loadhost_spawning_complete(self, environment: Any, user_count: int) -> None:
            if user_count < 6:
                environment.runner.start(user_count + 2, 1000)

    runner = make_runner(shopper, plugins=[Steps()])
    runner.start(2, 1000)
    until(lambda: runner.user_count == 6 and runner.state == STATE_RUNNING)
    assert [call["user_count"] for call in loadhost_recorder.of("loadhost_spawning_complete")] == [2, 4, 6]


def test_a_greenlet_exit_in_a_hook_does_not_stop_the_end(
    make_runner: MakeRunner, shopper: type[User], monkeypatch: Any
) -> None:
    monkeypatch.setattr(deadline, "DEADLINE_S", 5)

    class Exits:
        @hookimpl
        def loadhost_state_changed(self) -> None:
            if gevent.getcurrent() is not main:
                raise GreenletExit

        @hookimpl
        def loadhost_test_stopping(self) -> None:
            raise GreenletExit

        @hookimpl
        def loadhost_stats_window(self) -> None:
            raise GreenletExit

        @hookimpl
        def loadhost_test_stop(self) -> None:
            raise GreenletExit

        @hookimpl
        def loadhost_run_finished(self) -> None:
            raise GreenletExit

        @hookimpl
        def loadhost_quitting(self) -> None:
            raise GreenletExit

    main = gevent.getcurrent()
    runner = make_runner(shopper, plugins=[Exits()])
    runner.start(1, 100)
    runner.quit()
    assert runner.state == STATE_CLEANUP
    assert runner.result is not None


def test_hurry_cuts_an_on_stop_that_has_begun(make_runner: MakeRunner) -> None:
    class Clinging(User):
        wait_time = constant(60)

        @task
        def nothing(self) -> None:
            pass

        def on_stop(self) -> None:
            gevent.sleep(60)

    runner = make_runner(Clinging)
    runner.start(2, 100)
    gevent.sleep(0.05)
    gevent.spawn_later(0.1, runner.hurry)
    began = time.monotonic()
    runner.quit(interrupted_by="SIGINT")
    assert time.monotonic() - began < 30  # of the sixty seconds


def test_hurry_cuts_a_long_stop_timeout_short_and_the_report_is_still_written(make_runner: MakeRunner) -> None:
    class Endless(User):
        wait_time = constant(0)

        @task
        def endless(self) -> None:
            gevent.sleep(60)

    runner = make_runner(Endless, stop_timeout=60)
    runner.start(2, 100)
    gevent.sleep(0.05)
    gevent.spawn_later(0.1, runner.hurry)
    began = time.monotonic()
    runner.quit(interrupted_by="SIGINT")
    assert time.monotonic() - began < 30  # of the sixty seconds
    assert runner.exit_code == 130
