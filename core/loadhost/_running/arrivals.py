"""Arrivals: the open workload. Iterations begin when they are due, whether or not the system keeps up."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent

from loadhost._running.allocation import Allocation
from loadhost._running.stages import Stages
from loadhost._running.user_pool import UserPool

if TYPE_CHECKING:
    from loadhost.stats import Stats

logger = logging.getLogger("loadhost.runners")

LONGEST_SLEEP_S = 0.1
BATCH = 100
"""So many arrivals in a row give the users they woke a chance to run."""


class Arrivals:
    """Gives each arrival to an idle user of the class whose turn it is; makes a user when none is idle.

    At most `max_users` are made; what arrives while all of them are busy is dropped, and counted. A user that an
    arrival wakes runs one task. The response time of its first request counts from when the arrival was due.
    """

    def __init__(
        self,
        pool: UserPool,
        user_classes: Sequence[Any],
        stages: Stages,
        max_users: int,
        stats: Stats,
        over: Callable[[], None],
    ) -> None:
        """`over` is called at the end of the last stage."""
        self._pool = pool
        self._allocation = Allocation(user_classes)
        self._given: Counter[Any] = Counter()
        self._over = over
        self._stages = stages
        self._began_s = perf_counter()
        self._due = 0.0  # the number, in these stages, of the arrival that comes next
        self._number = 0  # and in the whole run
        self._max_users = max_users
        self._stats = stats
        # Idle users by class; the one that was busy last comes first, its connection is the warmest.
        self._idle: dict[Any, dict[Any, None]] = {cls: {} for cls in user_classes}
        self._warned = False
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """No more arrivals."""
        self._greenlet.kill(block=False)

    def park(self, user: Any) -> None:
        """A user is idle."""
        self._idle[type(user)][user] = None

    def unpark(self, user: Any) -> None:
        """A user is idle no more, for whatever reason."""
        self._idle[type(user)].pop(user, None)

    def change(self, stages: Stages) -> None:
        """Go on with other rates from now on; the arrival that was due next keeps the share of its time it has had."""
        now_s = perf_counter()
        behind = self._due - self._stages.arrivals_until(now_s - self._began_s)
        self._stages, self._began_s, self._due = stages, now_s, min(max(behind, 0.0), 1.0)

    def _run(self) -> None:
        while not self._is_over():
            due_s = self._began_s + self._stages.due_at(self._due)
            wait_s = due_s - perf_counter()
            if wait_s > 0:
                # Not for long: the rates may change, and a loop's long timers end the later.
                gevent.sleep(min(wait_s, LONGEST_SLEEP_S))
                continue
            self._arrive(due_s, self._number)
            self._due += 1.0
            self._number += 1
            if self._number % BATCH == 0:
                gevent.sleep(0)
        self._over()

    def _is_over(self) -> bool:
        elapsed_s = perf_counter() - self._began_s
        return 0 < self._stages.duration_s <= elapsed_s and self._stages.due_at(self._due) > self._stages.duration_s

    def _arrive(self, due_s: float, number: int) -> None:
        cls = self._whose_turn(number)
        idle = self._idle[cls]
        if idle:
            user, _ = idle.popitem()
            user._arrive(due_s)
        elif self._pool.user_count < self._max_users:
            self._pool.spawn(cls, lambda user: self._engage(user, due_s))
        else:
            self._drop()

    def _whose_turn(self, number: int) -> Any:
        """The class of this arrival: the one that the allocation of one more gives one more."""
        wanted = self._allocation.counts(number + 1)
        cls = next(cls for cls, count in wanted.items() if count > self._given[cls])
        self._given[cls] += 1
        return cls

    def _engage(self, user: Any, due_s: float) -> None:
        user._arrivals = self
        user._due_s = due_s

    def _drop(self) -> None:
        self._stats.dropped_arrivals += 1
        if not self._warned:
            self._warned = True
            logger.warning(
                "all %d users are busy: arrivals are dropped, and counted; give --max-users more, or a lower --rate",
                self._max_users,
            )
