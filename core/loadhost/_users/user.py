"""User: one simulated user, from its start to its end."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import gevent
from gevent import GreenletExit

from loadhost._users.errors import report_error
from loadhost._users.loop import NO_ITERATION, TaskLoop, no_tasks
from loadhost._users.pausing import READY, RUNNING, STOPPED, STOPPING, WAITING, Pausing
from loadhost._users.tag import TagFilter
from loadhost._users.task import expand_tasks
from loadhost._users.wait_time import ALLOWED, check_wait_time, constant
from loadhost.exception import (
    ControlException,
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
    UsageError,
)

if TYPE_CHECKING:
    from gevent.pool import Group


class IterationBudget(Protocol):
    """What --iterations gives; `loadhost._running.iterations` has the class."""

    @property
    def exhausted(self) -> bool:
        """Whether there will be none any more."""

    def take(self) -> bool:
        """One for a user who is about to run a task; False if there is none."""


class User(Pausing):
    """A simulated user: subclass it, give it tasks, and usually a client.

    Its life: `loadhost_user_start` is told, `on_start`, tasks with waits between them until it is stopped, `on_stop`,
    `loadhost_user_stop` is told. An exception in a task is counted and the user goes on after its usual wait. As in
    Locust an exception in `on_start` ends the user, without `on_stop`: a user that could not log in makes no load.
    """

    host: str | None = None
    """Where requests go, such as "https://shop.example"; --host goes before it."""

    wait_time: Any = constant(0)
    """Seconds between tasks: between(1, 5), constant(2), a number, or a function or method that returns seconds."""

    tasks: ClassVar[Any] = []
    """Functions and TaskSets, as a list, as a list of (task, weight), or as {task: weight}; `@task` adds to it."""

    weight: ClassVar[float] = 1
    """How often this class is chosen, in relation to the weights of the others: 1, or 2.5; never with 0."""

    fixed_count: ClassVar[int] = 0
    """If more than 0, this many users of the class run, whatever its weight."""

    abstract: ClassVar[bool] = True
    """True for a class that is only there to be subclassed. A subclass is not abstract unless it says so itself."""

    _reserved: ClassVar[frozenset[str]] = Pausing._reserved | {"start", "stop", "context"}

    needs_patch: ClassVar[bool] = False
    """True if several users of this class block each other unless gevent has patched the standard library."""

    needs_connection: ClassVar[bool] = False
    """True if a user of this class holds a connection: as many files must be open as there are users."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = bool(vars(cls).get("abstract"))

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if environment.host:
            self.host = environment.host
        self._budget: IterationBudget | None = environment.iteration_budget
        self._iteration = NO_ITERATION
        self._tags: TagFilter = environment.tag_filter
        self._choose_tasks(self._tags)

    @property
    def _owner(self) -> User:
        return self

    @property
    def iterating(self) -> bool:
        """Whether it has taken an iteration from --iterations, and is at it."""
        return self._iteration != NO_ITERATION

    @property
    def state(self) -> str:
        """ "ready", "running" (on_start or a task), "waiting", "stopping" (on_stop) or "stopped"."""
        return self._state

    @classmethod
    def fullname(cls) -> str:
        """The class's name with its module: "loadfile.Shopper"."""
        return f"{cls.__module__}.{cls.__qualname__}".replace(".<locals>", "")

    def on_start(self) -> None:
        """Override it: called when the user begins, before its first task."""

    def on_stop(self) -> None:
        """Override it: called when the user ends, also when it is killed."""

    def context(self) -> dict[str, Any]:
        """Override it: a dict that goes with each of this user's requests, as the hooks' `context`."""
        return {}

    def start(self, group: Group) -> gevent.Greenlet:
        """Begin the user's life in a greenlet of its own, in this group."""
        self.greenlet = group.spawn(self.run)
        return self.greenlet

    def stop(self, force: bool = False) -> None:
        """Ask the user to end, and return at once.

        Without `force`: at once if it waits, else after the task it is in (a nested TaskSet's too). With `force`: at
        once, its task is cut short by GreenletExit; `on_stop` runs all the same. Called when the user is in `on_stop`
        already, `force` cuts that short. A user whose greenlet has not yet run never begins.
        """
        if self._state == READY:
            if self.greenlet is not None:
                self.greenlet.kill(block=False)
        elif self._state != STOPPED:
            # By way of the hub, and looking at the state again there: until then the user may have moved on from its
            # wait into a task, or from its task into on_stop, which a plain kill() would hit.
            self._asked_to_stop = True
            gevent.get_hub().loop.run_callback(self._cut, force, self._state)

    def _cut(self, force: bool, state_then: str) -> None:
        if self._state == WAITING or (force and (self._state == RUNNING or self._state == state_then == STOPPING)):
            self.greenlet.throw(GreenletExit)

    def run(self) -> None:
        """The whole life, in the current greenlet. Not to be overridden."""
        self.greenlet = gevent.getcurrent()
        self._state = RUNNING
        self._begin_slice()
        try:
            if self._begin() and self._live():
                self._state = STOPPING
                self._end()
        finally:
            self._state = STOPPED
            self._close()
            self.environment.requests.end_of_user()
            if self._arrivals is not None and self._due_s is not None:
                self._arrivals.lose()
            told = self.environment.plugin_manager.notify.loadhost_user_stop
            if told:
                told(environment=self.environment, user=self)

    def _begin(self) -> bool:
        """Tell that the user starts; False if a hook wants it to end right here."""
        told = self.environment.plugin_manager.notify.loadhost_user_start
        try:
            if told:
                told(environment=self.environment, user=self)
        except (StopUser, StopTest, GreenletExit) as stop:
            self._stop_test_if(stop)
            return False
        except ControlException:
            pass  # there is no task yet to end
        return True

    def _live(self) -> bool:
        """on_start and the tasks; False if on_start failed, so that there is no on_stop."""
        try:
            try:
                if not self._attempt(self.on_start):
                    return False
            except (RescheduleTask, RescheduleTaskImmediately):
                pass  # on_start ends early, as a task would
            self._paced_until_s = perf_counter()
            if self._arrivals is not None:
                self._await_arrival()
            self._run_tasks()
        except (StopUser, StopTest, GreenletExit) as stop:
            self._stop_test_if(stop)
        return True

    def _end(self) -> None:
        self.environment.requests.end_of_user()  # on_stop is no part of an iteration
        try:
            self._guard(self.on_stop)
        except (StopUser, StopTest, GreenletExit) as stop:
            self._stop_test_if(stop)

    def _stop_test_if(self, stop: BaseException) -> None:
        """Stop the run if it is a StopTest. The runner's stop() returns at once in a user's greenlet."""
        if isinstance(stop, StopTest) and self.environment.runner is not None:
            self.environment.runner.stop(str(stop) or f"{type(self).__name__} raised StopTest")

    def _on_control(self, control: ControlException) -> None:
        if not isinstance(control, InterruptTaskSet):
            raise control
        name = type(self).__name__
        error = RuntimeError(
            f"InterruptTaskSet was raised in a task of {name}, which is in no TaskSet: "
            "self.interrupt() leaves a TaskSet, StopUser ends a user, RescheduleTask a task"
        )
        self._report(self, error.with_traceback(control.__traceback__))

    def _report(self, holder: TaskLoop, error: BaseException) -> None:
        try:
            report_error(self, error)
        except InterruptTaskSet:
            if holder is not self:  # a plugin interrupts the TaskSet that failed; a plain user has none
                raise
        if not self.environment.catch_exceptions:
            raise error

    def _close(self) -> None:
        """Give back what the user holds; the end of its life."""

    @classmethod
    def _check(cls, host: str | None) -> None:
        if cls.wait_time is None:
            raise MissingWaitTimeError(f"{cls.__name__} has no wait_time: set {cls.__name__}.wait_time to {ALLOWED}")
        check_wait_time(cls, cls.wait_time)
        _check_number(cls, "weight", cls.weight, (int, float), "a number, 0 or more")
        _check_number(cls, "fixed_count", cls.fixed_count, (int,), "a whole number, 0 or more")
        if cls.get_next_task is TaskLoop.get_next_task and not cls.tasks:
            raise UsageError(no_tasks(cls))


def check(user_class: type[User], host: str | None = None) -> None:
    """Refuse a class that can't be run, with UsageError, before anything runs. `host`: what --host gives."""
    if isinstance(user_class.tasks, dict) or any(isinstance(each, tuple) for each in user_class.tasks or ()):
        user_class.tasks = expand_tasks(user_class.__name__, user_class.tasks)  # it was set after the class was made
    user_class._check(host)


def _check_number(cls: type[User], name: str, value: object, types: tuple[type, ...], allowed: str) -> None:
    if not isinstance(value, types) or isinstance(value, bool) or not value >= 0:  # type: ignore[operator]  # a number
        raise UsageError(f"{cls.__name__}.{name} = {value!r}: give {allowed}")
