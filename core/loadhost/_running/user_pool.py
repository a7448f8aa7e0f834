"""UserPool: spawns and stops users to meet a target, without disturbing the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import gevent
from gevent.pool import Group
from loadhost_hookspecs import Environment

logger = logging.getLogger("loadhost.runners")

KILL_GRACE_S = 10.0
"""How long a killed user may take for its on_stop before it is killed again, and then left behind."""
YIELD_AFTER_S = 0.01
"""Making users (sessions, mostly) must not keep the hub from those that run already."""


class UserPool:
    """The users of this process, by class."""

    def __init__(self, environment: Environment, changed: Callable[[], None]) -> None:
        self._environment = environment
        self._changed = changed
        self._group = Group()
        self._everybody: dict[gevent.Greenlet, Any] = {}  # those that were asked to stop, too
        self._active: dict[Any, dict[Any, None]] = {}  # an ordered set: users leave from anywhere in it
        # Users that ended by themselves keep their place, as in Locust: nobody is made in their stead.
        self._departed: dict[Any, int] = {}
        self._failed = 0
        self._heard_of_end = self._left  # one bound method for all users

    @property
    def user_count(self) -> int:
        """Users alive that nobody has asked to stop."""
        return sum(len(users) for users in self._active.values())

    @property
    def counts(self) -> dict[str, int]:
        """Users alive, by class name."""
        counts: dict[str, int] = {}
        for cls, users in self._active.items():  # two loadfiles may have classes of one name
            counts[cls.__name__] = counts.get(cls.__name__, 0) + len(users)
        return counts

    @property
    def departed(self) -> int:
        """Users that ended by themselves."""
        return sum(self._departed.values())

    @property
    def users(self) -> list[Any]:
        """The users alive."""
        return [user for users in self._active.values() for user in users]

    def begin(self, user_classes: list[type]) -> None:
        """Start over with these classes, for a new run; users that an earlier run left behind are not part of it."""
        self._group = Group()
        self._everybody = {}
        self._active = {cls: {} for cls in user_classes}
        self._departed = dict.fromkeys(user_classes, 0)
        self._failed = 0

    def meet(self, wanted: Mapping[Any, int]) -> None:
        """Spawn and stop users until there are so many of each class."""
        retired: list[Any] = []
        yielded = perf_counter()
        for cls, count in wanted.items():
            surplus = len(self._active[cls]) + self._departed[cls] - count
            for _ in range(-surplus):
                self.spawn(cls)
                if perf_counter() - yielded > YIELD_AFTER_S:
                    gevent.sleep(0)
                    yielded = perf_counter()
            if surplus > 0:
                forgotten = min(self._departed[cls], surplus)
                self._departed[cls] -= forgotten
                users = self._active[cls]
                for _ in range(min(surplus - forgotten, len(users))):
                    retired.append(users.popitem()[0])
        if retired:
            self._changed()
            gevent.spawn(self._retire, retired, self._environment.stop_timeout or 0.0)

    def stop_all(self, stop_timeout_s: float) -> None:
        """Stop everybody: finish the task under way within the timeout, then be killed. Returns when all are gone."""
        for cls in self._active:
            self._active[cls] = {}
        if stop_timeout_s:
            for user in list(self._everybody.values()):
                user.stop()
            self._group.join(timeout=stop_timeout_s)
        self.kill()
        self._changed()

    def kill(self, *, at_once: bool = False) -> None:
        """Kill whoever is left. One that clings to its on_stop is killed again, then left behind.

        `at_once`: an on_stop that has begun gets no grace.
        """
        for attempt in ("killed", "killed again"):
            for user in list(self._everybody.values()):
                # Not Group.kill: it would hit an on_stop that has just begun, and kills nobody a second time.
                if at_once or attempt == "killed again" or user.state != "stopping":
                    user.stop(force=True)
            self._group.join(timeout=KILL_GRACE_S)
            if not len(self._group):
                return
            logger.warning("%d users were %s and have not ended", len(self._group), attempt)

    def spawn(self, cls: Any, prepare: Callable[[Any], None] | None = None) -> Any:
        """Make a user and start it; `prepare` is called with it in between. None if it could not be made."""
        try:
            user = cls(self._environment)
        except (Exception, gevent.Timeout) as error:
            self._departed[cls] += 1
            text = "".join(traceback.format_exception(error))
            self._environment.stats.log_exception(cls.__name__, error, text, self._environment.node)
            self._log_failure(cls, error)
            return None
        if prepare is not None:
            prepare(user)
        self._active[cls][user] = None
        greenlet = user.start(self._group)
        self._everybody[greenlet] = user
        greenlet.link(self._heard_of_end)
        self._changed()
        return user

    def _log_failure(self, cls: Any, error: BaseException) -> None:
        """The 1st with its traceback, then the 2nd, 4th, 8th, ...: arrivals try again, a thousand times a second."""
        self._failed += 1
        if not self._failed & (self._failed - 1):
            logger.error(
                "%s could not be made: %s: %s (failure %d)", cls.__name__, type(error).__name__, error, self._failed,
                exc_info=error if self._failed == 1 else None,
            )  # fmt: skip

    def _left(self, greenlet: gevent.Greenlet) -> None:
        user = self._everybody.pop(greenlet, None)  # None: one that an earlier run left behind
        cls = type(user)
        users = self._active.get(cls, {})
        if user in users:
            del users[user]
            self._departed[cls] += 1
            self._changed()

    def _retire(self, users: list[Any], stop_timeout_s: float) -> None:
        for user in users:
            user.stop(force=not stop_timeout_s)
        if stop_timeout_s:
            gevent.joinall([user.greenlet for user in users], timeout=stop_timeout_s)
            for user in users:
                if not user.greenlet.dead:
                    user.stop(force=True)
