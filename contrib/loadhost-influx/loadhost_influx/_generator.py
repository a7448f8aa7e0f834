"""Points of the generator: what it takes of CPU and memory, and how far it lags behind what it measures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from loadhost import StatsWindow
from loadhost.stats import Histogram
from loadhost_hookspecs import HistogramView

from loadhost_influx._points import MACHINE, Run

GENERATOR = "loadhost_generator"
_LABEL = "worker"


class Generator:
    """Takes in readings as they come; writes what is new in a stretch of time, one point per process.

    `cpu` (cores), `memory_bytes` and whatever else the builtin plugin `machine` measures come from its metrics; without
    that plugin, from the core's own readings every five seconds.
    """

    def __init__(self) -> None:
        self._usage: dict[str, float] = {}
        self._lag, self._schedule_lag = Histogram(), Histogram()
        self._dropped = 0

    def usage(self, cpu_percent: float, memory_bytes: float) -> None:
        """A reading of this process."""
        self._usage = {"cpu": cpu_percent / 100, "memory_bytes": memory_bytes}

    def lines(self, run: Run, environment: Any, window: StatsWindow, time_ns: int) -> Iterator[str]:
        """What was read in this stretch. `lag`: how long responses lay in this process; `schedule_lag`: how late
        iterations began; both in ms, of this stretch alone."""
        points = {environment.node: {**self._usage, **self._own(environment.stats, window)}}
        self._usage = {}
        for metric in window.metrics:
            if metric.name.startswith(MACHINE):
                worker = dict(metric.labels).get(_LABEL, environment.node)
                points.setdefault(worker, {})[metric.name.removeprefix(MACHINE)] = metric.value
        for worker, fields in points.items():
            yield from run.point(GENERATOR, ((_LABEL, worker),), fields, time_ns)

    def _own(self, stats: Any, window: StatsWindow) -> dict[str, float]:
        lag, self._lag = growth(stats.lag, self._lag), stats.lag.copy()
        late, self._schedule_lag = growth(stats.schedule_lag, self._schedule_lag), stats.schedule_lag.copy()
        dropped, self._dropped = max(stats.dropped_arrivals - self._dropped, 0), stats.dropped_arrivals
        return {
            **{f"lag_{name}_ms": value for name, value in lag.items()},
            **{f"schedule_lag_{name}_ms": value for name, value in late.items()},
            "dropped_arrivals": dropped,
            "late_requests": window.late,
            "workers_reported": window.workers_reported,
            "workers_expected": window.workers_expected,
        }


def growth(now: HistogramView, before: HistogramView) -> dict[str, float]:
    """p50, p99 and max of the values that came since `before` was a copy; {} if none did, or all were reset."""
    old = {low: count for low, _, count in before.buckets()} if before.count <= now.count else {}
    new = [((low + high) / 2, count - old.get(low, 0)) for low, high, count in now.buckets()]
    total = sum(count for _, count in new)
    if total <= 0:
        return {}
    return {"p50": _at(new, 0.5 * total), "p99": _at(new, 0.99 * total), "max": _at(new, total)}


def _at(counts: list[tuple[float, int]], rank: float) -> float:
    seen = 0
    for middle, count in counts:
        seen += count
        if seen >= math.ceil(rank):
            return middle
    return counts[-1][0]
