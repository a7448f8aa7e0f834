"""Load shapes: asked once a second, whatever the load is doing; what they answer happens, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent
import pytest
from loadhost import LoadTestShape, UsageError, User, constant, task
from loadhost._running.arrivals import Arrivals
from loadhost._running.stages import constant_rate
from loadhost._running.user_pool import UserPool
from loadhost.stats import Stats
from loadhost.testing import Recorder

Until = Callable[..., None]
MakeRunner = Callable[..., Any]


def user_class(name: str = "Shopper", weight: float = 1) -> Any:
    class Shopper(User):
        wait_time = constant(0.02)

        @task
        def browse(self) -> None:
            self.environment.requests.record("GET", "/", 1.0)

    Shopper.__name__, Shopper.weight = name, weight
    return Shopper


def shape(*answers: Any, every_s: float = 1.0) -> Any:
    """A shape that gives one answer after the other, then None; an exception is raised. It keeps when it was asked."""

    class Steps(LoadTestShape):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[float] = []

        def tick(self) -> Any:
            self.asked.append(self.get_run_time())
            answer = answers[len(self.asked) - 1] if len(self.asked) <= len(answers) else None
            if isinstance(answer, BaseException):
                raise answer
            return answer

    return Steps()


@pytest.fixture
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds between ticks, for tests that need many."""
    monkeypatch.setattr("loadhost._running.shape_driver.TICK_S", 0.15)
    return 0.15


def run(make_runner: MakeRunner, until: Until, shape_class: Any, *classes: Any) -> Any:
    """The result of a whole run of this shape."""
    runner = make_runner(*(classes or (user_class(),)), shape_class=shape_class)
    runner.start_shape()
    until(lambda: runner.state == "stopped", timeout=10)
    return runner.result


def test_a_shape_is_asked_each_second_though_the_ramp_is_slow(make_runner: MakeRunner, until: Until) -> None:
    """A ramp that would take an hour skips nothing; no tick comes early, or a shape that counts seconds miscounts."""
    steps = shape((1000, 0.1), (1000, 0.1), (3, 100))
    result = run(make_runner, until, steps)
    assert len(steps.asked) == 4
    assert all(number <= at < number + 0.2 for number, at in enumerate(steps.asked))
    assert result.user_count == 3
    assert result.stop_reason == "Steps is over"


def test_a_shape_moves_users_up_and_down(
    make_runner: MakeRunner, until: Until, short_ticks: float, loadhost_recorder: Recorder
) -> None:
    result = run(make_runner, until, shape((5, 1000), (2, 1000), (2, 1000), (7, 1000)))
    assert [call["user_count"] for call in loadhost_recorder.of("loadhost_spawning_complete")] == [5, 2, 7]
    assert result.user_count == 7
    assert result.exit_code == 0


