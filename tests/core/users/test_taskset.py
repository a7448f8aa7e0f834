"""TaskSet and SequentialTaskSet: entered as a task, left by interrupt."""

from __future__ import annotations

import logging

import gevent
import pytest
from loadhost import RescheduleTask, SequentialTaskSet, StopUser, TaskSet, User, hookimpl, task


class Logged(TaskSet):
    """Writes down its coming and going."""

    def on_start(self):
        self.user.log.append(f"+{type(self).__name__}")

    def on_stop(self):
        self.user.log.append(f"-{type(self).__name__}")


def worker(*tasks, **attributes):
    """A user class that runs these tasks in turn and ends after the last."""

    class Worker(User):
        log: list[str]

        def __init__(self, environment):
            super().__init__(environment)
            self.log = []
            self.left = list(tasks)

        def get_next_task(self):
            if not self.left:
                raise StopUser
            return self.left.pop(0)

        def on_stop(self):
            self.log.append("on_stop")

    for name, value in attributes.items():
        setattr(Worker, name, value)
    return Worker


class Leaving(Logged):
    @task
    def leave(self):
        self.user.log.append("leave")
        self.interrupt()


def test_a_task_set_is_entered_and_left(live):
    assert live(worker(Leaving)).log == ["+Leaving", "leave", "-Leaving", "on_stop"]


def test_a_user_stays_in_a_task_set_until_it_interrupts(live):
    class Staying(Logged):
        @task
        def stay(self):
            self.user.log.append("stay")
            if self.user.log.count("stay") == 3:
                self.interrupt()

    assert live(worker(Staying)).log == ["+Staying", "stay", "stay", "stay", "-Staying", "on_stop"]


def test_interrupting_with_reschedule_goes_on_at_once(live):
    assert live(worker(Leaving, Leaving, wait_time=60), timeout=1).log.count("leave") == 2


def test_interrupting_without_reschedule_waits_first(start):
    class Waiting(Logged):
        @task
        def leave(self):
            self.user.log.append("leave")
            self.interrupt(reschedule=False)

    user = start(worker(Waiting, Waiting, wait_time=60))
    gevent.sleep(0.05)
    assert user.log == ["+Waiting", "leave", "-Waiting"]
    assert user.state == "waiting"


def test_nested_task_sets_know_parent_user_and_client(live):
    class Outer(Logged):
        @task
        class Inner(Logged):
            @task
            def look(self):
                self.user.log.append((type(self.parent).__name__, type(self.parent.parent).__name__, self.client))
                self.interrupt(reschedule=False)

        def wait_time(self):
            self.interrupt()

    log = live(worker(Outer, client="client")).log
    assert log == ["+Outer", "+Inner", ("Outer", "Worker", "client"), "-Inner", "-Outer", "on_stop"]


def test_stopping_a_user_leaves_all_its_task_sets(start):
    class Outer(Logged):
        @task
        class Inner(Logged):
            @task
            def work(self):
                gevent.sleep(0.03)
                self.user.log.append("worked")

    user = start(worker(Outer))
    gevent.sleep(0.01)
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.log == ["+Outer", "+Inner", "worked", "-Inner", "-Outer", "on_stop"]


def test_a_killed_user_leaves_its_task_sets_too(start):
    class Slow(Logged):
        @task
        def work(self):
            gevent.sleep(60)

    user = start(worker(Slow))
    gevent.sleep(0.01)
    user.stop(force=True)
    user.greenlet.join(timeout=1)
    assert user.log == ["+Slow", "-Slow", "on_stop"]


def test_stop_user_in_a_task_set_ends_the_user(live):
    class Ending(Logged):
        @task
        def end(self):
            raise StopUser

    assert live(worker(Ending, Ending)).log == ["+Ending", "-Ending", "on_stop"]


