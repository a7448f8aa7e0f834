"""TaskSet and SequentialTaskSet: tasks that belong together, run as one task until they are interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from gevent import GreenletExit

from loadhost._users.loop import TaskLoop, no_tasks
from loadhost._users.task import gather_in_order
from loadhost._users.wait_time import seconds_of
from loadhost.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

if TYPE_CHECKING:
    from loadhost._users.user import User


class TaskSet(TaskLoop):
    """Tasks that a user runs as one of its tasks: it stays in here until `self.interrupt()`.

    `on_start` is called on the way in, `on_stop` on the way out, also when the user ends here. Without a `wait_time`
    of its own the user's counts. An exception in `on_start` is one of the task that led here: on_stop does not run.
    """

    def __init__(self, parent: User | TaskSet) -> None:
        super().__init__()
        self._parent = parent
        self._user = parent._owner
        if self._user._tags:
            self._choose_tasks(self._user._tags, parent._tags_of(type(self)))

    @property
    def _owner(self) -> User:
        return self._user

    @property
    def user(self) -> User:
        """The user that runs these tasks."""
        return self._user

    @property
    def parent(self) -> User | TaskSet:
        """The TaskSet that this one is nested in, or the user."""
        return self._parent

    @property
    def client(self) -> Any:
        """The user's client."""
        return self._user.client  # type: ignore[attr-defined]  # HttpUser and others have one, User doesn't

    def wait_time(self) -> float:
        """Seconds between tasks: the user's, unless the class sets its own."""
        return seconds_of(self._user)

    def on_start(self) -> None:
        """Override it: called when a user enters these tasks."""

    def on_stop(self) -> None:
        """Override it: called when a user leaves these tasks, also because it ends."""

    def interrupt(self, reschedule: bool = True) -> NoReturn:
        """Leave these tasks. The parent's next task comes at once, or after its wait with `reschedule=False`."""
        raise InterruptTaskSet(reschedule)

    def run(self) -> NoReturn:
        """Enter these tasks. They are left by RescheduleTask or RescheduleTaskImmediately for the parent."""
        try:
            entered = False
            self.on_start()
            entered = True
            self._run_tasks()
        except InterruptTaskSet as interrupt:
            if entered:
                self._guard(self.on_stop)
            raise (RescheduleTaskImmediately if interrupt.reschedule else RescheduleTask)() from None
        except (StopUser, StopTest, GreenletExit):
            if entered:
                self._guard(self.on_stop)
            raise


class SequentialTaskSet(TaskSet):
    """A TaskSet that runs its tasks in the order in which they are written, over and over. A weight repeats a task."""

    _gather: ClassVar[Callable[[type], list[Any]]] = staticmethod(gather_in_order)

    def __init__(self, parent: User | TaskSet) -> None:
        super().__init__(parent)
        self._order: Iterator[Any] = cycle(self.tasks)

    def get_next_task(self) -> Any:
        """The next one in the order."""
        try:
            return next(self._order)
        except StopIteration:
            raise RuntimeError(no_tasks(type(self))) from None
