"""The loop that User and TaskSet share: pick a task, run it, wait, until something ends it."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import gevent

from loadhost._users.tag import NO_TAGS, TagFilter, Tags, inherited_tags, is_holder, tags_of
from loadhost._users.task import gather_tasks, refuse_unawaited
from loadhost._users.wait_time import Constant, prepare_wait_time, seconds_of
from loadhost.exception import ControlException, RescheduleTask, RescheduleTaskImmediately, StopUser

if TYPE_CHECKING:
    from loadhost._users.user import IterationBudget, User

# A wait_time that raises must not turn waiting users into a flood of requests.
_WAIT_AFTER_BROKEN_WAIT_TIME_S = 1.0

# Whether a user is at an iteration of those that --iterations gives: taken for a TaskSet it enters, or for a task.
NO_ITERATION, _FRESH, _BEGUN = range(3)


class TaskLoop:
    """Something that has tasks and runs them. Its `_owner` is the user whose greenlet it is."""

    tasks: ClassVar[Any] = []
    wait_time: Any = None
    _reserved: ClassVar[frozenset[str]] = frozenset({"run", "wait", "schedule_task"})
    """Names that a task can't have: what calls tasks would call it."""
    _gather: ClassVar[Callable[[type], list[Any]]] = staticmethod(gather_tasks)
    _inherited_tags: ClassVar[dict[Any, Tags]] = {}
    _is_one_task: ClassVar[bool] = False
    """True if tags leave it whole or leave it out."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.tasks = cls._gather(cls)
        cls._inherited_tags = inherited_tags(cls)
        prepare_wait_time(cls)
        refuse_unawaited(cls, [each for name in ("on_start", "on_stop") if (each := vars(cls).get(name))])
        if cls.execute_task is TaskLoop.execute_task:  # else it may know how to run others
            refuse_unawaited(cls, {id(each): each for each in cls.tasks}.values())

    def __init__(self) -> None:
        self._queue: list[Any] = []  # not a deque: an empty one takes 0.7 KiB, for each user
        # With pacing: when the iteration under way was due; before there is one, when this began. By perf_counter.
        self._paced_until_s = perf_counter()

    @property
    def _owner(self) -> User:
        raise NotImplementedError

    def schedule_task(self, task_callable: Any, first: bool = False) -> None:
        """Run this task next, before any is chosen: after those already scheduled, or `first` of them."""
        if first:
            self._queue.insert(0, task_callable)
        else:
            self._queue.append(task_callable)

    def get_next_task(self) -> Any:
        """Choose a task at random, by weight. Override it to choose otherwise."""
        tasks = self.tasks
        if len(tasks) == 1:
            return tasks[0]
        if not tasks:
            raise RuntimeError(no_tasks(type(self)))
        return tasks[int(random.random() * len(tasks))]  # a third of what random.choice costs

    def execute_task(self, task: Any) -> None:
        """Run one task: a nested TaskSet until it is interrupted, a function with this instance as its argument."""
        if type(task) is FunctionType:
            task(self)
        elif getattr(task, "__self__", None) is self:
            task()
        elif isinstance(task, type) and hasattr(task, "tasks"):
            task(self).run()
        else:
            task(self)

    def wait(self) -> None:
        """Wait as long as wait_time says. A user that is to stop ends here, also in the middle of a task."""
        self._owner._pause(seconds_of(self))

    def _run_tasks(self) -> NoReturn:
        # Written out, where _guard and _attempt would do: this runs once per request, and each call here is a percent
        # of what a request costs.
        owner, queue = self._owner, self._queue
        budget = owner._budget
        while True:
            try:
                try:
                    if owner._asked_to_stop:
                        owner._end_if_stopping()
                    if budget is None:
                        self.execute_task(queue.pop(0) if queue else self.get_next_task())
                    else:
                        self._run_counted(budget)
                except ControlException as control:
                    self._on_control(control)
                except (Exception, gevent.Timeout) as error:
                    owner._report(self, error)
            except RescheduleTaskImmediately:
                owner._breathe()
                continue
            except RescheduleTask:
                pass
            if budget is not None and budget.exhausted:
                raise StopUser  # rather than wait for an iteration that will not come
            wait_time = self.wait_time
            if type(wait_time) is Constant and not wait_time.value and owner._arrivals is None:
                if perf_counter() > owner._slice_end:
                    owner._give_way()
            else:
                self._guard(self._wait_after_task)

    def _run_counted(self, budget: IterationBudget) -> None:
        """A task that takes an iteration. A TaskSet is entered with it: its first task has it, or else its on_start."""
        owner = self._owner
        task = self._queue.pop(0) if self._queue else self.get_next_task()
        if owner._iteration != _FRESH and not budget.take():
            raise StopUser
        owner._iteration = _FRESH if is_holder(task) else _BEGUN
        try:
            self.execute_task(task)
        finally:
            owner._iteration = NO_ITERATION

    def _choose_tasks(self, tags: TagFilter, above: Tags = NO_TAGS) -> None:
        """Leave out the tasks that tags leave out. `above`: the tags of where this is nested."""
        self._above = above
        if tags:
            self.tasks = tags.tasks_of(type(self), above)  # type: ignore[misc]  # of this instance, in place of the class's

    def _tags_of(self, task: Any) -> Tags:
        return tags_of(task, type(self), self._above)

    def _wait_after_task(self) -> None:
        """Wait as wait_time says; in an open workload until the next arrival, inside a TaskSet as well."""
        owner = self._owner
        if owner._arrivals is not None:
            owner._await_arrival()
            return
        owner._next_due_s = None
        try:
            seconds = seconds_of(self)
        except ControlException:
            raise
        except Exception as error:
            owner._report(self, error)
            seconds = _WAIT_AFTER_BROKEN_WAIT_TIME_S
        owner._pause_until_next(seconds)

    def _guard(self, function: Callable[[], None]) -> bool:
        """Call a function of the user's; report what it lets out. True if the next task comes without a wait.

        Only what ends this loop leaves here: StopUser, StopTest, InterruptTaskSet, GreenletExit and the like.
        """
        try:
            self._attempt(function)
        except RescheduleTaskImmediately:
            return True
        except RescheduleTask:
            return False
        return False

    def _attempt(self, function: Callable[[], None]) -> bool:
        """Call a function of the user's; True if it went well, False if it let an exception out, which is reported."""
        try:
            function()
        except ControlException as control:
            self._on_control(control)
        except (Exception, gevent.Timeout) as error:
            self._owner._report(self, error)
        else:
            return True
        return False

    def _on_control(self, control: ControlException) -> None:
        """What a control exception means here; a loop without a parent has its own answer to InterruptTaskSet."""
        raise control


def no_tasks(owner: type) -> str:
    """The line for a class without tasks."""
    hint = ", but it has a `task` attribute: is `tasks` meant?" if getattr(owner, "task", None) else "."
    return f"No tasks defined on {owner.__name__}{hint} Use the @task decorator or set the 'tasks' attribute"
