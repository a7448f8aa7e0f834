"""constant_pacing and constant_throughput: iterations begin when they are due; what is late counts where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent
import pytest
from loadhost import TaskSet, UsageError, User, constant, constant_pacing, constant_throughput, hookimpl, task
from loadhost._users.wait_time import Between, Pacing, seconds_of

Until = Callable[..., None]
MakeRunner = Callable[..., Any]
HeldUp = Callable[[], float]


class Heard:
    """The times of all requests, as plugins hear them."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, float, float]] = []
        self.samples: list[Any] = []

    @hookimpl
    def loadhost_request(self, name: str, response_time: float, service_time: float) -> None:
        """Keep it."""
        self.requests.append((name, response_time, service_time))

    @hookimpl
    def loadhost_samples(self, samples: Any) -> None:
        """Keep them."""
        self.samples.extend(samples)

    def lateness(self, name: str) -> list[float]:
        """Response time minus service time, of each request of this name, in ms."""
        return [response - service for each, response, service in self.requests if each == name]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def worker(seconds: float, *stalls: float, first: str = "first") -> Any:
    """Users paced at `seconds`; the n-th iteration takes as long as the n-th stall. They keep when each began."""

    class Worker(User):
        wait_time = constant_pacing(seconds)

        def on_start(self) -> None:
            self.began: list[float] = []

        @task
        def work(self) -> None:
            self.once()

        def once(self) -> None:
            self.began.append(perf_counter())
            number = len(self.began)
            gevent.sleep(stalls[number - 1] if number <= len(stalls) else 0)
            self.environment.requests.record("GET", first, 1.0)
            self.environment.requests.record("GET", "second", 1.0)

    return Worker


def begun(runner: Any, until: Until, number: int) -> list[float]:
    """When the first iterations of the one user began, counted from its first."""
    until(lambda: runner._pool.users)
    [user] = runner._pool.users
    until(lambda: len(getattr(user, "began", ())) >= number)
    return [at - user.began[0] for at in user.began]


