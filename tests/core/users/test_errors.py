"""Exceptions that a user's code lets out: counted, told, logged without a flood; and the exceptions that direct it."""

from __future__ import annotations

import logging

import gevent
import pytest
from loadhost import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopUser,
    User,
    hookimpl,
    task,
)

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(caplog):
    """Logged tracebacks go to caplog; this takes them off the terminal."""
    caplog.set_level(logging.ERROR, "loadhost.user")


class Limited(User):
    """Ends after a number of tasks."""

    abstract = True
    limit = 3

    def on_start(self):
        self.begun = 0
        self.stopped = False

    def begin(self):
        self.begun += 1
        if self.begun == self.limit:
            raise StopUser

    def on_stop(self):
        self.stopped = True


def counted(environment):
    return [(each.user_class, each.count) for each in environment.stats.exception_counts()]


def test_an_exception_in_a_task_is_counted_and_the_user_goes_on(live, environment):
    class Failing(Limited):
        @task
        def work(self):
            self.begin()
            raise KeyError("stock")

    user = live(Failing)
    assert user.begun == 3
    assert counted(environment) == [("Failing", 2)]
    assert "KeyError" in environment.stats.exception_counts()[0].traceback


def test_an_exception_is_told_with_user_and_traceback(live, loadhost_manager):
    heard = []

    class Listener:
        @hookimpl
        def loadhost_user_error(self, user_instance, exception, tb):
            heard.append((user_instance, exception, tb.tb_frame.f_code.co_name))

    class Failing(Limited):
        limit = 2

        @task
        def work(self):
            self.begin()
            raise KeyError("stock")

    loadhost_manager.register(Listener())
    user = live(Failing)
    [(who, what, _)] = heard
    assert who is user
    assert isinstance(what, KeyError)


def test_a_timeout_of_the_users_own_is_an_error_like_others(live, environment):
    class Impatient(Limited):
        limit = 2

        @task
        def work(self):
            self.begin()
            with gevent.Timeout(0.01):
                gevent.sleep(1)

    assert live(Impatient).stopped
    assert counted(environment) == [("Impatient", 1)]


def test_after_an_error_the_user_waits_as_usual(start):
    class Failing(Limited):
        wait_time = 60

        @task
        def work(self):
            self.begin()
            raise KeyError

    user = start(Failing)
    gevent.sleep(0.05)
    assert user.begun == 1


def test_an_exception_in_on_start_ends_the_user_without_on_stop_as_in_locust(live, environment, loadhost_recorder):
    class Failing(Limited):
        def on_start(self):
            super().on_start()
            raise PermissionError("login failed")

        @task
        def work(self):
            self.begin()

    user = live(Failing)
    assert (user.begun, user.stopped) == (0, False)
    assert counted(environment) == [("Failing", 1)]
    assert len(loadhost_recorder.of("loadhost_user_stop")) == 1


def test_an_exception_in_on_stop_is_counted_too(live, environment, loadhost_recorder):
    class Failing(Limited):
        limit = 1

        @task
        def work(self):
            self.begin()

        def on_stop(self):
            raise PermissionError("logout failed")

    live(Failing)
    assert counted(environment) == [("Failing", 1)]
    assert len(loadhost_recorder.of("loadhost_user_stop")) == 1


def test_the_same_error_is_logged_the_first_the_tenth_and_the_hundredth_time(live, caplog):
    class Failing(Limited):
        limit = 150

        @task
        def work(self):
            self.begin()
            raise KeyError(self.begun)

    live(Failing)
    first, tenth, hundredth = [record.getMessage() for record in caplog.records]
    assert "Traceback" in first
    assert tenth == "Failing: KeyError: 10 (for the 10th time)"
    assert hundredth == "Failing: KeyError: 100 (for the 100th time)"


def test_two_places_that_raise_are_two_errors_to_the_log(live, caplog):
    class Failing(Limited):
        @task
        def work(self):
            self.begin()
            if self.begun == 1:
                raise KeyError("one")
            raise KeyError("other")

    live(Failing)
    assert [("Traceback" in record.getMessage()) for record in caplog.records] == [True, True]


def test_a_traceback_begins_in_the_users_own_code(live, environment):
    class Failing(Limited):
        limit = 3

        @task
        def work(self):
            self.begin()
            raise KeyError(self.begun)

    live(Failing)
    first, second = [each.traceback for each in environment.stats.exception_counts()]
    assert first.splitlines()[1].startswith(f'  File "{__file__}"')
    assert (first.splitlines()[-1], second.splitlines()[-1]) == ("KeyError: 1", "KeyError: 2")
    assert first.splitlines()[:-1] == second.splitlines()[:-1]


def test_a_new_run_logs_its_first_traceback_again(live, environment, caplog):
    class Failing(Limited):
        limit = 2

        @task
        def work(self):
            self.begin()
            raise KeyError("stock")

    live(Failing)
    environment.run_id = "another run"
    live(Failing)
    assert [("Traceback" in record.getMessage()) for record in caplog.records] == [True, True]


def test_interrupt_outside_of_a_task_set_is_an_error_that_says_what_to_raise(live, environment):
    class Confused(Limited):
        @task
        def work(self):
            self.begin()
            raise InterruptTaskSet

    assert live(Confused).begun == 3
    [error] = environment.stats.exception_counts()
    assert error.count == 2
    assert "InterruptTaskSet was raised in a task of Confused, which is in no TaskSet" in error.message


def test_reschedule_task_ends_the_task_and_waits(start, environment):
    class Worker(Limited):
        wait_time = 60

        @task
        def work(self):
            self.begin()
            raise RescheduleTask

    user = start(Worker)
    gevent.sleep(0.05)
    assert user.begun == 1
    assert counted(environment) == []


def test_reschedule_task_immediately_ends_the_task_without_a_wait(live, environment):
    class Worker(Limited):
        wait_time = 60

        @task
        def work(self):
            self.begin()
            raise RescheduleTaskImmediately

    assert live(Worker, timeout=1).begun == 3
    assert counted(environment) == []


@pytest.mark.parametrize("control", [RescheduleTask, RescheduleTaskImmediately])
def test_rescheduling_in_on_start_ends_on_start_and_goes_on(live, control):
    class Worker(Limited):
        def on_start(self):
            super().on_start()
            raise control

        @task
        def work(self):
            self.begin()

    assert live(Worker).begun == 3


def test_a_hook_that_hears_of_an_error_may_end_the_user(live, loadhost_manager):
    class Strict:
        @hookimpl
        def loadhost_user_error(self):
            raise StopUser

    class Failing(Limited):
        @task
        def work(self):
            self.begin()
            raise KeyError

    loadhost_manager.register(Strict())
    user = live(Failing)
    assert (user.begun, user.stopped) == (1, True)


def test_a_hook_that_interrupts_a_plain_user_changes_nothing(live, loadhost_manager):
    class Interrupter:
        @hookimpl
        def loadhost_user_error(self):
            raise InterruptTaskSet

    class Failing(Limited):
        @task
        def work(self):
            self.begin()
            raise KeyError

    loadhost_manager.register(Interrupter())
    assert live(Failing).begun == 3
