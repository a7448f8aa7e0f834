"""The open workload: arrivals begin iterations when they are due, and every one of them is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import SequentialTaskSet, StopUser, TaskSet, UsageError, User, constant, hookimpl, task
from loadhost._running.allocation import Turns
from loadhost._running.stages import constant_rate
from loadhost.testing import Recorder

Until = Callable[..., None]
MakeRunner = Callable[..., Any]
HeldUp = Callable[[], float]


class Requests:
    """What plugins hear of requests."""

    def __init__(self) -> None:
        self.times: dict[str, list[tuple[float, float]]] = {}

    @hookimpl
    def loadhost_request(self, name: str, response_time: float, service_time: float) -> None:
        """Keep it."""
        self.times.setdefault(name, []).append((response_time, service_time))


@pytest.fixture
def heard() -> Requests:
    return Requests()


def visitor(seconds: float = 0.0, **attributes: Any) -> Any:
    """Users whose one task takes so long, and makes two requests."""

    class Visitor(User):
        @task
        def visit(self) -> None:
            self.once()

        def once(self) -> None:
            gevent.sleep(seconds)
            self.environment.requests.record("GET", "first", 1.0)
            self.environment.requests.record("GET", "second", 1.0)

    for name, value in attributes.items():
        setattr(Visitor, name, value)
    return Visitor


def finished(runner: Any, stages: str, until: Until, max_users: int = 1000) -> Any:
    """The result of a run through these stages."""
    runner.start_stages(stages, max_users)
    until(lambda: runner.state == "stopped")
    return runner.result


def accounted_for(result: Any) -> int:
    """Arrivals that began, and those that were dropped."""
    return int(result.instrument.schedule_lag.count + result.instrument.dropped_arrivals)


@pytest.mark.parametrize(
    ("stages", "arrivals"),
    [
        ("1ms:100/s, 500ms:100/s", 50),
        ("500ms:100/s", 25),
        ("300ms:200/s, 300ms:0/s", 60),
        ("200ms:0/s, 500ms:100/s, 1ms:0/s, 200ms:0/s", 25),
    ],
)
def test_there_are_as_many_arrivals_as_the_rates_say(
    make_runner: MakeRunner, until: Until, stages: str, arrivals: int
) -> None:
    """Rate times time, ramps included; all of them began and made their requests."""
    result = finished(make_runner(visitor(), stop_timeout=5), stages, until)
    assert abs(accounted_for(result) - arrivals) <= 1
    assert result.instrument.dropped_arrivals == 0
    assert result.totals.requests == 2 * result.instrument.schedule_lag.count


def test_a_constant_rate_goes_on_until_somebody_ends_it(make_runner: MakeRunner, held_up: HeldUp) -> None:
    runner = make_runner(visitor(), stop_timeout=5)
    runner.start_stages(constant_rate(50))
    gevent.sleep(0.5)
    runner.stop()
    assert abs(runner.result.totals.requests / 2 - 50 * runner.result.duration_s) <= 3 + 50 * held_up()


def test_arrivals_are_spread_evenly_over_time(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """Not in bursts: each begins when it is due."""
    result = finished(make_runner(visitor()), "1ms:100/s, 1s:100/s", until)
    assert result.instrument.schedule_lag.percentile(0.5) < 20 + 1000 * held_up()


def test_a_few_users_carry_many_short_iterations(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """Idle ones are used again before another is made."""
    result = finished(make_runner(visitor()), "1ms:100/s, 500ms:100/s", until)
    assert result.user_count <= 10 + 100 * held_up()


def test_the_user_that_was_busy_last_is_taken_first(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """Its connection is the warmest; the others stay idle."""

    class Visitor(visitor()):  # type: ignore[misc]  # a class made by a function
        def once(self) -> None:
            # Who begins, and, if nobody else is at work, who ended last.
            begun.append((id(self), ended[-1] if ended and len(ended) == len(begun) else None))
            gevent.sleep(0.2 if len(begun) <= 5 else 0)
            ended.append(id(self))

    begun: list[tuple[int, int | None]] = []
    ended: list[int] = []
    finished(make_runner(Visitor), "1ms:50/s, 900ms:50/s", until)
    known = [{who for who, _ in begun[:at]} for at in range(len(begun))]
    alone = [(who, last) for (who, last), them in zip(begun, known, strict=True) if last is not None and who in them]
    assert len({who for who, _ in begun}) >= 5
    assert sum(who == last for who, last in alone) >= 0.8 * len(alone)
    assert alone or held_up() > 0.3


def test_as_many_users_are_made_as_are_busy_at_a_time(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """100/s that take 0.3 s each are 30 users."""
    result = finished(make_runner(visitor(0.3)), "1ms:100/s, 1s:100/s", until)
    assert 28 <= result.user_count <= 45 + 100 * held_up()


def test_no_more_users_are_made_than_max_users_and_the_rest_is_dropped(
    make_runner: MakeRunner, until: Until, caplog: pytest.LogCaptureFixture, held_up: HeldUp
) -> None:
    """Counted to the last one, and said once."""
    result = finished(make_runner(visitor(0.25), stop_timeout=5), "1ms:100/s, 1s:100/s", until, max_users=5)
    assert result.user_count == 5
    assert abs(accounted_for(result) - 100) <= 1
    assert 15 - 20 * held_up() <= result.instrument.schedule_lag.count <= 25
    [line] = [record.getMessage() for record in caplog.records if "dropped" in record.getMessage()]
    assert "of the 5 users that there may be, none is free" in line
    assert "--max-users" in line


@pytest.mark.parametrize("weights", [(3, 1), (2.5, 2.5, 5)])
def test_classes_are_chosen_by_weight_exactly(
    make_runner: MakeRunner, until: Until, weights: tuple[float, ...]
) -> None:
    """Not at random: of 40 arrivals each class has its share."""
    worked: Counter[float] = Counter()

    def worker(weight: float) -> Any:
        class Worker(User):
            @task
            def work(self) -> None:
                worked[weight] += 1

        Worker.weight = weight
        return Worker

    classes = [worker(weight + index / 1000) for index, weight in enumerate(weights)]
    finished(make_runner(*classes, stop_timeout=5), "1ms:100/s, 400ms:100/s", until)
    total = sum(worked.values())
    for cls in classes:
        assert worked[cls.weight] == pytest.approx(total * cls.weight / sum(each.weight for each in classes), abs=1)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(1, 400))
def test_turns_are_shares_rounded_up_or_down_at_any_number(weights: list[int], number: int) -> None:
    """And exact after each round."""
    classes = [type("Kind", (), {"weight": weight, "fixed_count": 0}) for weight in weights]
    turns, had = Turns(classes), Counter[Any]()
    for _ in range(number):
        had[turns.next()] += 1
    for cls in classes:
        assert abs(had[cls] - number * cls.weight / sum(weights)) < 1  # type: ignore[attr-defined]  # it has one


def test_a_class_without_weight_has_no_turn() -> None:
    """Nor does a fixed_count count: arrivals are no users."""
    some, none = (type("Kind", (), {"weight": weight, "fixed_count": 7}) for weight in (1, 0))
    turns = Turns([none, some])
    assert {turns.next() for _ in range(10)} == {some}


def test_a_user_that_stops_itself_is_replaced(make_runner: MakeRunner, until: Until) -> None:
    """Every arrival still finds a user."""

    class Visitor(visitor()):  # type: ignore[misc]  # as above
        def once(self) -> None:
            self.environment.requests.record("GET", "/", 1.0)
            raise StopUser

    result = finished(make_runner(Visitor, stop_timeout=5), "1ms:100/s, 500ms:100/s", until)
    assert result.totals.requests == result.instrument.schedule_lag.count >= 49


def test_a_task_that_raises_ends_its_iteration_and_no_more(
    make_runner: MakeRunner, until: Until, held_up: HeldUp
) -> None:
    """The user takes the next arrival."""

    class Visitor(visitor()):  # type: ignore[misc]  # as above
        def once(self) -> None:
            raise ValueError("no")

    result = finished(make_runner(Visitor, stop_timeout=5), "1ms:100/s, 300ms:100/s", until)
    assert result.exceptions[0].count == result.instrument.schedule_lag.count >= 29
    assert result.user_count < 10 + 100 * held_up()


def test_a_slow_on_start_makes_its_arrival_wait_and_that_counts(
    make_runner: MakeRunner, until: Until, heard: Requests
) -> None:
    """In the response time of the first request of each first iteration; not in that of on_start, nor of the second."""

    class Visitor(visitor()):  # type: ignore[misc]  # as above
        def on_start(self) -> None:
            gevent.sleep(0.3)
            self.environment.requests.record("POST", "login", 300.0)

    finished(make_runner(Visitor, plugins=[heard], stop_timeout=5), "1ms:20/s, 500ms:20/s", until)
    assert max(response for response, _ in heard.times["first"]) > 300
    assert {response for response, _ in heard.times["login"]} == {300}
    assert {response for response, _ in heard.times["second"]} == {1}
    assert {service for _, service in heard.times["first"]} == {1}


@pytest.mark.parametrize("where", ["__init__", "on_start"])
def test_users_that_can_not_begin_drop_their_arrivals(
    make_runner: MakeRunner, until: Until, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is counted; the log is not flooded."""

    def fail(self: Any, *_: Any) -> None:
        raise ValueError("no")

    result = finished(make_runner(visitor(**{where: fail})), "1ms:100/s, 500ms:100/s", until)
    assert result.instrument.schedule_lag.count == 0
    assert abs(accounted_for(result) - 50) <= 1
    assert result.exceptions[0].count == result.instrument.dropped_arrivals
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) <= 7


