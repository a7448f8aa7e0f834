"""Spawner: moves the users of a run to a target, along a ramp, in a greenlet of its own."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import gevent

from loadhost._running.allocation import Allocation
from loadhost._running.schedule import Ramp
from loadhost._running.user_pool import UserPool

SHORTEST_STEP_S = 0.005


class Spawner:
    """One ramp at a time; a new one takes over from where the last one was."""

    def __init__(self, pool: UserPool, allocation: Allocation, reached: Callable[[], None]) -> None:
        self._pool = pool
        self._allocation = allocation
        self._reached = reached
        self._greenlet: gevent.Greenlet | None = None
        self._wanted = 0

    def go_to(self, target: int, rate: float) -> None:
        """Begin a ramp to `target` users at `rate` users per second; `reached` is called at its end."""
        self.stop()
        self._greenlet = gevent.spawn(self._run, Ramp(self._wanted, target, rate))

    def stop(self) -> None:
        """Leave the users as they are."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def _run(self, ramp: Ramp) -> None:
        began = monotonic()
        while True:
            elapsed = monotonic() - began
            self._wanted = ramp.users_at(elapsed)
            self._pool.meet(self._allocation.counts(self._wanted))
            if self._wanted == ramp.target:
                # From here on it tells plugins: nobody may wait for those, nor kill one in the middle of its work.
                self._greenlet = None
                self._reached()
                return
            gevent.sleep(max(ramp.next_change_s(elapsed) - (monotonic() - began), SHORTEST_STEP_S))
