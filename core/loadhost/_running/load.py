"""Load: what drives the users of one run: a ramp, stages, arrivals, or a shape that decides as it goes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from loadhost._running.arrivals import Arrivals
from loadhost._running.shape_driver import ShapeDriver
from loadhost._running.spawner import Spawner
from loadhost._running.stages import Stages, constant_rate
from loadhost._users.user import User

if TYPE_CHECKING:
    from loadhost._running.user_pool import UserPool
    from loadhost._users.shape import LoadTestShape

logger = logging.getLogger("loadhost.runners")


@dataclass(frozen=True)
class Told:
    """Whom the load tells what it does. `moving`: a ramp to so many users begins. `reached`: its target is reached.

    `changed`: the load is another one, as a line for the charts. `over`: there is no more to come, and why.
    """

    moving: Callable[[int], None]
    reached: Callable[[], None]
    changed: Callable[[str], None]
    over: Callable[[str], None]


class Load:
    """The load of one run. One kind of driver at a time; after `close` it changes nothing any more."""

    def __init__(self, runner: Any, pool: UserPool, user_classes: Sequence[type], told: Told) -> None:
        self._runner = runner
        self._pool = pool
        self._classes = tuple(user_classes)
        self._told = told
        self._spawner = Spawner(pool, self._classes, told.reached)
        self._arrivals: Arrivals | None = None
        self._shape: ShapeDriver | None = None
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether arrivals decide when iterations begin."""
        return self._arrivals is not None

    def ramp(self, target: int, per_second: float, user_classes: Sequence[type] | None = None) -> None:
        """Go to so many users; `user_classes`: of these, the others are stopped."""
        if not self._closed:
            self._told.changed(_users(target))
            self._go_to(target, per_second, user_classes)

    def follow(self, stages: Stages, max_users: int) -> None:
        """Go through stages, of users or of arrivals."""
        if self._closed:
            return
        over = partial(self._told.over, "the last stage is over")
        if stages.arrivals:
            self._open(stages, max_users, over)
        else:
            self._spawner.follow(stages, self._moving, over)

    def obey(self, shape: LoadTestShape, max_users: int) -> None:
        """Do what the shape says, each second anew."""
        if not self._closed:
            self._shape = ShapeDriver(self._runner, shape, self._as_told, partial(self._at_rate, max_users))

    def close(self) -> None:
        """The run is about to end: what plugins ask for from now on comes too late."""
        self._closed = True

    def stop(self, *, out_of_iterations: bool = False) -> None:
        """Let go of the users. `out_of_iterations`: arrivals that nobody has begun are not lost, but not wanted."""
        self._closed = True
        if self._shape is not None:  # first, so that no target is reached in a run that stops
            self._shape.stop()
        if self._arrivals is not None:
            self._arrivals.stop(counting=not out_of_iterations)
        self._spawner.stop()

    def _as_told(self, count: int, rate: float, classes: Sequence[type] | None) -> None:
        self._moving(count)
        if not self._closed:  # a plugin may have stopped the run just now
            self._go_to(count, rate, classes)

    def _go_to(self, count: int, rate: float, classes: Sequence[type] | None) -> None:
        # Some of those that a shape or a program knows may have lost all their tasks to --tags.
        chosen = None if classes is None else [cls for cls in classes if cls in self._classes]
        self._spawner.go_to(count, rate, chosen)

    def _at_rate(self, max_users: int, rate: float) -> None:
        if not self._closed:
            self._open(constant_rate(rate), max_users, lambda: None)

    def _moving(self, target: int) -> None:
        if not self._closed:
            self._told.changed(_users(target))
            self._told.moving(target)

    def _open(self, stages: Stages, max_users: int, over: Callable[[], None]) -> None:
        """The open workload: arrivals instead of a number of users."""
        self._told.changed(f"arrivals: {stages}")
        if self._arrivals is not None:
            self._arrivals.change(stages)
            return
        if ignored := ", ".join(cls.__name__ for cls in self._classes if _waits(cls)):
            logger.info("iterations begin when arrivals are due: the wait_time of %s is ignored", ignored)
        self._arrivals = Arrivals(self._pool, self._classes, stages, max_users, self._runner.stats, over)
        self._told.reached()


def _users(count: int) -> str:
    return "1 user" if count == 1 else f"{count} users"


def _waits(user_class: Any) -> bool:
    return bool(user_class.wait_time != User.wait_time)
