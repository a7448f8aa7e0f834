"""The life of a user: start, tasks, stop, and what is told of it."""

from __future__ import annotations

from time import perf_counter

import gevent
import pytest
from loadhost import StopTest, StopUser, TaskSet, User, between, constant, hookimpl, task
from loadhost._users.pausing import RUNNING, STOPPED, WAITING


class Diary(User):
    """Writes down what happens to it; each test makes a subclass with a list of its own."""

    abstract = True
    log: list[str]

    def on_start(self):
        self.log.append("on_start")

    def on_stop(self):
        self.log.append("on_stop")


def test_a_user_starts_works_and_stops_in_this_order(live, loadhost_manager, loadhost_recorder):
    class Worker(Diary):
        log = []

        @task
        def work(self):
            self.log.append("work")
            if len(self.log) == 4:
                raise StopUser

    user = live(Worker)
    assert user.log == ["on_start", "work", "work", "work", "on_stop"]
    assert user.state == STOPPED


def test_start_and_stop_of_a_user_are_told_around_its_life(live, loadhost_manager):
    class Listener:
        @hookimpl
        def loadhost_user_start(self, user):
            user.log.append("told of start")

        @hookimpl
        def loadhost_user_stop(self, user):
            user.log.append("told of stop")

    class Worker(Diary):
        log = []

        @task
        def work(self):
            raise StopUser

    loadhost_manager.register(Listener())
    assert live(Worker).log == ["told of start", "on_start", "on_stop", "told of stop"]


def test_a_waiting_user_is_stopped_at_once(start):
    class Sleeper(Diary):
        log = []
        wait_time = constant(60)

        @task
        def work(self):
            pass

    user = start(Sleeper)
    gevent.sleep(0.02)
    assert user.state == WAITING
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.greenlet.dead
    assert user.log == ["on_start", "on_stop"]


def test_a_working_user_finishes_its_task_before_it_stops(start):
    class Slow(Diary):
        log = []

        @task
        def work(self):
            self.log.append("begun")
            gevent.sleep(0.05)
            self.log.append("done")

    user = start(Slow)
    gevent.sleep(0.02)
    assert user.state == RUNNING
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.log == ["on_start", "begun", "done", "on_stop"]


def test_a_forced_stop_cuts_the_task_short_and_still_calls_on_stop(start):
    class Slow(Diary):
        log = []

        @task
        def work(self):
            gevent.sleep(60)
            self.log.append("done")

    user = start(Slow)
    gevent.sleep(0.02)
    user.stop(force=True)
    user.greenlet.join(timeout=1)
    assert user.log == ["on_start", "on_stop"]


def test_a_forced_stop_spares_the_on_stop_that_begins_before_it_arrives(start):
    class Leaver(Diary):
        log = []

        @task
        def work(self):
            self.stop(force=True)  # arrives when the hub runs next, which is in on_stop
            raise StopUser

        def on_stop(self):
            gevent.sleep(0.05)
            self.log.append("logged out")

    user = start(Leaver)
    user.greenlet.join(timeout=1)
    assert user.log == ["on_start", "logged out"]


def test_a_forced_stop_during_on_stop_cuts_it_short(start):
    class Clinging(Diary):
        log = []

        @task
        def work(self):
            gevent.sleep(60)

        def on_stop(self):
            gevent.sleep(60)

    user = start(Clinging)
    gevent.sleep(0.01)
    user.stop(force=True)
    gevent.sleep(0.01)
    assert not user.greenlet.dead
    user.stop(force=True)
    user.greenlet.join(timeout=1)
    assert user.greenlet.dead


def test_a_stop_during_on_start_is_honoured_after_it(start):
    class Starter(Diary):
        log = []

        def on_start(self):
            gevent.sleep(0.05)
            self.log.append("started")

        @task
        def work(self):
            self.log.append("work")

    user = start(Starter)
    gevent.sleep(0.01)
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.log == ["started", "on_stop"]


def test_a_user_stopped_before_its_greenlet_ran_never_begins(start, loadhost_recorder):
    class Worker(Diary):
        log = []

        @task
        def work(self):
            pass

    user = start(Worker)
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.greenlet.dead
    assert user.log == []
    assert not loadhost_recorder.of("loadhost_user_stop")


def test_stopping_a_user_that_has_ended_is_harmless(live):
    class Worker(Diary):
        log = []

        @task
        def work(self):
            raise StopUser

    user = live(Worker)
    user.stop()
    user.stop(force=True)
    gevent.sleep(0)
    assert user.log == ["on_start", "on_stop"]


