"""User classes beside each other: hosts of their own, tags that leave one of them nothing, single users that stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from loadhost import FastHttpUser, LoadTestShape, TaskSet, UsageError, User, constant, hookimpl, tag, task
from loadhost.testing import Shop

MakeRunner = Callable[..., Any]
Until = Callable[..., None]


class Addresses:
    """Keeps where requests went."""

    def __init__(self) -> None:
        self.urls: set[str] = set()

    @hookimpl
    def loadhost_request(self, url: str) -> None:
        self.urls.add(url)


class Front(FastHttpUser):
    """Asks its own host, and by a whole address another one."""

    host = "http://no.such.host.invalid"
    wait_time = constant(0.01)

    @task
    def look(self) -> None:
        self.client.get("/")
        self.client.get(self.elsewhere)

    elsewhere = ""


def front(host: str, elsewhere: str) -> type[Front]:
    return type("Front", (Front,), {"host": host, "elsewhere": elsewhere})


def test_classes_have_hosts_of_their_own_and_a_whole_address_goes_before(
    make_runner: MakeRunner, until: Until, loadhost_shop: Shop
) -> None:
    kept, by_name = Addresses(), loadhost_shop.url.replace("127.0.0.1", "localhost")
    one = front(loadhost_shop.url, by_name + "/catalogue")
    other = front(by_name, loadhost_shop.url + "/catalogue")
    make_runner(one, other, plugins=[kept]).start(2, 1000)
    until(lambda: len(kept.urls) == 4)
    assert kept.urls == {url + page for url in (loadhost_shop.url, by_name) for page in ("/", "/catalogue")}


def test_one_host_for_all_goes_before_those_of_classes(
    make_runner: MakeRunner, until: Until, loadhost_shop: Shop
) -> None:
    """As Locust has it with --host."""
    kept, by_name = Addresses(), loadhost_shop.url.replace("127.0.0.1", "localhost")
    nowhere = front("http://no.such.host.invalid", by_name + "/catalogue")
    make_runner(nowhere, host=loadhost_shop.url, plugins=[kept]).start(1, 1)
    until(lambda: len(kept.urls) == 2)
    assert kept.urls == {loadhost_shop.url + "/", by_name + "/catalogue"}


class Worker(User):
    """Two tasks, one tagged."""

    wait_time = constant(60)

    @tag("quick")
    @task
    def quick(self) -> None:
        self.environment.requests.record("", "quick", 1.0)

    @task
    def other(self) -> None:
        self.environment.requests.record("", "other", 1.0)


class Slow(Worker):
    """Never chosen by its tag alone: it weighs nothing."""

    weight = 0


class Untagged(User):
    """No tags at all."""

    wait_time = constant(60)

    @task
    def nothing(self) -> None:
        pass


def test_the_users_of_a_class_without_tasks_left_go_to_the_others(make_runner: MakeRunner, until: Until) -> None:
    runner = make_runner(Worker, Untagged, tags=["quick"])
    runner.start(4, 1000)
    until(lambda: runner.user_count == 4)
    assert runner.user_classes_count == {"Worker": 4}


def test_another_run_may_have_other_tags(make_runner: MakeRunner, until: Until) -> None:
    runner = make_runner(Worker, Untagged, tags=["quick"])
    runner.start(1, 1000)
    runner.stop()
    runner.environment.tags = []
    runner.start(4, 1000)
    until(lambda: runner.user_count == 4)
    assert runner.user_classes_count == {"Worker": 2, "Untagged": 2}


def test_tasks_that_were_changed_since_the_last_run_are_looked_at_again(make_runner: MakeRunner, until: Until) -> None:
    """As a page with checkboxes for tasks would do it."""
    changing = type("Changing", (Worker,), {})
    runner = make_runner(changing, tags=["quick"])
    runner.start(1, 1000)
    runner.stop()
    changing.tasks = [Worker.other]
    with pytest.raises(UsageError, match="no task is left of Changing with --tags quick; tags in use: none"):
        runner.start(1, 1000)
    changing.tasks = [Worker.quick, Worker.other]
    runner.start(1, 1000)
    until(lambda: runner.stats.get("quick", "").num_requests)


def test_tags_that_leave_only_classes_without_weight_are_refused(make_runner: MakeRunner) -> None:
    runner = make_runner(Slow, Untagged, tags=["quick"])
    with pytest.raises(UsageError, match="no user can be made of Slow: give one of them a weight above 0"):
        runner.start(1, 1)


def test_a_shape_that_names_a_class_without_tasks_left_goes_on_with_the_others(
    make_runner: MakeRunner, until: Until
) -> None:
    class Both(LoadTestShape):
        def tick(self) -> Any:
            return 3, 1000, [Worker, Untagged]

    runner = make_runner(Worker, Untagged, tags=["quick"], shape_class=Both())
    runner.start_shape()
    until(lambda: runner.user_count == 3)
    assert runner.user_classes_count == {"Worker": 3}


def test_a_single_user_may_be_stopped_and_the_run_goes_on(make_runner: MakeRunner, until: Until) -> None:
    """Nobody takes its place, and a ramp that goes on counts it among those that were."""
    runner = make_runner(Worker)
    runner.start(5, 1000)
    until(lambda: runner.user_count == 5)
    runner._pool.users[0].stop()
    runner._pool.users[1].stop(force=True)
    until(lambda: runner.user_count == 3)
    assert (runner.state, runner.target_user_count) == ("running", 5)
    runner.start(6, 1000)
    until(lambda: runner.state == "running" and runner.user_count == 4)
    runner.stop()
    assert (runner.user_count, runner.result.exit_code) == (0, 0)


def test_a_user_stopped_in_a_nested_task_set_leaves_it_from_within(make_runner: MakeRunner, until: Until) -> None:
    left: list[str] = []

    class Nested(User):
        wait_time = constant(60)

        @task
        class Outer(TaskSet):
            def on_stop(self) -> None:
                left.append("outer")

            @task
            class Inner(TaskSet):
                def on_stop(self) -> None:
                    left.append("inner")

                @task
                def stay(self) -> None:
                    pass

        def on_stop(self) -> None:
            left.append("user")

    runner = make_runner(Nested)
    runner.start(1, 1)
    until(lambda: runner._pool.users and runner._pool.users[0].state == "waiting")
    runner._pool.users[0].stop()
    until(lambda: runner.state == "stopped")
    assert left == ["inner", "outer", "user"]
    assert runner.result.stop_reason == "every user has stopped by itself"


def test_exceptions_that_are_not_caught_end_their_user(make_runner: MakeRunner, until: Until) -> None:
    """For a debugger: catch_exceptions=False, as Locust's environment has it. They are counted all the same."""

    class Broken(User):
        @task
        def work(self) -> None:
            raise ValueError("no")

    runner = make_runner(Broken, catch_exceptions=False)
    runner.start(2, 1000)
    until(lambda: runner.state == "stopped")
    assert [row.count for row in runner.result.exceptions] == [2]


