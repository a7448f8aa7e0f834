"""Spawner: moves the users of a run along a ramp or through stages, in a greenlet of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import gevent

from loadhost._running.allocation import Allocation
from loadhost._running.schedule import Ramp
from loadhost._running.stages import Stages
from loadhost._running.user_pool import UserPool

SHORTEST_STEP_S = 0.005
STAGE_STEP_S = 0.05
"""How often stages are looked at: twenty users a second more are still one at a time."""


class Spawner:
    """One ramp at a time; a new one takes over from where the last one was."""

    def __init__(self, pool: UserPool, user_classes: Sequence[Any], reached: Callable[[], None]) -> None:
        self._pool = pool
        self._everybody = tuple(user_classes)
        self._allocation = Allocation(user_classes)
        self._reached = reached
        self._greenlet: gevent.Greenlet | None = None
        self._wanted = 0

    def go_to(self, target: int, rate: float, user_classes: Sequence[Any] | None = None) -> None:
        """Begin a ramp to `target` users at `rate` users per second; `reached` is called at its end.

        `user_classes`: only these from now on, the users of others are stopped; None is all of them.
        """
        self.stop()
        self._allocation = Allocation(self._everybody if user_classes is None else user_classes)
        self._greenlet = gevent.spawn(self._run, Ramp(self._wanted, target, rate))

    def follow(self, stages: Stages, over: Callable[[], None]) -> None:
        """Go through stages of users; `over` is called at the end of the last."""
        self.stop()
        self._greenlet = gevent.spawn(self._run_stages, stages, over)

    def stop(self) -> None:
        """Leave the users as they are."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def _run(self, ramp: Ramp) -> None:
        began = monotonic()
        while True:
            elapsed = monotonic() - began
            self._meet(ramp.users_at(elapsed))
            if self._wanted == ramp.target:
                # From here on it tells plugins: nobody may wait for those, nor kill one in the middle of its work.
                self._greenlet = None
                self._reached()
                return
            gevent.sleep(max(ramp.next_change_s(elapsed) - (monotonic() - began), SHORTEST_STEP_S))

    def _run_stages(self, stages: Stages, over: Callable[[], None]) -> None:
        began = monotonic()
        while (elapsed := monotonic() - began) < stages.duration_s:
            self._meet(stages.users_at(elapsed))
            gevent.sleep(min(STAGE_STEP_S, max(stages.duration_s - elapsed, 0.0)))
        self._meet(stages.users_at(stages.duration_s))
        self._greenlet = None  # as above
        self._reached()
        over()

    def _meet(self, wanted: int) -> None:
        self._wanted = wanted
        self._pool.meet(dict.fromkeys(self._everybody, 0) | self._allocation.counts(wanted))