def test_arrivals_that_a_stop_cuts_off_are_accounted_for(make_runner: MakeRunner, until: Until) -> None:
    """They are with users that are still in on_start."""

    def slow(self: Any) -> None:
        gevent.sleep(30)

    runner = make_runner(visitor(on_start=slow))
    runner.start_stages("1ms:50/s, 10s:50/s")
    until(lambda: runner.user_count >= 10)
    users = runner.user_count
    runner.stop()
    assert runner.result.instrument.dropped_arrivals == users
    assert runner.result.instrument.schedule_lag.count == 0


def test_a_graceful_stop_lets_busy_users_finish_and_ends_idle_ones(
    make_runner: MakeRunner, until: Until, loadhost_recorder: Recorder
) -> None:
    """Every iteration that began made both of its requests; nobody waits for the idle ones."""
    runner = make_runner(visitor(0.3), stop_timeout=10)
    runner.start_stages("1ms:50/s, 30s:50/s")
    until(lambda: runner.user_count >= 10)
    began = perf_counter()
    runner.stop()
    assert perf_counter() - began < 9  # of the ten that busy users would have
    assert runner.result.totals.requests == 2 * runner.result.instrument.schedule_lag.count
    assert runner.result.totals.interrupted == 0
    assert len(loadhost_recorder.of("loadhost_user_stop")) == len(loadhost_recorder.of("loadhost_user_start"))


