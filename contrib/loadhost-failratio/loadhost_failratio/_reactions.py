"""Reactions: what a user does when one of its requests fails, and the count after which the run ends."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from gevent import Greenlet, getcurrent
from loadhost import RescheduleTask, StopTest, StopUser, UsageError
from loadhost.exception import ControlException

CONTINUE, RESCHEDULE, STOP_USER = "continue", "reschedule", "stop-user"
CHOICES = (CONTINUE, RESCHEDULE, STOP_USER)
_EXCEPTIONS: dict[str, type[ControlException]] = {RESCHEDULE: RescheduleTask, STOP_USER: StopUser}


class Reactions:
    """Raises, in the greenlet of the user whose request failed, what directs that user, or ends the run.

    `default`: --on-failure. `stop_after`: --stop-after-failures on the node that sees every failure, else None.
    """

    def __init__(self, default: str = CONTINUE, stop_after: int | None = None) -> None:
        self._default, self._stop_after = default, stop_after
        self._failures = 0
        # A hook about a request is not told whose it is; but it is told in the greenlet of its user.
        self._users: dict[Greenlet, type[ControlException]] = {}

    def begin(self, user: object) -> None:
        """A user begins, in this greenlet."""
        reaction = reaction_of(type(user), self._default)
        if reaction != CONTINUE:
            self._users[getcurrent()] = _EXCEPTIONS[reaction]

    def end(self) -> None:
        """The user of this greenlet has ended."""
        self._users.pop(getcurrent(), None)

    def forget(self) -> None:
        """The statistics were reset: failures are counted from 0 again."""
        self._failures = 0

    def failed(self) -> None:
        """A request of this greenlet's user failed. Raises StopTest, StopUser or RescheduleTask."""
        self._failures += 1
        if self._failures == self._stop_after:
            raise StopTest(f"{self._failures:,} requests have failed (--stop-after-failures)")
        reaction = self._users.get(getcurrent())
        if reaction is not None:
            raise reaction


def reaction_of(user_class: type, default: str) -> str:
    """The class's own `on_failure`, if it has one of the words; a method of that name is somebody else's."""
    own = getattr(user_class, "on_failure", None)
    return own if isinstance(own, str) else default


def check_classes(user_classes: Iterable[type]) -> None:
    """Refuse an `on_failure` that is none of the words."""
    for user_class in user_classes:
        own = getattr(user_class, "on_failure", None)
        if (isinstance(own, str) and own not in CHOICES) or inspect.isclass(own):
            allowed = ", ".join(repr(choice) for choice in CHOICES)
            raise UsageError(f"{user_class.__name__}.on_failure = {own!r}: give one of {allowed}")