def test_a_stop_never_cuts_the_task_that_begins_in_the_same_moment(start):
    """The wait of one user ends in the same turn of the hub in which another stops it."""

    class Punctual(Diary):
        wait_time = constant(0.05)

        @task
        def work(self):
            self.log.append("begun")
            gevent.sleep(0.02)
            self.log.append("done")

    def stop_soon(user):
        gevent.sleep(0.0695)
        user.stop()

    users = []
    for _ in range(100):
        user = start(type("Punctual", (Punctual,), {"log": []}))
        gevent.spawn(stop_soon, user)
        users.append(user)
    gevent.joinall([user.greenlet for user in users], timeout=5)
    assert all(user.log.count("begun") == user.log.count("done") for user in users)


def test_wait_inside_a_task_is_a_place_to_stop_at(start):
    class Waiter(Diary):
        log = []
        wait_time = constant(60)

        @task
        def work(self):
            self.wait()
            self.log.append("waited")

    user = start(Waiter)
    gevent.sleep(0.02)
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.log == ["on_start", "on_stop"]


def test_on_stop_may_wait(start):
    class Waiter(Diary):
        log = []
        wait_time = constant(0.02)

        @task
        def work(self):
            gevent.sleep(0.02)

        def on_stop(self):
            self.wait()
            self.log.append("waited")

    user = start(Waiter)
    gevent.sleep(0.01)
    user.stop()
    user.greenlet.join(timeout=1)
    assert user.log == ["on_start", "waited"]


def test_a_user_that_never_waits_leaves_time_to_others(start):
    class Hog(User):
        @task
        def work(self):
            sum(range(100))

    for _ in range(3):
        start(Hog)
    delays = []
    for _ in range(10):
        begun = perf_counter()
        gevent.sleep(0.001)
        delays.append(perf_counter() - begun)
    assert min(delays) < 2  # without a turn for others there would be no end


def test_stop_test_stops_the_run_with_its_text_as_the_reason(live, environment):
    class Runner:
        reasons = []

        def stop(self, reason):
            self.reasons.append(reason)

    class Ender(Diary):
        log = []

        @task
        def work(self):
            raise StopTest("seen enough")

    environment.runner = Runner()
    user = live(Ender)
    assert Runner.reasons == ["seen enough"]
    assert user.log == ["on_start", "on_stop"]


@pytest.mark.parametrize("control", [StopUser, StopTest])
def test_control_exceptions_end_a_user_from_on_start(live, control):
    class Ender(Diary):
        log = []

        def on_start(self):
            raise control

        @task
        def work(self):
            self.log.append("work")

    assert live(Ender).log == ["on_stop"]


def test_control_exceptions_in_on_stop_end_the_user_too(live, environment):
    class Ender(Diary):
        log = []

        @task
        def work(self):
            raise StopUser

        def on_stop(self):
            raise StopUser

    assert live(Ender).state == STOPPED
    assert environment.stats.exception_counts() == ()


def test_a_hook_may_end_a_user_as_it_starts(live, loadhost_manager):
    class Refuser:
        @hookimpl
        def loadhost_user_start(self, user):
            raise StopUser

    class Worker(Diary):
        log = []

        @task
        def work(self):
            self.log.append("work")

    loadhost_manager.register(Refuser())
    assert live(Worker).log == []


def test_the_environments_host_goes_before_the_class(environment):
    class Worker(User):
        host = "http://class.example"

    assert Worker(environment).host == "http://class.example"
    environment.host = "http://option.example"
    assert Worker(environment).host == "http://option.example"


def test_abstract_is_not_inherited():
    class Base(User):
        abstract = True

    class Concrete(Base):
        pass

    assert (User.abstract, Base.abstract, Concrete.abstract) == (True, True, False)


def test_fullname_has_the_module():
    class Worker(User):
        pass

    assert Worker.fullname() == f"{__name__}.test_fullname_has_the_module.Worker"


def test_context_is_empty_unless_overridden(environment):
    class Worker(User):
        pass

    assert Worker(environment).context() == {}


def test_a_user_class_and_a_taskset_share_between(start):
    class Set(TaskSet):
        wait_time = between(30, 60)

        @task
        def work(self):
            pass

    class Worker(User):
        tasks = [Set]

    user = start(Worker)
    gevent.sleep(0.02)
    assert user.state == WAITING