def test_idle_users_wait_for_their_arrival_without_a_wait_time(
    make_runner: MakeRunner, until: Until, caplog: pytest.LogCaptureFixture, held_up: HeldUp
) -> None:
    """A wait_time is ignored, and the notice names the class."""
    caplog.set_level("INFO")
    result = finished(make_runner(visitor(wait_time=constant(30)), stop_timeout=5), "1ms:50/s, 500ms:50/s", until)
    assert result.instrument.schedule_lag.count >= 24
    assert result.user_count < 10 + 50 * held_up()
    assert "the wait_time of Visitor is ignored" in caplog.text


def test_no_notice_is_given_if_there_is_no_wait_time(
    make_runner: MakeRunner, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is ignored then."""
    caplog.set_level("INFO")
    finished(make_runner(visitor()), "1ms:50/s, 100ms:50/s", until)
    assert "ignored" not in caplog.text


@pytest.mark.parametrize("kind", [TaskSet, SequentialTaskSet])
def test_inside_a_task_set_each_task_waits_for_an_arrival_of_its_own(
    make_runner: MakeRunner, until: Until, kind: Any
) -> None:
    """A TaskSet that nobody leaves makes no more load than the rate says."""

    class Inner(kind):  # type: ignore[misc]  # a class given as a parameter
        @task
        def work(self) -> None:
            self.user.environment.requests.record("GET", "/", 1.0)

    result = finished(make_runner(visitor(tasks=[Inner]), stop_timeout=5), "1ms:50/s, 500ms:50/s", until)
    assert result.totals.requests == result.instrument.schedule_lag.count
    assert abs(result.totals.requests - 25) <= 1


def test_the_lateness_belongs_to_the_first_request_of_its_iteration(
    make_runner: MakeRunner, until: Until, heard: Requests, held_up: HeldUp
) -> None:
    """One busy user would be late for ever; here it is the hub that is held up, once."""

    class Visitor(visitor()):  # type: ignore[misc]  # as above
        stalled = False

        def once(self) -> None:
            if not Visitor.stalled:
                Visitor.stalled, end = True, perf_counter() + 0.3
                while perf_counter() < end:
                    pass
            self.environment.requests.record("GET", "first", 1.0)
            self.environment.requests.record("GET", "second", 1.0)

    result = finished(make_runner(Visitor, plugins=[heard], stop_timeout=5), "1ms:50/s, 1s:50/s", until)
    late = [response - service for response, service in heard.times["first"] if response - service > 50]
    more = max(held_up() - 0.3, 0)
    assert 8 <= len(late) <= 16 + 50 * more
    assert 200 < max(late) < 400 + 1000 * more
    assert {response for response, _ in heard.times["second"]} == {1}
    assert abs(accounted_for(result) - 50) <= 1


def test_the_state_is_running_from_the_start(
    make_runner: MakeRunner, states: Callable[[], list[str]], until: Until
) -> None:
    """There is no number of users to be reached."""
    finished(make_runner(visitor()), "1ms:50/s, 100ms:50/s", until)
    assert states() == ["spawning", "running", "stopping", "stopped"]


def test_a_second_run_counts_from_zero(make_runner: MakeRunner, until: Until) -> None:
    runner = make_runner(visitor(0.2), stop_timeout=5)
    finished(runner, "1ms:50/s, 300ms:50/s", until, max_users=2)
    result = finished(runner, "1ms:50/s, 300ms:50/s", until)
    assert result.instrument.dropped_arrivals == 0
    assert abs(result.instrument.schedule_lag.count - 15) <= 1


def test_no_memory_grows_with_the_number_of_arrivals() -> None:
    """A month of them has the state of a minute."""
    turns = Turns([visitor(weight=3), visitor(weight=7.5)])
    for _ in range(10_000):
        turns.next()
    assert sum(turns._had.values()) <= 21


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("1m:5/s", 0), "max users: 0 is not possible; give a whole number, 1 or more"),
        (("1m:5/s", 2.5), "max users: 2.5 is not possible"),
        (("soon",), "stages: 'soon' is not a stage; write for example"),
    ],
)
def test_what_can_not_be_is_refused_before_the_run(make_runner: MakeRunner, given: Any, says: str) -> None:
    runner = make_runner(visitor())
    with pytest.raises(UsageError, match=f"^{says}"):
        runner.start_stages(*given)
    assert runner.state == "ready"


def test_arrivals_need_a_class_with_a_weight(make_runner: MakeRunner) -> None:
    """A fixed_count is a number of users, of which there is none here."""
    with pytest.raises(UsageError, match="arrivals are shared out by weight, and Visitor has none"):
        make_runner(visitor(weight=0, fixed_count=5)).start_stages("1m:5/s")


def test_a_run_is_either_open_or_closed(make_runner: MakeRunner, until: Until) -> None:
    runner = make_runner(visitor())
    runner.start_stages("1m:5/s")
    until(lambda: runner.state == "running")
    with pytest.raises(UsageError, match="a run has either a number of users or a rate of arrivals"):
        runner.start(5)
    with pytest.raises(UsageError, match="a run has either a number of users or a rate of arrivals"):
        runner.start_stages("1m:5u")


def test_stages_of_users_reach_each_target_and_end(
    make_runner: MakeRunner, until: Until, loadhost_recorder: Recorder, states: Callable[[], list[str]]
) -> None:
    """A plateau is no new target; the state is what a plugin would expect."""
    runner = make_runner(visitor(0.01))
    result = finished(runner, "300ms:6u, 300ms:6u, 200ms:2u", until)
    assert result.stop_reason == "the last stage is over"
    assert result.user_count == 6
    assert [call["user_count"] for call in loadhost_recorder.of("loadhost_spawning_complete")] == [6, 2]
    assert states() == ["spawning", "running", "spawning", "running", "stopping", "stopped"]
