"""Waits: what wait_time may be, and what is refused."""

from __future__ import annotations

from time import perf_counter

import gevent
import pytest
from loadhost import StopUser, TaskSet, UsageError, User, between, constant, poisson, task
from loadhost._users.wait_time import seconds_of


def holder(wait_time, environment):
    return type("Worker", (User,), {"wait_time": wait_time})(environment)


def test_the_default_is_no_wait(environment):
    class Worker(User):
        pass

    assert seconds_of(Worker(environment)) == 0


def test_between_draws_from_the_whole_interval(environment):
    drawn = [seconds_of(holder(between(1, 3), environment)) for _ in range(500)]
    assert 1 <= min(drawn) < 1.2
    assert 2.8 < max(drawn) <= 3


def test_constant_is_always_the_same(environment):
    assert seconds_of(holder(constant(2.5), environment)) == 2.5


@pytest.mark.parametrize("wait_time", [2, 2.0, lambda: 2, lambda self: 2, staticmethod(lambda: 2)])
def test_numbers_and_functions_with_or_without_self_are_waits(wait_time, environment):
    user = holder(wait_time, environment)
    assert seconds_of(user) == 2
    assert user.wait_time() == 2


@pytest.mark.parametrize("wait_time", [2, between(2, 2), constant(2), lambda: 2])
def test_a_wait_time_may_be_set_on_the_user_itself(wait_time, environment):
    user = holder(between(5, 6), environment)
    user.wait_time = wait_time
    assert seconds_of(user) == 2


def test_a_method_may_be_the_wait_time(environment):
    class Worker(User):
        pause = 4

        def wait_time(self):
            return self.pause

    assert seconds_of(Worker(environment)) == 4


def test_a_task_set_without_a_wait_of_its_own_has_the_users(environment):
    class Set(TaskSet):
        pass

    assert seconds_of(Set(holder(constant(7), environment))) == 7


def test_a_task_sets_own_wait_goes_before_the_users(environment):
    class Set(TaskSet):
        wait_time = 1

    assert seconds_of(Set(holder(constant(7), environment))) == 1


@pytest.mark.parametrize(
    ("wait_time", "shown"),
    [
        (-1, r"constant\(-1\)"),
        (between(-1, 2), r"between\(-1, 2\)"),
        (between("1", 2), r"between\('1', 2\)"),
        (constant(float("inf")), r"constant\(inf\)"),
        (constant(float("nan")), r"constant\(nan\)"),
    ],
)
def test_an_impossible_wait_is_refused_with_class_and_value(wait_time, shown):
    with pytest.raises(UsageError, match=rf"^Worker\.wait_time = {shown}: give seconds that are numbers >= 0$"):
        type("Worker", (User,), {"wait_time": wait_time})


def test_something_that_is_no_wait_is_refused_with_what_there_is():
    with pytest.raises(UsageError, match=r"^Worker\.wait_time = 'often': give seconds as a number >= 0, between"):
        type("Worker", (User,), {"wait_time": "often"})


@pytest.mark.parametrize("given", ["3", None, float("nan")])
def test_a_function_that_gives_no_number_is_named(given, environment):
    with pytest.raises(TypeError, match=r"^Worker\.wait_time gave .*: it must give seconds, a number >= 0$"):
        seconds_of(holder(lambda self: given, environment))


def test_a_negative_time_from_a_function_is_no_wait(live):
    class Worker(User):
        def wait_time(self):
            return -5

        @task
        def work(self):
            self.count = getattr(self, "count", 0) + 1
            if self.count == 3:
                raise StopUser

    assert live(Worker, timeout=1).count == 3


def test_a_wait_takes_its_time(live):
    class Worker(User):
        wait_time = 0.05

        @task
        def work(self):
            self.times = [*getattr(self, "times", []), perf_counter()]
            if len(self.times) == 3:
                raise StopUser

    first, second, third = live(Worker).times
    assert 0.05 <= second - first < 1
    assert 0.05 <= third - second < 1


def test_a_wait_time_that_raises_is_counted_and_does_not_become_a_flood(start, environment):
    class Worker(User):
        tasks_done = 0

        def wait_time(self):
            raise ZeroDivisionError

        @task
        def work(self):
            self.tasks_done += 1

    user = start(Worker)
    gevent.sleep(0.1)
    assert user.tasks_done == 1
    assert [(each.user_class, each.count) for each in environment.stats.exception_counts()] == [("Worker", 1)]


def test_poisson_waits_have_the_mean_that_the_rate_asks_for():
    waits = sorted(poisson(4)() for _ in range(10_000))
    assert sum(waits) / len(waits) == pytest.approx(1 / 4, rel=0.1)
    assert waits[5_000] == pytest.approx(0.693 / 4, rel=0.1)  # the median of an exponential distribution


@pytest.mark.parametrize("rate", [0, -1, "often", float("nan")])
def test_poisson_refuses_a_rate_that_is_none(rate):
    with pytest.raises(UsageError, match=r"^poisson\(.*\): give task runs per second, more than 0$"):
        poisson(rate)
