"""The states of a runner, told in order; targets up and down; runs one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import PluginManager, StopUser, UsageError, User, constant, hookimpl, task
from loadhost.runners import STATE_CLEANUP, STATE_READY, STATE_RUNNING, STATE_SPAWNING, STATE_STOPPED
from loadhost.testing import Recorder

Until = Callable[..., None]
MakeRunner = Callable[..., Any]
States = Callable[[], list[str]]


def test_a_run_goes_from_ready_to_stopped(
    make_runner: MakeRunner, shopper: type[User], until: Until, states: States
) -> None:
    runner = make_runner(shopper)
    assert runner.state == STATE_READY
    runner.start(2, 100)
    until(lambda: runner.state == STATE_RUNNING)
    runner.stop()
    assert runner.state == STATE_STOPPED
    assert states() == ["spawning", "running", "stopping", "stopped"]


def test_quit_ends_in_cleanup(make_runner: MakeRunner, shopper: type[User], states: States) -> None:
    runner = make_runner(shopper)
    runner.start(1, 100)
    runner.quit()
    assert runner.state == STATE_CLEANUP
    assert states()[-3:] == ["stopping", "stopped", "cleanup"]


def test_each_change_tells_the_state_before(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    runner.start(1, 100)
    runner.quit()
    calls = loadhost_recorder.of("loadhost_state_changed")
    assert [call["old"] for call in calls] == [STATE_READY, *(call["new"] for call in calls[:-1])]


def test_a_new_target_during_a_run_goes_up_without_a_new_run(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    runner.start(2, 1000)
    until(lambda: runner.state == STATE_RUNNING)
    runner.start(5, 1000)
    assert (runner.state, runner.target_user_count) == (STATE_SPAWNING, 5)
    until(lambda: runner.state == STATE_RUNNING)
    assert runner.user_count == 5
    assert len(loadhost_recorder.of("loadhost_test_start")) == 1
    assert [call["user_count"] for call in loadhost_recorder.of("loadhost_spawning_complete")] == [2, 5]


def test_a_new_target_in_the_middle_of_a_ramp_takes_over_from_where_it_is(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    runner.start(1000, 100)
    until(lambda: runner.user_count >= 5)
    runner.start(3, 1000)
    until(lambda: runner.state == STATE_RUNNING)
    assert runner.user_count == 3
    assert [call["user_count"] for call in loadhost_recorder.of("loadhost_spawning_complete")] == [3]


def test_a_target_of_nobody_is_a_run_all_the_same(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    runner = make_runner(shopper)
    runner.start(0, 1)
    until(lambda: runner.state == STATE_RUNNING)
    assert runner.user_count == 0


def test_the_proportions_hold_at_every_step_of_a_ramp(make_runner: MakeRunner, until: Until) -> None:
    seen = []

    class One(User):
        wait_time = constant(60)

        @task
        def look(self) -> None:
            seen.append(dict(self.environment.runner.user_classes_count))

    class Three(One):
        weight = 3

    runner = make_runner(One, Three)
    runner.start(12, 200)
    until(lambda: len(seen) == 12)
    for counts in seen:
        total = sum(counts.values())
        assert abs(counts["One"] - total / 4) < 1
    assert runner.user_classes_count == {"One": 3, "Three": 9}


def test_a_second_run_is_started_and_stopped_exactly_once_and_counts_anew(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    for _ in range(2):
        runner.start(1, 100)
        until(lambda: runner.stats.total.num_requests >= 3)
        runner.stop()
    first, second = (call["result"] for call in loadhost_recorder.of("loadhost_run_finished"))
    assert first.run_id != second.run_id
    assert second.totals.requests == sum(window.total.requests for window in second.windows)
    assert second.started_s >= first.ended_s
    for hook in ("loadhost_test_start", "loadhost_test_stopping", "loadhost_test_stop"):
        assert len(loadhost_recorder.of(hook)) == 2


def test_what_was_switched_off_is_on_again_in_the_second_run(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    class Raiser:
        calls = 0

        @hookimpl
        def loadhost_request(self) -> None:
            self.calls += 1
            raise RuntimeError("no")

    raiser = Raiser()
    runner = make_runner(shopper, plugins=[raiser])
    for calls in (10, 20):
        runner.start(1, 100)
        until(lambda: runner.stats.total.num_requests >= 15)
        runner.stop()
        assert raiser.calls == calls
        assert runner.result.plugins[0].switched_off == ("loadhost_request",)


def test_the_users_of_a_second_run_follow_its_own_classes(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    class Other(shopper):  # type: ignore[misc, valid-type]  # a class from a fixture
        pass

    runner = make_runner(shopper)
    runner.start(1, 100)
    runner.stop()
    runner.environment.user_classes = [Other]
    runner.start(1, 100)
    until(lambda: runner.user_count == 1)
    assert runner.user_classes_count == {"Other": 1}


def test_a_run_whose_users_have_all_stopped_ends_by_itself(make_runner: MakeRunner, until: Until) -> None:
    class Once(User):
        wait_time = constant(0)

        @task
        def once(self) -> None:
            raise StopUser

    runner = make_runner(Once)
    runner.start(3, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert runner.result.stop_reason == "every user has stopped by itself"


def test_a_run_whose_users_could_not_be_made_ends_by_itself(make_runner: MakeRunner, until: Until) -> None:
    class Broken(User):
        def __init__(self, environment: Any) -> None:
            raise RuntimeError("no licence")

        @task
        def never(self) -> None:
            pass

    runner = make_runner(Broken)
    runner.start(3, 100)
    until(lambda: runner.state == STATE_STOPPED)
    assert runner.exit_code == 1
    assert runner.result.exceptions[0].count == 3


def test_a_run_goes_on_while_one_user_is_left(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    class Once(User):
        @task
        def once(self) -> None:
            raise StopUser

    runner = make_runner(Once, shopper)
    runner.start(2, 100)
    until(lambda: runner.state == STATE_RUNNING and runner.user_count == 1)
    gevent.sleep(0.1)
    assert runner.state == STATE_RUNNING


@pytest.mark.parametrize("users", [-1, 2.5, "3", None, True])
def test_a_number_of_users_that_cannot_be_is_refused(make_runner: MakeRunner, shopper: type[User], users: Any) -> None:
    with pytest.raises(UsageError, match=r"users: .* is not possible; give a whole number, 0 or more"):
        make_runner(shopper).start(users, 1)


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan"), "1", None])
def test_a_spawn_rate_that_cannot_be_is_refused(make_runner: MakeRunner, shopper: type[User], rate: Any) -> None:
    with pytest.raises(UsageError, match=r"spawn rate: .* is not possible; give a number of users per second above 0"):
        make_runner(shopper).start(1, rate)


def test_a_run_without_user_classes_is_refused(make_runner: MakeRunner) -> None:
    with pytest.raises(UsageError, match="there is no user class"):
        make_runner().start(1, 1)


def test_a_run_of_which_no_user_can_be_made_is_refused(make_runner: MakeRunner, shopper: type[User]) -> None:
    shopper.weight = 0
    with pytest.raises(UsageError, match="no user can be made of Shopper: give one of them a weight above 0"):
        make_runner(shopper).start(1, 1)


def test_a_refused_start_leaves_the_runner_ready(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    with pytest.raises(UsageError):
        runner.start(-1)
    assert runner.state == STATE_READY
    assert loadhost_recorder.of("loadhost_test_start") == []


def test_a_start_while_the_run_stops_is_refused(
    make_runner: MakeRunner, shopper: type[User], loadhost_manager: PluginManager
) -> None:
    refused = []

    class Restarter:
        @hookimpl
        def loadhost_test_stop(self, environment: Any) -> None:
            with pytest.raises(UsageError, match="while one is stopping; wait for the state 'stopped'"):
                environment.runner.start(1, 1)
            refused.append(True)

    runner = make_runner(shopper, plugins=[Restarter()])
    runner.start(1, 100)
    runner.stop()
    assert refused == [True]


def test_a_start_after_quit_is_refused(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    runner.quit()
    with pytest.raises(UsageError, match=r"after quit\(\): make another Environment"):
        runner.start(1, 1)


def test_a_target_reached_while_the_run_stops_does_not_turn_it_back(
    make_runner: MakeRunner, shopper: type[User], states: States
) -> None:
    class Slow:
        @hookimpl
        def loadhost_test_stopping(self) -> None:
            gevent.sleep(0.2)

    runner = make_runner(shopper, plugins=[Slow()])
    runner.start(10, 100)
    gevent.sleep(0.02)
    runner.stop()
    assert states() == ["spawning", "stopping", "stopped"]


def test_start_that_waits_returns_with_the_target_or_with_the_end_of_the_run(
    make_runner: MakeRunner, shopper: type[User]
) -> None:
    runner = make_runner(shopper)
    runner.start(5, 100, wait=True)
    assert (runner.state, runner.user_count) == ("running", 5)
    gevent.spawn_later(0.05, runner.stop)
    runner.start(1000, 1, wait=True)
    assert (runner.state, runner.user_count) == ("stopped", 0)
