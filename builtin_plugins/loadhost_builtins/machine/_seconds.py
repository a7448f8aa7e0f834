"""The record of a run, second by second, in bounded memory: what a verdict on the instrument is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

SURE_S, SEEN_S = 3.0, 1.0
"""For so many seconds in all there has to have been a lag that condemns a run, or one that is worth a word."""
PEGGED = 0.9
"""Of the CPU time that it could have had, the hub's thread used so much: there was none left."""

_SMALLEST_MS = 0.1
_PER_DOUBLING = 16
_NEARLY = 0.95  # seconds are measured a little shorter than they are meant


@dataclass(frozen=True)
class Second:
    """About one second of a run; longer if the hub stood still.

    `requests`, `due`, `dropped`: requests ended, iterations begun that had a due time, arrivals dropped, in it.
    `unclocked`: of the requests, those whose times hold the hub's lag: no clock of the kernel, or a new connection.
    `hub_ms`: what one in ten looks at the hub was late, or more; `own_hub_ms`: this process's own part of that;
    `own_hub_median_ms`: the same of the middle one.
    `schedule_ms`: by how much iterations began late, on average. `cpu`, `waited`: shares of the time in which the hub's
    thread ran, and in which it could have run and had no CPU.
    """

    seconds: float
    requests: int = 0
    unclocked: int = 0
    due: int = 0
    dropped: int = 0
    hub_ms: float = 0.0
    own_hub_ms: float = 0.0
    own_hub_median_ms: float = 0.0
    schedule_ms: float = 0.0
    cpu: float = 0.0
    waited: float = 0.0

    @property
    def is_pegged(self) -> bool:
        """Whether the hub's thread had no CPU time left."""
        return self.cpu >= PEGGED * max(1.0 - self.waited, 0.05)

    @property
    def own_share(self) -> float:
        """Of the CPU time that the hub's thread wanted, the share that it had."""
        wanted = self.cpu + self.waited
        return self.cpu / wanted if wanted > 0 else 1.0

    @property
    def generator_late_ms(self) -> float:
        """By how much iterations began late for the generator's sake.

        A paced iteration is late as well when the one before it took long, and an arrival when the user made for it has
        to log in first; both are the system's doing. As long as the hub has time left, only its own lag is not.
        """
        return self.schedule_ms if self.is_pegged else min(self.schedule_ms, self.hub_ms)

    @property
    def own_late_ms(self) -> float:
        """This process's own part of that."""
        if self.is_pegged:
            return self.schedule_ms * self.own_share
        return min(self.schedule_ms, self.own_hub_ms)


class LagBook:
    """How many seconds, and how many requests in them, saw which lag. Steps of 4 %, so its size is bounded."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[float, int]] = {}

    def add(self, ms: float, seconds: float, requests: int) -> None:
        """A stretch of time in which so many requests saw this lag; one in which none did is left out."""
        if requests:
            step = round(_PER_DOUBLING * math.log2(ms / _SMALLEST_MS)) if ms > _SMALLEST_MS else 0
            had_s, had = self._rows.get(step, (0.0, 0))
            self._rows[step] = had_s + seconds, had + requests

    def lag_ms(self, quantile: float, for_s: float, of: int) -> float:
        """What the share 1 - quantile of `of` requests saw or exceeded, if it was there for `for_s` seconds; else 0."""
        beyond = (1.0 - quantile) * of
        seen_s, seen = 0.0, 0
        for step in sorted(self._rows, reverse=True):
            seconds, number = self._rows[step]
            seen_s, seen = seen_s + seconds, seen + number
            if seen_s >= for_s * _NEARLY and seen >= beyond:
                return _SMALLEST_MS * 2 ** (step / _PER_DOUBLING) if step else 0.0
        return 0.0


class Record:
    """Adds up the seconds of a run."""

    def __init__(self) -> None:
        self.hub, self.own_hub, self.own_hub_median = LagBook(), LagBook(), LagBook()
        self.late, self.own_late = LagBook(), LagBook()
        self.seconds = self.cpu_s = self.waited_s = self.pegged_s = self.most_cpu = 0.0
        self.dropped_while_pegged = 0.0
        self.requests = self.due = 0

    def add(self, second: Second) -> None:
        """One more second."""
        self.seconds += second.seconds
        self.cpu_s += second.cpu * second.seconds
        self.waited_s += second.waited * second.seconds
        self.most_cpu = max(self.most_cpu, second.cpu)
        self.requests += second.requests
        self.due += second.due
        if second.is_pegged:
            self.pegged_s += second.seconds
            self.dropped_while_pegged += second.dropped * second.own_share
        self.hub.add(second.hub_ms, second.seconds, second.unclocked)
        self.own_hub.add(second.own_hub_ms, second.seconds, second.unclocked)
        self.own_hub_median.add(second.own_hub_median_ms, second.seconds, second.unclocked)
        self.late.add(second.generator_late_ms, second.seconds, second.due)
        self.own_late.add(second.own_late_ms, second.seconds, second.due)

    def share(self, seconds: float) -> float:
        """Of the whole time, 0..1."""
        return min(seconds / self.seconds, 1.0) if self.seconds else 0.0
