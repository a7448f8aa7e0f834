"""--iterations: so many task runs of all users together, then the run ends by itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import (
    InterruptTaskSet,
    LoadTestShape,
    RescheduleTask,
    RescheduleTaskImmediately,
    SequentialTaskSet,
    StopUser,
    TaskSet,
    UsageError,
    User,
    constant,
    task,
)
from loadhost._running.iterations import IterationBudget

Until = Callable[..., None]
MakeRunner = Callable[..., Any]


class Counting(User):
    """Counts what it does, on the class: who lives is hard to get hold of later."""

    done: Counter[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.done = Counter()

    def on_start(self) -> None:
        self.done["on_start"] += 1

    def on_stop(self) -> None:
        self.done["on_stop"] += 1


@pytest.fixture
def worker() -> Any:
    class Worker(Counting):
        @task
        def work(self) -> None:
            self.done["work"] += 1
            gevent.sleep(0.001)

    return Worker


def finished(runner: Any, until: Until) -> Any:
    """The result of the run that is under way, which has to end by itself."""
    until(lambda: runner.state == "stopped")
    return runner.result


def test_there_are_exactly_so_many_task_runs(make_runner: MakeRunner, until: Until, worker: Any) -> None:
    runner = make_runner(worker, iterations=1000)
    runner.start(7, 10_000)
    result = finished(runner, until)
    assert worker.done["work"] == 1000
    assert worker.done["on_start"] == worker.done["on_stop"] == 7
    assert (result.stop_reason, result.exit_code) == ("all 1,000 iterations are done", 0)


def test_fewer_iterations_than_users(make_runner: MakeRunner, until: Until, worker: Any) -> None:
    """Those that find none left end; the ramp is not gone through for nothing."""
    runner = make_runner(worker, iterations=3)
    runner.start(1000, 100)
    finished(runner, until)
    assert worker.done["work"] == 3
    assert worker.done["on_start"] < 1000


def test_nobody_waits_for_an_iteration_that_will_not_come(make_runner: MakeRunner, until: Until) -> None:
    """Users in their wait_time end at once when the last iteration is taken; a task under way is finished."""

    class Waiting(Counting):
        wait_time = constant(600)

        @task
        def work(self) -> None:
            self.wait_a_moment()
            self.done["work"] += 1

        def wait_a_moment(self) -> None:
            gevent.sleep(0.05)

    runner = make_runner(Waiting, iterations=5)
    runner.start(5, 1000)
    finished(runner, until)
    assert Waiting.done == {"on_start": 5, "work": 5, "on_stop": 5}


def test_a_wait_within_the_last_iteration_is_not_cut_short(make_runner: MakeRunner, until: Until) -> None:
    class Pausing(Counting):
        @task
        def work(self) -> None:
            self.wait()
            self.done["work"] += 1

        def wait_time(self) -> float:
            return 0.05

    runner = make_runner(Pausing, iterations=2)
    runner.start(2, 1000)
    finished(runner, until)
    assert Pausing.done["work"] == 2


def test_a_task_of_a_task_set_counts_as_its_own_and_entering_does_not(make_runner: MakeRunner, until: Until) -> None:
    class Worker(Counting):
        @task
        class Steps(SequentialTaskSet):
            user: Any

            def on_start(self) -> None:
                self.user.done["entered"] += 1

            @task
            def first(self) -> None:
                self.user.done["first"] += 1

            @task
            class Inner(TaskSet):
                @task
                def second(self) -> None:
                    self.user.done["second"] += 1
                    self.interrupt()

            @task
            def third(self) -> None:
                self.user.done["third"] += 1
                self.interrupt()

    runner = make_runner(Worker, iterations=30)
    runner.start(1, 1)
    finished(runner, until)
    assert [Worker.done[name] for name in ("first", "second", "third", "entered")] == [10, 10, 10, 10]


def test_a_task_set_that_comes_to_no_task_takes_one(make_runner: MakeRunner, until: Until) -> None:
    """Else a run whose on_start always fails would never end."""

    class Worker(Counting):
        @task
        class Broken(TaskSet):
            def on_start(self) -> None:
                raise RuntimeError("the login is down")

    runner = make_runner(Worker, iterations=20)
    runner.start(2, 1000)
    result = finished(runner, until)
    assert sum(each.count for each in result.exceptions) == 20


def test_a_task_that_raises_was_one(make_runner: MakeRunner, until: Until) -> None:
    class Worker(Counting):
        @task
        def work(self) -> None:
            self.done["work"] += 1
            raise ValueError("no")

    runner = make_runner(Worker, iterations=10)
    runner.start(1, 1)
    finished(runner, until)
    assert Worker.done["work"] == 10


def test_a_user_that_chooses_to_end_takes_none_with_it(make_runner: MakeRunner, until: Until) -> None:
    class Worker(Counting):
        @task
        def work(self) -> None:
            self.done["work"] += 1

        def get_next_task(self) -> Any:
            if not self.mine:
                raise StopUser
            self.mine -= 1
            return super().get_next_task()

        mine = 4

    runner = make_runner(Worker, iterations=10)
    runner.start(3, 1000)
    assert finished(runner, until).stop_reason == "all 10 iterations are done"
    assert Worker.done["work"] == 10


def test_arrivals_take_iterations_too(make_runner: MakeRunner, until: Until, worker: Any) -> None:
    """What is not wanted any more is not called dropped."""
    runner = make_runner(worker, iterations=20)
    runner.start_stages("1ms:500/s, 1h:500/s")
    until(lambda: worker.done["work"], timeout=30)
    result = finished(runner, until)
    assert worker.done["work"] == 20
    assert result.instrument.schedule_lag.count == 20
    assert result.instrument.dropped_arrivals == 0


def test_a_shape_ends_with_the_iterations(make_runner: MakeRunner, until: Until, worker: Any) -> None:
    class Forever(LoadTestShape):
        def tick(self) -> Any:
            return 5, 1000

    runner = make_runner(worker, iterations=50, shape_class=Forever())
    runner.start_shape()
    assert finished(runner, until).stop_reason == "all 50 iterations are done"
    assert worker.done["work"] == 50


def test_each_run_has_them_anew(make_runner: MakeRunner, until: Until, worker: Any) -> None:
    runner = make_runner(worker, iterations=10)
    for _ in range(2):
        runner.start(2, 1000)
        finished(runner, until)
    assert worker.done["work"] == 20


def test_a_run_that_is_stopped_before_ends_for_that_reason(make_runner: MakeRunner, worker: Any, until: Until) -> None:
    runner = make_runner(worker, iterations=10**9)
    runner.start(2, 1000)
    until(lambda: worker.done["work"])
    runner.stop("enough")
    assert runner.result.stop_reason == "enough"


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "many"])
def test_a_number_that_can_not_be_is_refused(make_runner: MakeRunner, worker: Any, wrong: Any) -> None:
    with pytest.raises(UsageError, match=f"iterations: {wrong!r} is not possible; give a whole number, 1 or more"):
        make_runner(worker, iterations=wrong).start(1, 1)


# -- the budget by itself, as somebody with users elsewhere has it


def test_a_share_is_what_is_left_at_most() -> None:
    ended: list[bool] = []
    budget = IterationBudget(10, lambda: ended.append(True))
    assert [budget.share(4), budget.share(4), budget.left, ended] == [4, 4, 2, []]
    assert [budget.share(4), budget.share(4), budget.take(), ended] == [2, 0, False, [True]]


def test_what_is_given_back_can_be_taken_again() -> None:
    budget = IterationBudget(3)
    budget.share(3)
    budget.give_back(2)
    assert [budget.take(), budget.take(), budget.take(), budget.taken] == [True, True, False, 3]
    with pytest.raises(ValueError, match="4 iterations can't be given back: 3 are taken"):
        budget.give_back(4)


def test_the_option_counts_where_the_environment_says_nothing(
    make_runner: MakeRunner, until: Until, worker: Any
) -> None:
    runner = make_runner(worker)
    runner.environment.config.set_default("iterations", 8)
    runner.start(1, 1)
    assert finished(runner, until).stop_reason == "all 8 iterations are done"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_tasks_do_there_are_exactly_so_many(make_runner: MakeRunner, until: Until, seed: int) -> None:
    """Nested TaskSets that fail on the way in, interrupt, reschedule, raise; users that end and are made anew."""
    chance = random.Random(seed)
    done: Counter[str] = Counter()

    def act(holder: Any) -> None:
        done["runs"] += 1
        gevent.sleep(chance.choice((0, 0.0005)))
        what = chance.random()
        if what < 0.1:
            raise RescheduleTask
        if what < 0.2:
            raise RescheduleTaskImmediately
        if what < 0.3:
            raise ValueError("no")
        if what < 0.5 and isinstance(holder, TaskSet):
            holder.interrupt(reschedule=chance.random() < 0.5)

    class Inner(TaskSet):
        wait_time = constant(0.0005)
        tasks = [act]

        def on_start(self) -> None:
            if chance.random() < 0.3:
                done["runs"] += 1  # it takes the iteration that it was entered with
                raise chance.choice((ValueError("no"), InterruptTaskSet()))

    class Outer(TaskSet):
        tasks = [act, Inner]

    class Worker(User):
        wait_time = constant(0.0005)
        tasks = [act, Outer, Inner]

    runner = make_runner(Worker, iterations=500)
    runner.start(10, 1000)
    finished(runner, until)
    assert done["runs"] == 500
