"""Tasks: how they are declared, weighed and chosen."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from loadhost import SequentialTaskSet, StopUser, TaskSet, UsageError, User, task


def first(user):
    """A task."""


def second(user):
    """Another task."""


def test_a_method_marked_as_task_is_one():
    class Worker(User):
        @task
        def work(self):
            pass

        def helper(self):
            pass

    assert Worker.tasks == [Worker.work]


def test_the_decorator_may_be_called_without_a_weight():
    class Worker(User):
        @task()
        def work(self):
            pass

    assert Worker.tasks == [Worker.work]


def test_a_weight_repeats_the_task():
    class Worker(User):
        @task(3)
        def often(self):
            pass

        @task
        def seldom(self):
            pass

    assert Counter(Worker.tasks) == {Worker.often: 3, Worker.seldom: 1}


def test_a_weight_of_zero_is_never():
    class Worker(User):
        @task(0)
        def never(self):
            pass

        @task
        def always(self):
            pass

    assert Worker.tasks == [Worker.always]


@pytest.mark.parametrize(
    "tasks", [[first, first, second], [(first, 2), second], [(first, 2), (second, 1)], {first: 2, second: 1}]
)
def test_tasks_may_be_a_list_of_functions_or_pairs_or_a_dict(tasks):
    worker = type("Worker", (User,), {"tasks": tasks})
    assert Counter(worker.tasks) == {first: 2, second: 1}


@pytest.mark.parametrize("several", [tuple, list, set, frozenset])
def test_tasks_may_be_any_collection_of_task_sets(several):
    one, other = (type(name, (TaskSet,), {"tasks": [first]}) for name in ("One", "Other"))
    worker = type("Worker", (User,), {"tasks": several([one, other])})
    assert set(worker.tasks) == {one, other}


def test_a_subclass_has_the_tasks_of_its_bases_too():
    class Base(User):
        abstract = True

        @task
        def work(self):
            pass

    class Worker(Base):
        tasks = [first]

        @task
        def more(self):
            pass

    assert Worker.tasks == [Base.work, first, Worker.more]


def test_a_task_set_inside_a_class_is_a_task():
    class Worker(User):
        @task(2)
        class Shop(TaskSet):
            @task
            def buy(self):
                pass

    assert Worker.tasks == [Worker.Shop, Worker.Shop]


def test_tasks_are_chosen_by_their_weight(environment):
    class Worker(User):
        tasks = {first: 3, second: 1}

    worker = Worker(environment)
    chosen = Counter(worker.get_next_task() for _ in range(4000))
    assert 2800 < chosen[first] < 3200


def stop_user(user):
    raise StopUser


def test_a_scheduled_task_comes_before_those_chosen(environment):
    class Worker(User):
        tasks = [first]

    worker = Worker(environment)
    ran = []
    worker.schedule_task(lambda user: ran.append("second"))
    worker.schedule_task(lambda user: ran.append("first"), first=True)
    worker.schedule_task(stop_user)
    worker.run()
    assert ran == ["first", "second"]


@pytest.mark.parametrize("weight", [-1, 1.5, "3", True])
def test_a_weight_that_makes_no_sense_is_refused_by_name(weight):
    with pytest.raises(UsageError, match=r"of work is not possible: a weight is a whole number, 0 or more"):

        @task(weight)
        def work(self):
            pass


@pytest.mark.parametrize("name", ["run", "start", "stop", "wait", "context"])
def test_a_task_must_not_take_a_name_of_loadhost(name):
    @task
    def work(self):
        pass

    with pytest.raises(UsageError, match=rf"Worker\.{name} is marked with @task, but '{name}' is loadhost's own"):
        type("Worker", (User,), {name: work})


@pytest.mark.parametrize("tasks", [first, "work", 3])
def test_tasks_that_are_no_collection_are_refused(tasks):
    with pytest.raises(UsageError, match=r"Worker\.tasks = .*: give a list of functions or TaskSets, or"):
        type("Worker", (User,), {"tasks": tasks})


def test_a_task_that_can_not_be_called_is_refused():
    with pytest.raises(UsageError, match=r"Worker\.tasks holds 3: a task is a function or a TaskSet class"):
        type("Worker", (User,), {"tasks": [3]})


def test_on_start_as_a_task_is_warned_of(caplog):
    class Worker(User):
        @task
        def on_start(self):
            pass

    assert "on_start is marked with @task" in caplog.text


async def asked(): ...


def yielding(self):
    yield


async def both(self):
    yield


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (asked, "Shopper.asked is async, so that nothing would run it: write a plain function"),
        (yielding, "Shopper.yielding has a yield, so that nothing would run it"),
        (both, "Shopper.both is async"),
    ],
)
@pytest.mark.parametrize("base", [User, TaskSet, SequentialTaskSet])
def test_a_function_that_a_call_does_not_run_is_refused(base, function, said):
    for body in ({"tasks": [function]}, {"look": task(function)}, {"on_start": function}, {"on_stop": function}):
        with pytest.raises(UsageError, match=said):
            type("Shopper", (base,), body)


def test_a_class_that_runs_tasks_in_a_way_of_its_own_may_have_async_ones():
    class Shopper(User):
        tasks = [asked]

        def execute_task(self, task):
            asyncio.run(task())

    assert Shopper.tasks == [asked]