def test_the_target_is_what_the_shape_said_last(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    runner = make_runner(user_class(), shape_class=shape(*[(50, 1)] * 20))
    runner.start_shape()
    until(lambda: runner.user_count)
    assert (runner.target_user_count, runner.state) == (50, "spawning")


def test_a_shape_names_the_classes_of_a_stage(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    """The users of others are stopped; a class that goes on keeps its users."""
    one, other = user_class("One"), user_class("Other")
    seen = []

    class Stages(LoadTestShape):
        def tick(self) -> Any:
            seen.append(dict(self.runner.user_classes_count))
            return [(4, 1000, [one]), (4, 1000, [other]), (6, 1000, [one, other]), (6, 1000), None][len(seen) - 1]

    run(make_runner, until, Stages(), one, other)
    assert seen[1:4] == [{"One": 4, "Other": 0}, {"One": 0, "Other": 4}, {"One": 3, "Other": 3}]


def test_a_change_of_classes_respects_the_spawn_rate(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    """Users of the new classes begin one after the other, as in any ramp."""
    one, other = user_class("One"), user_class("Other")
    runner = make_runner(one, other, shape_class=shape((20, 1000, [one]), *[(20, 1, [other])] * 9))
    runner.start_shape()
    until(lambda: runner.user_classes_count["One"] == 20)
    until(lambda: runner.user_classes_count["Other"])
    gevent.sleep(0.05)
    assert runner.user_classes_count == {"One": 0, "Other": 1}


def test_none_at_once_is_a_run_without_load(make_runner: MakeRunner, until: Until) -> None:
    result = run(make_runner, until, shape(None))
    assert (result.user_count, result.totals.requests, result.exit_code) == (0, 0, 0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ZeroDivisionError("no"), "Steps failed: ZeroDivisionError: no"),
        (SystemExit(7), "Steps failed: SystemExit: 7"),
        (5, "Steps failed: ValueError: tick gave 5; give (users, spawn rate), with a rate above 0, or None to end"),
        ((-5, 1), "tick gave (-5, 1); give (users, spawn rate)"),
        ((5, 0), "tick gave (5, 0); give (users, spawn rate)"),
        ((float("inf"), 1), "tick gave (inf, 1); give"),
        ((5, float("nan")), "tick gave (5, nan); give"),
        ((5, 1, [], 2), "tick gave (5, 1, [], 2); give"),
        (("many", 1), "tick gave ('many', 1); give"),
        ((5, 1, []), "tick gave the user classes []; give a list of some that this run has: Shopper"),
        ((5, 1, User), "give a list of some that this run has: Shopper"),
        ((5, 1, [User]), "give a list of some that this run has: Shopper"),
    ],
)
def test_a_tick_that_goes_wrong_ends_the_run_with_exit_code_1_and_says_why(
    make_runner: MakeRunner, until: Until, short_ticks: float, answer: Any, says: str
) -> None:
    """In the stop reason, in the exceptions and in the log; in one line."""
    result = run(make_runner, until, shape((1, 10), answer))
    assert says in result.stop_reason
    assert "\n" not in result.stop_reason
    assert result.exit_code == 1
    assert [each.user_class for each in result.exceptions] == ["Steps"]


def test_stopping_a_shape_asks_it_no_more(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    steps = shape(*[(1, 10)] * 100)
    runner = make_runner(user_class(), shape_class=steps)
    runner.start_shape()
    until(lambda: len(steps.asked) == 3)
    runner.stop()
    gevent.sleep(3 * short_ticks)
    assert len(steps.asked) == 3


def test_a_second_run_begins_at_zero(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    class Once(LoadTestShape):
        def tick(self) -> Any:
            return (2, 100) if self.get_run_time() < 0.4 else None

    runner = make_runner(user_class(), shape_class=Once())
    for _ in range(2):
        runner.start_shape()
        until(lambda: runner.state == "stopped")
        assert runner.result.user_count == 2
        gevent.sleep(0.2)


def test_a_shape_sees_the_run_and_the_users(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    seen = []

    class Looks(LoadTestShape):
        def tick(self) -> Any:
            seen.append((self.runner.state, self.get_current_user_count()))
            return (3, 1000) if len(seen) < 3 else None

    run(make_runner, until, Looks())
    assert seen[0][1] == 0
    assert seen[2] == ("running", 3)


def test_a_shape_without_its_super_init_works(make_runner: MakeRunner, until: Until, short_ticks: float) -> None:
    """Its time is set when the run begins."""

    class Own(LoadTestShape):
        def __init__(self) -> None:
            self.left = 2

        def tick(self) -> Any:
            self.left -= 1
            assert self.get_run_time() < 5
            return (1, 10) if self.left else None

    assert run(make_runner, until, Own()).exit_code == 0


def rates(*values: Any) -> Any:
    """A shape of arrival rates, one each tick."""

    class Rates(LoadTestShape):
        asked = 0

        def arrival_rate(self) -> Any:
            self.asked += 1
            return values[self.asked - 1] if self.asked <= len(values) else None

    return Rates()


def test_rates_that_change_neither_lose_nor_add_an_arrival(
    make_runner: MakeRunner, until: Until, short_ticks: float
) -> None:
    """The sum of rate times time, to the arrival that is under way."""
    values = [30, 100, 7, 0, 55, 55, 210, 3.5, 80]
    result = run(make_runner, until, rates(*values))
    expected = sum(values) * short_ticks
    assert abs(result.instrument.schedule_lag.count - expected) <= 3
    assert result.instrument.dropped_arrivals == 0


@pytest.mark.parametrize("late_s", [0.0, 0.2])
def test_a_change_of_rate_keeps_arrivals_that_were_due(monkeypatch: pytest.MonkeyPatch, late_s: float) -> None:
    """Also those that the generator has not got round to: their due times are the old rate's."""
    now, given = [100.0], []
    monkeypatch.setattr("loadhost._running.arrivals.perf_counter", lambda: now[0])
    monkeypatch.setattr(Arrivals, "_arrive", lambda self, due_s: given.append(round(due_s - 100, 6)))
    arrivals = Arrivals(UserPool(None, lambda: None), [], constant_rate(10), 5, Stats(), lambda: None)  # type: ignore[arg-type]  # the pool is not used
    arrivals.stop()
    now[0] += 0.25 + late_s
    arrivals.change(constant_rate(100))
    assert given == [at / 10 for at in range(3 if not late_s else 5)]
    now[0] += 1
    arrivals.change(constant_rate(1))
    # Half an arrival was under way at the change: the next is due when the other half has come.
    assert given[-1] < 1.25 + late_s
    assert len(given) == (3 if not late_s else 5) + 100


@pytest.mark.parametrize("rate", ["fast", -1, float("nan"), float("inf"), 1e9, (5, 1)])
def test_a_rate_that_can_not_be_ends_the_run(
    make_runner: MakeRunner, until: Until, short_ticks: float, rate: Any
) -> None:
    result = run(make_runner, until, rates(10, rate))
    assert "arrival_rate gave" in result.stop_reason
    assert "give iterations per second" in result.stop_reason
    assert result.exit_code == 1


def test_a_shape_of_rates_makes_no_more_users_than_it_may(
    make_runner: MakeRunner, until: Until, short_ticks: float
) -> None:
    class Slow(user_class()):  # type: ignore[misc]  # a class made by a function
        def on_start(self) -> None:
            gevent.sleep(2)

    runner = make_runner(Slow, shape_class=rates(100, 100))
    runner.start_shape(max_users=4)
    until(lambda: runner.state == "stopped")
    assert runner.result.user_count == 4
    assert runner.result.instrument.dropped_arrivals >= 25


def test_without_a_shape_there_is_none_to_start(make_runner: MakeRunner) -> None:
    with pytest.raises(UsageError, match=r"^there is no shape: give Environment\(shape_class=\.\.\.\)"):
        make_runner(user_class()).start_shape()


def test_a_shape_can_not_take_over_a_run(make_runner: MakeRunner, until: Until) -> None:
    runner = make_runner(user_class(), shape_class=shape((1, 1)))
    runner.start(1)
    until(lambda: runner.state == "running")
    with pytest.raises(UsageError, match="a shape can't take over a run that is under way"):
        runner.start_shape()


def test_a_plugin_that_is_told_of_a_change_may_stop_the_run(
    make_runner: MakeRunner, until: Until, short_ticks: float
) -> None:
    """And is not cut short while it is told, though it takes its time."""
    from loadhost import hookimpl

    done = []

    class Stops:
        @hookimpl
        def loadhost_state_changed(self, environment: Any, new: str) -> None:
            if new == "running" and not done:
                environment.runner.stop("enough")
                gevent.sleep(0.1)
                done.append(perf_counter())

    runner = make_runner(user_class(), shape_class=shape((1, 10), (2, 10), (1, 10)), plugins=[Stops()])
    runner.start_shape()
    until(lambda: runner.state == "stopped" and done)
    assert runner.result.stop_reason == "enough"


def test_users_are_shared_out_by_weight_at_each_step(
    make_runner: MakeRunner, until: Until, short_ticks: float, loadhost_recorder: Recorder
) -> None:
    counts: Counter[str] = Counter()

    class Keeps(LoadTestShape):
        def tick(self) -> Any:
            counts.update(self.runner.user_classes_count)
            return (8, 1000) if self.get_run_time() < 0.2 else None

    run(make_runner, until, Keeps(), user_class("One", 3), user_class("Other", 1))
    assert counts["One"] == 3 * counts["Other"] > 0