def test_iterations_begin_on_a_fixed_grid(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """However long they take, as long as they fit; none begins before it is due."""
    runner = make_runner(worker(0.1, *[0.03, 0.07, 0.01] * 3))
    runner.start(1)
    times = begun(runner, until, 8)
    off = sorted(at - 0.1 * number for number, at in enumerate(times[:8]))
    # Counted from the first, which a stall of the machine may have held up as well as the others.
    assert off[0] > -0.01 - held_up()
    assert off[7] < 0.02 + held_up()


def test_a_long_iteration_is_caught_up_with(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """The grid does not move: those that were due meanwhile come without a wait, the next one is on time again."""
    runner = make_runner(worker(0.1, 0.35))
    runner.start(1)
    times = begun(runner, until, 7)
    slack = held_up()
    assert all(0.34 < at < 0.4 + slack for at in times[1:4])
    assert times[4] >= 0.399 - slack
    assert times[6] == pytest.approx(0.6, abs=0.05 + slack)


def test_the_lateness_is_in_the_response_time_of_the_first_request_only(
    make_runner: MakeRunner, until: Until, heard: Heard, held_up: HeldUp
) -> None:
    """In hooks, samples and statistics; the service time is what the client measured."""
    runner = make_runner(worker(0.1, 0.35), plugins=[heard])
    runner.start(1)
    begun(runner, until, 6)
    runner.stop()
    first = heard.lateness("first")
    assert first[0] == 0
    assert first[1:4] == pytest.approx([250, 150, 50], abs=25 + 1000 * held_up())
    assert set(heard.lateness("second")) == {0}
    assert {service for _, _, service in heard.requests} == {1}
    assert sorted(sample.response_time for sample in heard.samples) == sorted(each[1] for each in heard.requests)
    assert {sample.service_time for sample in heard.samples} == {1}
    figures = runner.result.totals
    assert (figures.service_times.max, figures.response_times.max) == (1.0, pytest.approx(max(first) + 1, rel=0.01))


def test_the_lateness_of_every_iteration_is_in_the_schedule_lag(
    make_runner: MakeRunner, until: Until, held_up: HeldUp
) -> None:
    """One value per iteration that had a due time: all but the first."""
    runner = make_runner(worker(0.05, 0.2))
    runner.start(1)
    begun(runner, until, 8)
    runner.stop()
    lag = runner.result.instrument.schedule_lag
    assert lag.count in (runner.result.totals.requests // 2 - 1, runner.result.totals.requests // 2)
    slack_ms = 1000 * held_up()
    assert 100 < lag.max < 250 + slack_ms
    assert lag.percentile(0.3) < 50 + slack_ms


def test_without_pacing_nothing_is_late(make_runner: MakeRunner, shopper: type[User], heard: Heard) -> None:
    runner = make_runner(shopper, plugins=[heard])
    runner.start(2, 100)
    gevent.sleep(0.1)
    runner.stop()
    assert set(heard.lateness("/")) == {0}
    assert runner.result.instrument.schedule_lag.count == 0


def test_an_iteration_without_a_request_takes_its_lateness_with_it(
    make_runner: MakeRunner, until: Until, heard: Heard, held_up: HeldUp
) -> None:
    """The next one has its own."""

    class Worker(worker(0.1)):  # type: ignore[misc]  # a class made by a function
        def once(self) -> None:
            self.began.append(perf_counter())
            number = len(self.began)
            if number == 1:
                gevent.sleep(0.25)
            if number > 3:
                self.environment.requests.record("GET", "first", 1.0)

    runner = make_runner(Worker, plugins=[heard])
    runner.start(1)
    begun(runner, until, 6)
    runner.stop()
    assert max(heard.lateness("first")) < 50 + 1000 * held_up()


def test_on_stop_is_no_part_of_an_iteration(make_runner: MakeRunner, until: Until, heard: Heard) -> None:
    """Its requests have no lateness, though the iteration that was cut short was late."""

    class Worker(worker(0.05, 0.2)):  # type: ignore[misc]  # as above
        def once(self) -> None:
            self.began.append(perf_counter())
            gevent.sleep(0.2)

        def on_stop(self) -> None:
            self.environment.requests.record("POST", "logout", 1.0)

    runner = make_runner(Worker, plugins=[heard])
    runner.start(1)
    begun(runner, until, 2)
    runner.stop()
    assert heard.lateness("logout") == [0]


def test_the_grid_begins_when_on_start_is_done(
    make_runner: MakeRunner, until: Until, heard: Heard, held_up: HeldUp
) -> None:
    """A slow login makes no iteration late."""

    class Worker(worker(0.1)):  # type: ignore[misc]  # as above
        def on_start(self) -> None:
            gevent.sleep(0.3)
            super().on_start()

    runner = make_runner(Worker, plugins=[heard])
    runner.start(1)
    begun(runner, until, 3)
    assert max(heard.lateness("first")) < 50 + 1000 * held_up()


def test_the_tasks_of_a_task_set_are_paced_like_the_users_own(
    make_runner: MakeRunner, until: Until, held_up: HeldUp
) -> None:
    """Without a wait_time of its own, it has the user's, and the user's grid."""

    class Worker(worker(0.1)):  # type: ignore[misc]  # as above
        @task
        class Inner(TaskSet):
            @task
            def work(self) -> None:
                self.user.began.append(perf_counter())

    Worker.tasks = [Worker.Inner]
    runner = make_runner(Worker)
    runner.start(1)
    times = begun(runner, until, 5)
    assert times[4] == pytest.approx(0.4, abs=0.05 + held_up())


def test_a_task_set_with_a_pacing_of_its_own_has_a_grid_of_its_own(
    make_runner: MakeRunner, until: Until, heard: Heard, held_up: HeldUp
) -> None:
    """It begins when the user enters it, and what comes after it is not late because of it."""

    class Inner(TaskSet):
        wait_time = constant_pacing(0.05)

        @task
        def work(self) -> None:
            self.user.began.append(perf_counter())
            self.user.environment.requests.record("GET", "inner", 1.0)
            if len(self.user.began) % 4 == 0:
                self.interrupt(reschedule=False)

    class Worker(worker(1)):  # type: ignore[misc]  # as above
        wait_time = constant(0.2)

    Worker.tasks = [Inner]
    runner = make_runner(Worker, plugins=[heard])
    runner.start(1)
    times = begun(runner, until, 8)
    slack = held_up()
    assert times[3] == pytest.approx(0.15, abs=0.04 + slack)
    assert times[4] == pytest.approx(0.35, abs=0.08 + slack)
    assert max(heard.lateness("inner")) < 40 + 1000 * slack


def test_a_throughput_is_a_pacing(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """So many iterations per second and user."""
    assert constant_throughput(20) == constant_pacing(0.05)
    runner = make_runner(worker(0.1))
    runner.environment.user_classes[0].wait_time = constant_throughput(20)
    runner.start(1)
    assert begun(runner, until, 5)[4] == pytest.approx(0.2, abs=0.05 + held_up())


def test_users_are_paced_each_by_itself(make_runner: MakeRunner, held_up: HeldUp) -> None:
    """Ten users at twenty a second begin two hundred a second."""
    runner = make_runner(worker(0.05))
    runner.start(10, 10_000)
    gevent.sleep(0.5)
    runner.stop()
    # Each of them also began when it came.
    due = 10 * (20 * runner.result.duration_s + 0.5)
    assert runner.result.totals.requests / 2 == pytest.approx(due, abs=10 + 200 * held_up())


def test_a_pacing_of_zero_is_no_pacing(make_runner: MakeRunner, until: Until, heard: Heard) -> None:
    """As in Locust: no wait, and nothing is late."""
    runner = make_runner(worker(0, *[0.005] * 50), plugins=[heard])
    runner.start(1)
    begun(runner, until, 10)
    assert set(heard.lateness("first")) == {0}


def test_a_pacing_set_on_the_user_itself_works(make_runner: MakeRunner, until: Until, held_up: HeldUp) -> None:
    """As other waits do."""

    class Worker(worker(5)):  # type: ignore[misc]  # as above
        def on_start(self) -> None:
            super().on_start()
            self.wait_time = constant_pacing(0.05)

    runner = make_runner(Worker)
    runner.start(1)
    assert begun(runner, until, 4)[3] == pytest.approx(0.15, abs=0.05 + held_up())


def test_waiting_in_the_middle_of_a_task_makes_no_other_iteration_late(
    make_runner: MakeRunner, until: Until, heard: Heard, held_up: HeldUp
) -> None:
    """self.wait() takes one step of the grid, the wait after the task the next one."""

    class Worker(worker(0.05)):  # type: ignore[misc]  # as above
        def once(self) -> None:
            self.began.append(perf_counter())
            self.wait()
            self.environment.requests.record("GET", "first", 1.0)

    runner = make_runner(Worker, plugins=[heard])
    runner.start(1)
    times = begun(runner, until, 4)
    slack = held_up()
    assert times[3] == pytest.approx(0.3, abs=0.06 + slack), times
    assert max(heard.lateness("first")) < 40 + 1000 * slack


def test_a_pacing_shows_what_it_is() -> None:
    """In errors."""
    assert repr(constant_pacing(2)) == "constant_pacing(2)"


def test_a_pacing_knows_to_whom_it_belongs(loadhost_manager: Any) -> None:
    """Called without a user it says so, where Locust would fail with an AttributeError."""
    assert isinstance(User.wait_time, (Between, Pacing, type(constant(1))))
    with pytest.raises(TypeError, match=r"^constant_pacing belongs to a user: call self\.wait_time\(\)$"):
        constant_pacing(1)()


def test_each_call_is_one_step_of_the_grid(make_runner: MakeRunner) -> None:
    """So own functions can use it."""
    environment = make_runner(worker(10)).environment
    user = environment.user_classes[0](environment)
    assert [round(seconds_of(user)), round(user.wait_time())] == [10, 20]


@pytest.mark.parametrize("seconds", [-1, "2", float("nan"), None])
def test_an_impossible_pacing_is_refused_with_class_and_value(seconds: Any) -> None:
    with pytest.raises(UsageError, match=r"^Worker\.wait_time = constant_pacing\(.*\): give seconds that are numbers"):
        worker(seconds)


@pytest.mark.parametrize("rate", [0, -1, "2", float("nan"), None])
def test_an_impossible_throughput_is_refused_with_its_value(rate: Any) -> None:
    with pytest.raises(UsageError, match=r"^constant_throughput\(.*\): give iterations per second, more than 0$"):
        constant_throughput(rate)
