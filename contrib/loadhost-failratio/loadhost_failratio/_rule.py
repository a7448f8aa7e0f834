"""The rule and its arithmetic, without hooks: which share of the last seconds' requests failed, and is it too much."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

from loadhost_hookspecs import StatsWindow


@dataclass(frozen=True)
class Rule:
    """What is allowed: at most `limit` (0..1) of the requests of any `window_s` seconds may fail.

    Fewer than `min_requests` requests in that time are too few to judge: two of three is no ratio of 67 %.
    """

    limit: float
    window_s: float = 10.0
    min_requests: int = 20


@dataclass(frozen=True)
class Reading:
    """The failures among the requests of the last `seconds` seconds."""

    failures: int
    requests: int
    seconds: float

    @property
    def ratio(self) -> float:
        """failures / requests, 0..1; 0.0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def short(self) -> str:
        """ "34.2 % over the last 10 s"."""
        return f"{percent(self.ratio)} over the last {round(self.seconds, 1):g} s"

    def __str__(self) -> str:
        return f"{self.short} ({self.failures:,} of {self.requests:,} requests)"

    def evidence(self) -> dict[str, Any]:
        """The figures as plain data, for a verdict."""
        return {
            "fail_ratio": self.ratio,
            "failures": self.failures,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }


class _Part(NamedTuple):
    failures: int
    requests: int
    seconds: float


class RollingRatio:
    """Adds up the windows of the last `window_s` seconds, each of about a second."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._parts: deque[_Part] = deque()

    def add(self, window: StatsWindow) -> Reading:
        """Take in the newest window, let go of those that are too old, and read the sum."""
        self._parts.append(_Part(window.total.failures, window.total.requests, window.duration))
        seconds = sum(part.seconds for part in self._parts)
        # A window goes when more than half of it is too old: with durations of 1.001 s, ten still make "10 s".
        while len(self._parts) > 1 and seconds - self._window_s > self._parts[0].seconds / 2:
            seconds -= self._parts.popleft().seconds
        return self.reading()

    def reading(self) -> Reading:
        """The sum as it stands."""
        return Reading(
            failures=sum(part.failures for part in self._parts),
            requests=sum(part.requests for part in self._parts),
            seconds=sum(part.seconds for part in self._parts),
        )

    def clear(self) -> None:
        """Forget everything."""
        self._parts.clear()


def percent(ratio: float) -> str:
    """A ratio as a person reads it: 0.342 is "34.2 %"."""
    return f"{100 * ratio:.1f} %"


def exact_percent(ratio: float) -> str:
    """A limit as a person wrote it: 0.2 is "20 %", 0.005 is "0.5 %"."""
    return f"{100 * ratio:.6g} %"
