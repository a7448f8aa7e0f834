"""Parts: what a window says about one rule, how parts add up, and the figure that they give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures, HistogramView, MetricFigures, StatsWindow

from loadhost_failratio._threshold import METRIC, RATE, RATIO, Threshold

FEWEST_FOR_A_RATIO = 20
"""Two of three is no ratio of 67 %."""
SHORTEST_FOR_A_RATE_S = 0.5
"""A run begins in the middle of a second: what is left of it can be too little for a rate."""


@dataclass(frozen=True)
class Gauge:
    """A gauge over some windows: the last, smallest and largest value, and what gives the mean."""

    last: float
    smallest: float
    largest: float
    total: float
    windows: int


@dataclass(frozen=True)
class Part:
    """One window, or several in a row, as far as they concern one rule.

    `added`: by a counter, or values of a trend. `kinds`: of the metrics that matched. `matched`: whether anything did.
    """

    seconds: float = 0.0
    requests: int = 0
    failures: int = 0
    added: float = 0.0
    times: HistogramView | None = None
    gauge: Gauge | None = None
    kinds: frozenset[str] = frozenset()
    matched: bool = False


@dataclass(frozen=True)
class Reading:
    """The figure of a rule over `seconds` seconds, in base units, and what it was computed from."""

    value: float
    seconds: float
    samples: int
    failures: int = 0


def part_of(window: StatsWindow, rule: Threshold) -> Part:
    """What this window says about the rule."""
    if rule.quantity.kind == METRIC:
        return _part_of_metrics(window, rule)
    entries = list(_entries(window, rule))
    times = None
    if rule.quantity.is_of_times:
        times = _merged(entry.service_times if rule.quantity.service else entry.response_times for entry in entries)
    return Part(
        seconds=window.duration,
        requests=sum(entry.requests for entry in entries),
        failures=sum(entry.failures for entry in entries),
        times=times,
        matched=not rule.selector or any(entry.requests for entry in entries),
    )


def merged(parts: Iterable[Part]) -> Part:
    """The parts of windows that follow one another, as one."""
    parts = list(parts)
    times = [part.times for part in parts if part.times is not None]
    return _sum(parts, _merged(times) if times else None)


def accumulated(total: Part, part: Part, *, before: bool = False) -> Part:
    """`total` with one more part (the one before it, or after), for sums that only grow: its histogram is added to.

    So `total` is used up by it; the first one is `Part()`.
    """
    times = total.times
    if part.times is not None:
        times = times if isinstance(times, Histogram) else Histogram()
        times.add(part.times)
    return _sum([part, total] if before else [total, part], times)


def at_rest(part: Part) -> Part:
    """The same in a quarter of the memory."""
    return replace(part, times=part.times.freeze()) if isinstance(part.times, Histogram) else part


def _sum(parts: list[Part], times: HistogramView | None) -> Part:
    return Part(
        seconds=sum(part.seconds for part in parts),
        requests=sum(part.requests for part in parts),
        failures=sum(part.failures for part in parts),
        added=sum(part.added for part in parts),
        times=times,
        gauge=_merged_gauges([part.gauge for part in parts if part.gauge is not None]),
        kinds=frozenset().union(*(part.kinds for part in parts)),
        matched=any(part.matched for part in parts),
    )


def needed_samples(rule: Threshold) -> int:
    """How many requests (or values of a metric) there must be before the figure means something.

    Of a percentile so many that one of them is beyond it: 20 for p95, 100 for p99, 1,000 for p99.9.
    """
    quantity = rule.quantity
    if quantity.quantile is not None:
        return math.ceil(1 / min(quantity.quantile, 1 - quantity.quantile) - 1e-6)
    if quantity.kind == RATIO:
        return FEWEST_FOR_A_RATIO
    return 1 if quantity.is_of_times or quantity.figure == "failures" else 0


def read(rule: Threshold, part: Part) -> Reading | None:
    """The figure, however few samples there are; None if there is none at all."""
    quantity = rule.quantity
    if not part.matched or (_is_rate(rule) and part.seconds < SHORTEST_FOR_A_RATE_S):
        return None
    if quantity.kind == METRIC:
        return _read_metric(rule, part)
    value = {
        "fail_ratio": part.failures / part.requests if part.requests else 0.0,
        "failures": float(part.failures),
        "requests": float(part.requests),
        "rps": part.requests / part.seconds if part.seconds else 0.0,
    }.get(quantity.figure)
    if value is None:
        value = _of_times(rule, part.times)
    return None if value is None else Reading(value, part.seconds, part.requests, part.failures)


def misfit(rule: Threshold, kinds: frozenset[str]) -> str | None:
    """Why metrics of these kinds have no such figure; None if they have."""
    figure = rule.quantity.figure
    fitting = {"": {"counter", "gauge"}, "rate": {"counter", "trend"}, "count": {"trend"}}.get(figure)
    if fitting is None:
        fitting = {"trend"} if rule.quantity.quantile is not None else {"trend", "gauge"}
    wrong = sorted(kinds - fitting)
    if not wrong:
        return None
    allowed = {"counter": "its value or rate", "gauge": "its value, avg, min or max"}
    allowed["trend"] = "avg, min, max, median, p95, count or rate"
    return f"the metric {rule.quantity.metric!r} is a {wrong[0]}: a rule can be about {allowed[wrong[0]]}"


def _is_rate(rule: Threshold) -> bool:
    return rule.quantity.kind == RATE or rule.quantity.figure == "rate"


def _entries(window: StatsWindow, rule: Threshold) -> Iterator[EntryFigures]:
    if not rule.selector:
        yield window.total
        return
    names = {value for key, value in rule.selector if key == "name"}
    methods = {value for key, value in rule.selector if key == "method"}
    for (name, method), entry in window.entries.items():
        if (not names or name in names) and (not methods or method in methods):
            yield entry


def _part_of_metrics(window: StatsWindow, rule: Threshold) -> Part:
    found = [metric for metric in window.metrics if _matches(metric, rule)]
    times = [metric.histogram for metric in found if metric.histogram is not None]
    gauges = [metric.value for metric in found if metric.kind == "gauge"]
    # Of several gauges the one that is nearest to breaking the rule: then the rule holds for each of them.
    worst = None if not gauges else min(gauges) if rule.comparison in (">", ">=") else max(gauges)
    return Part(
        seconds=window.duration,
        added=sum(metric.value for metric in found if metric.kind != "gauge"),
        times=_merged(times) if times else None,
        gauge=None if worst is None else Gauge(worst, worst, worst, worst, 1),
        kinds=frozenset(metric.kind for metric in found),
        matched=bool(found),
    )


def _matches(metric: MetricFigures, rule: Threshold) -> bool:
    if metric.name != rule.quantity.metric:
        return False
    labels = dict(metric.labels)
    wanted: dict[str, set[str]] = {}
    for key, value in rule.selector:
        wanted.setdefault(key, set()).add(value)
    return all(labels.get(key) in values for key, values in wanted.items())


def _read_metric(rule: Threshold, part: Part) -> Reading | None:
    figure, gauge = rule.quantity.figure, part.gauge
    if misfit(rule, part.kinds):
        return None
    value: float | None
    if figure == "rate":
        value = part.added / part.seconds if part.seconds else None
    elif figure == "count" or (not figure and gauge is None):
        value = part.added
    elif gauge is None:
        value = _of_times(rule, part.times)
    else:
        gauges = {"avg": gauge.total / gauge.windows, "min": gauge.smallest, "max": gauge.largest}
        value = gauges.get(figure, gauge.last)
    samples = gauge.windows if gauge is not None else int(part.added)
    return None if value is None else Reading(value, part.seconds, samples)


def _of_times(rule: Threshold, times: HistogramView | None) -> float | None:
    if times is None or not times.count:
        return None
    quantile = rule.quantity.quantile
    if quantile is not None:
        return times.percentile(quantile)
    return {"avg": times.mean, "min": times.min, "max": times.max}[rule.quantity.figure]


def _merged(times: Iterable[HistogramView]) -> HistogramView:
    whole = Histogram()
    for each in times:
        whole.add(each)
    return whole


def _merged_gauges(gauges: list[Gauge]) -> Gauge | None:
    if not gauges:
        return None
    return Gauge(
        last=gauges[-1].last,
        smallest=min(gauge.smallest for gauge in gauges),
        largest=max(gauge.largest for gauge in gauges),
        total=sum(gauge.total for gauge in gauges),
        windows=sum(gauge.windows for gauge in gauges),
    )
