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
        self._classes = self._everybody
        self._allocation = Allocation(self._classes)
        self._reached = reached
        self._greenlet: gevent.Greenlet | None = None
        self._wanted = 0

    def go_to(self, target: int, rate: float, user_classes: Sequence[Any] | None = None) -> None:
        """Begin a ramp to `target` users at `rate` users per second; `reached` is called at its end.

        `user_classes`: only these from now on, the users of others are stopped; None is all of them.
        """
        self.stop()
        classes = self._everybody if user_classes is None else tuple(user_classes)
        if set(classes) != set(self._classes):
            self._change_to(classes)
        self._greenlet = gevent.spawn(self._run, Ramp(self._wanted, target, rate))

    def follow(self, stages: Stages, moving: Callable[[int], None], over: Callable[[], None]) -> None:
        """Go through stages of users; `moving` is called with each new target, `over` at the end of the last."""
        self.stop()
        self._greenlet = gevent.spawn(self._run_stages, stages, moving, over)

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

    def _run_stages(self, stages: Stages, moving: Callable[[int], None], over: Callable[[], None]) -> None:
        began, end_s, target, told = monotonic(), 0.0, -1, None
        for stage in stages.stages:
            end_s += stage.duration_s
            changes, target = target != stage.target, int(stage.target)
            if changes:
                gevent.spawn(moving, target)  # it tells plugins, who must not hold up the stages
            while (elapsed := monotonic() - began) < end_s:
                self._meet(stages.users_at(elapsed))
                gevent.sleep(min(STAGE_STEP_S, max(end_s - elapsed, 0.0)))
            self._meet(target)
            if changes:
                told = gevent.spawn(self._reached)
        self._greenlet = None  # as above
        if told is not None:
            told.join()
        over()

    def _change_to(self, classes: tuple[Any, ...]) -> None:
        """Other classes from now on. Those users stay that are of both; from their number on the ramp goes."""
        counts = self._allocation.counts(self._wanted)
        self._classes, self._allocation = classes, Allocation(classes)
        self._wanted = sum(counts.get(cls, 0) for cls in classes)

    def _meet(self, wanted: int) -> None:
        self._wanted = wanted
        self._pool.meet(dict.fromkeys(self._everybody, 0) | self._allocation.counts(wanted))
