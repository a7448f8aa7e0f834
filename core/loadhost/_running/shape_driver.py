"""ShapeDriver: asks a LoadTestShape once a second, on time, whatever its last answer still has to do."""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent

from loadhost._users.shape import LoadTestShape

if TYPE_CHECKING:
    from loadhost.runners import Runner

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
        shape.runner = runner
        shape.reset_time()
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Ask no more."""
        if self._greenlet is not gevent.getcurrent():
            self._greenlet.kill(block=False)

    def _run(self) -> None:
        due_s = perf_counter()
        while True:
            try:
                over = not self._tick()
            except Exception as error:
                self._failed(error)
                return
            if over:
                self._runner.stop(f"{type(self._shape).__name__} is over")
                return
            due_s += TICK_S
            gevent.sleep(max(due_s - perf_counter(), 0.0))

    def _tick(self) -> bool:
        """Ask once, and carry out the answer; False at the end."""
        if type(self._shape).arrival_rate is not LoadTestShape.arrival_rate:
            rate = self._shape.arrival_rate()
            if rate is not None and rate != self._last:
                self._arrivals(_checked_rate(rate))
            self._last = rate
            return rate is not None
        answer = self._shape.tick()
        if answer is not None and answer != self._last:
            self._users(*_checked_users(answer))
        self._last = answer
        return answer is not None

    def _failed(self, error: Exception) -> None:
        name = type(self._shape).__name__
        text = "".join(traceback.format_exception(error))
        self._runner.environment.stats.log_exception(name, error, text, self._runner.environment.node)
        logger.error("%s failed, so the run ends: %s", name, error, exc_info=error)
        self._runner.stop(f"{name} failed: {type(error).__name__}: {error}")


def _checked_rate(rate: Any) -> float:
    if not isinstance(rate, int | float) or not 0 <= rate < math.inf:
        raise ValueError(f"arrival_rate gave {rate!r}; give iterations per second, 0 or more, or None to end")
    return float(rate)


def _checked_users(answer: Any) -> tuple[int, float, Sequence[type] | None]:
    try:
        count, rate, *classes = answer
        users, per_second = int(count), float(rate)
        valid = users >= 0 and 0 < per_second < math.inf and len(classes) <= 1
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(f"tick gave {answer!r}; give (users, spawn rate), with a rate above 0, or None to end")
    return users, per_second, classes[0] if classes else None