def test_the_classes_to_choose_from_are_those_that_run_unless_told_otherwise(make_runner: MakeRunner) -> None:
    assert make_runner(Worker, Slow).environment.available_user_classes == {"Worker": Worker, "Slow": Slow}
    known = {"Worker": Worker, "Untagged": Untagged}
    assert make_runner(Worker, available_user_classes=known).environment.available_user_classes == known


class Buyer(User):
    wait_time = constant(0.01)

    @task
    def buy(self) -> None: ...


class Seller(Buyer):
    pass


class Idle(Buyer):
    weight = 0


def test_start_takes_the_classes_that_run_from_then_on(make_runner: MakeRunner) -> None:
    runner = make_runner(Buyer, Seller)
    runner.start(4, 1000, wait=True, user_classes=[Seller])
    assert runner.user_classes_count == {"Buyer": 0, "Seller": 4}
    runner.start(6, 1000, wait=True)
    assert runner.user_classes_count == {"Buyer": 3, "Seller": 3}


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ([], "user_classes is empty"),
        ([Front], "Front'> is none of those of the Environment: Buyer, Idle;"),
        ([Idle], "no user can be made of Idle"),
    ],
)
def test_classes_that_can_not_run_are_refused_and_the_run_goes_on(
    make_runner: MakeRunner, classes: list[type[User]], said: str
) -> None:
    runner = make_runner(Buyer, Idle)
    runner.start(2, 1000, wait=True)
    with pytest.raises(UsageError, match=said):
        runner.start(3, 1000, user_classes=classes)
    assert (runner.state, runner.target_user_count) == ("running", 2)
