"""ShapeDriver: asks a LoadTestShape once a second, on time, whatever its last answer still has to do."""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import gevent
from loadhost_hookspecs import Runner

from loadhost._running.stages import MOST_PER_SECOND
from loadhost._users.shape import LoadTestShape

logger = logging.getLogger("loadhost.runners")

TICK_S = 1.0


class ShapeDriver:
    """`users(count, rate, classes)` and `arrivals(rate)` carry out an answer, if it differs from the last."""

    def __init__(
        self,
        runner: Runner,
        shape: LoadTestShape,
        users: Callable[[int, float, Sequence[type] | None], None],
        arrivals: Callable[[float], None],
    ) -> None:
        self._runner = runner
        self._shape = shape
        self._users = users
        self._arrivals = arrivals
        self._last: Any = None
        self._stopped = False
        self._asleep = False
        shape.runner = runner
        shape.reset_time()
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Ask no more. What is under way (plugins are told of the load that changes) is not cut short."""
        self._stopped = True
        if self._asleep:
            self._greenlet.kill(block=False)

    def _run(self) -> None:
        due_s = perf_counter()
        while not self._stopped:
            try:
                over = not self._tick()
            except (Exception, gevent.Timeout, SystemExit) as error:
                self._failed(error)
                return
            if over:
                self._runner.stop(f"{type(self._shape).__name__} is over")
                return
            due_s = max(due_s + TICK_S, perf_counter())  # ticks that a slow one has missed are not made up for
            self._sleep_until(due_s)

    def _sleep_until(self, due_s: float) -> None:
        # Again if the timer ended early: a shape that counts seconds would find itself in the one before.
        while not self._stopped and (wait_s := due_s - perf_counter()) > 0:
            self._asleep = True
            gevent.sleep(wait_s)
            self._asleep = False

    def _tick(self) -> bool:
        """Ask once, and carry out the answer; False at the end."""
        if decides_on_arrivals(self._shape):
            rate = self._shape.arrival_rate()
            if rate is not None and rate != self._last and not self._stopped:
                self._arrivals(_checked_rate(rate))
            self._last = rate
            return rate is not None
        answer = self._shape.tick()
        if answer is not None and answer != self._last and not self._stopped:
            self._users(*_checked_users(answer, self._runner.environment.user_classes))
        self._last = answer
        return answer is not None

    def _failed(self, error: BaseException) -> None:
        name = type(self._shape).__name__
        text = "".join(traceback.format_exception(error))
        self._runner.environment.stats.log_exception(name, error, text, self._runner.environment.node)
        logger.error("%s failed, so the run ends: %s", name, error, exc_info=error)
        self._runner.stop(f"{name} failed: {type(error).__name__}: {error}")


def decides_on_arrivals(shape: LoadTestShape) -> bool:
    """Whether it has `arrival_rate`, not `tick`."""
    return type(shape).arrival_rate is not LoadTestShape.arrival_rate


def _checked_rate(rate: Any) -> float:
    if not isinstance(rate, int | float) or not 0 <= rate <= MOST_PER_SECOND:
        raise ValueError(
            f"arrival_rate gave {rate!r}; give iterations per second, from 0 to {MOST_PER_SECOND:,.0f}, or None to end"
        )
    return float(rate)


def _checked_users(answer: Any, known: Sequence[type]) -> tuple[int, float, Sequence[type] | None]:
    try:
        count, rate, *rest = answer
        users, per_second = int(count), float(rate)
        valid = users >= 0 and 0 < per_second < math.inf and len(rest) <= 1
    except (TypeError, ValueError, OverflowError):
        valid = False
    if not valid:
        raise ValueError(f"tick gave {answer!r}; give (users, spawn rate), with a rate above 0, or None to end")
    return users, per_second, _checked_classes(rest[0], known) if rest and rest[0] is not None else None


def _checked_classes(classes: Any, known: Sequence[type]) -> Sequence[type]:
    if not isinstance(classes, list | tuple | set | frozenset) or not classes or not set(classes) <= set(known):
        names = ", ".join(cls.__name__ for cls in known)
        raise ValueError(f"tick gave the user classes {classes!r}; give a list of some that this run has: {names}")
    return tuple(cls for cls in known if cls in classes)
