"""Arrivals: the open workload. Iterations begin when they are due, whether or not the system keeps up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent

from loadhost._running.allocation import Turns
from loadhost._running.stages import Stages
from loadhost._running.user_pool import UserPool

if TYPE_CHECKING:
    from loadhost.stats import Stats

logger = logging.getLogger("loadhost.runners")

LONGEST_SLEEP_S = 0.1
BATCH = 100
"""So many arrivals in a row give the users they woke a chance to run."""
NEXT_TURN_S = 1e-6
"""As in users: sleep(0) would come back before the loop has looked at sockets again."""


class Arrivals:
    """Gives each arrival to an idle user of the class whose turn it is; makes a user when none is idle.

    At most `max_users` are made; what arrives while all of them are busy is dropped, and counted. A user that an
    arrival wakes goes on to where it would wait: one task, inside a TaskSet one of its tasks. The response time of its
    first request counts from when the arrival was due. Every arrival either begins (`Stats.schedule_lag.count`) or is
    dropped, also because its user can't be made, fails in on_start, or is stopped before it begins.
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
        self._turns = Turns(user_classes)
        self._over = over
        self._stages = stages
        self._began_s = perf_counter()
        self._due = 0.0  # the number, in these stages, of the arrival that comes next
        self._max_users = max_users
        self._stats = stats
        # Idle users by class; the one that was busy last comes first, its connection is the warmest.
        self._idle: dict[Any, dict[Any, None]] = {cls: {} for cls in user_classes}
        self._warned = False
        self._counting = True
        self._greenlet = gevent.spawn(self._run)

    def stop(self, *, counting: bool = True) -> None:
        """No more arrivals. `counting` False: nor are those counted that nobody has begun."""
        self._counting = counting
        self._greenlet.kill(block=False)

    def park(self, user: Any) -> None:
        """A user is idle."""
        self._idle[type(user)][user] = None

    def unpark(self, user: Any) -> None:
        """A user is idle no more, for whatever reason."""
        self._idle[type(user)].pop(user, None)

    def lose(self) -> None:
        """A user that was given an arrival could not begin it."""
        if self._counting:
            self._stats.dropped_arrivals += 1

    def change(self, stages: Stages) -> None:
        """Go on with other rates from now on; the arrival that was due next keeps the share of its time it has had."""
        now_s = perf_counter()
        while self._began_s + self._stages.due_at(self._due) <= now_s:
            self._arrive_next()  # it was due before, and is only late
        missing = self._due - self._stages.arrivals_until(now_s - self._began_s)
        self._stages, self._began_s, self._due = stages, now_s, min(max(missing, 0.0), 1.0)

    def _run(self) -> None:
        in_a_row = 0
        while not self._is_over():
            wait_s = self._began_s + self._stages.due_at(self._due) - perf_counter()
            if wait_s > 0:
                # A timer counts from the loop's last look at the clock: it would end early, and a second one late.
                gevent.get_hub().loop.update_now()
                gevent.sleep(min(wait_s, LONGEST_SLEEP_S))  # not for long: the rates may change
                in_a_row = 0
                continue
            self._arrive_next()
            in_a_row += 1
            if in_a_row % BATCH == 0:
                gevent.sleep(NEXT_TURN_S)
        self._over()

    def _is_over(self) -> bool:
        duration_s = self._stages.duration_s
        return 0 < duration_s <= perf_counter() - self._began_s and self._stages.due_at(self._due) >= duration_s

    def _arrive_next(self) -> None:
        due_s = self._began_s + self._stages.due_at(self._due)
        self._due += 1.0  # first: making a user may let others run, who may change the rates
        self._arrive(due_s)

    def _arrive(self, due_s: float) -> None:
        cls = self._turns.next()
        idle = self._idle[cls]
        if idle:
            user, _ = idle.popitem()
            user._arrive(due_s)
        elif self._pool.user_count >= self._max_users:
            self._drop()
        elif self._pool.spawn(cls, lambda user: self._engage(user, due_s)) is None:
            self.lose()

    def _engage(self, user: Any, due_s: float) -> None:
        user._arrivals = self
        user._due_s = due_s

    def _drop(self) -> None:
        self.lose()
        if not self._warned:
            self._warned = True
            logger.warning(
                "arrivals are dropped, and counted: of the %d users that there may be, none is free for the next one; "
                "give --max-users more, or a lower rate",
                self._max_users,
            )