def test_an_error_in_a_task_set_is_counted_and_the_user_stays_there(live, environment, caplog):
    caplog.set_level(logging.ERROR)

    class Failing(Logged):
        def get_next_task(self):
            return self.fail if "failed" not in self.user.log else Leaving.leave

        def fail(self):
            self.user.log.append("failed")
            raise KeyError

    assert live(worker(Failing)).log == ["+Failing", "failed", "leave", "-Failing", "on_stop"]
    assert [(each.user_class, each.count) for each in environment.stats.exception_counts()] == [("Worker", 1)]


def test_an_error_in_a_task_sets_on_start_is_one_of_the_task_that_led_there(live, environment, caplog):
    class Failing(Logged):
        def on_start(self):
            raise KeyError

        @task
        def work(self):
            pass

    assert live(worker(Failing, Leaving)).log == ["+Leaving", "leave", "-Leaving", "on_stop"]
    assert len(environment.stats.exception_counts()) == 1


def test_interrupt_in_on_start_never_enters(live):
    class Closed(Logged):
        def on_start(self):
            self.interrupt()

        @task
        def work(self):
            pass

    assert live(worker(Closed)).log == ["on_stop"]


def test_reschedule_task_stays_in_the_task_set(live):
    class Retrying(Logged):
        @task
        def work(self):
            self.user.log.append("work")
            if self.user.log.count("work") == 2:
                self.interrupt()
            raise RescheduleTask

    assert live(worker(Retrying)).log == ["+Retrying", "work", "work", "-Retrying", "on_stop"]


def test_a_plugin_may_interrupt_the_task_set_that_failed(live, loadhost_manager, caplog):
    from loadhost import InterruptTaskSet

    class Interrupter:
        @hookimpl
        def loadhost_user_error(self):
            raise InterruptTaskSet

    class Failing(Logged):
        @task
        def fail(self):
            raise KeyError

    loadhost_manager.register(Interrupter())
    assert live(worker(Failing)).log == ["+Failing", "-Failing", "on_stop"]


def test_a_task_set_without_tasks_is_an_error_with_its_name(start, environment, caplog):
    class Empty(TaskSet):
        pass

    start(worker(Empty, wait_time=60))
    gevent.sleep(0.02)
    [error] = environment.stats.exception_counts()
    assert "No tasks defined on Empty. Use the @task decorator or set the 'tasks' attribute" in error.message


def test_a_sequence_runs_in_the_order_of_the_class_body(live):
    def between_them(task_set):
        task_set.user.log.append("second")

    class Order(SequentialTaskSet):
        @task
        def one(self):
            self.user.log.append("first")

        tasks = [between_them]

        @task(2)
        def last(self):
            self.user.log.append("third")
            if self.user.log.count("third") == 4:
                self.interrupt()

    once = ["first", "second", "third", "third"]
    assert live(worker(Order)).log == [*once, *once, "on_stop"]


def test_a_sequence_starts_over_each_time_it_is_entered(live):
    class Order(SequentialTaskSet):
        @task
        def one(self):
            self.user.log.append("one")

        @task
        def leave(self):
            self.interrupt()

        @task
        def never(self):
            self.user.log.append("never")

    assert live(worker(Order, Order)).log == ["one", "one", "on_stop"]


@pytest.mark.parametrize("first", [True, False])
def test_a_scheduled_task_comes_before_the_sequence_goes_on(live, first):
    class Order(SequentialTaskSet):
        @task
        def one(self):
            self.user.log.append("one")
            self.schedule_task(self.extra, first=first)

        @task
        def leave(self):
            self.interrupt()

        def extra(self):
            self.user.log.append("extra")

    assert live(worker(Order)).log == ["one", "extra", "on_stop"]


def test_a_task_of_a_task_set_may_be_called_stop(live):
    """As many locustfiles have it; in a user that name is taken."""

    class Visit(Logged):
        @task
        def stop(self):
            self.interrupt()

    assert live(worker(Visit)).log == ["+Visit", "-Visit", "on_stop"]
