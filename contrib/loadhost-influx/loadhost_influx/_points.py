"""Points of a stretch of time: requests, buckets, users and custom metrics, as lines.

Whatever can be added up is in one place only: `count` is split by outcome and never given for a total, so that the sum
of `count` over all points of loadhost_requests is the number of requests. Times can't be split by outcome (a window has
one histogram for both); they are in points with outcome "all", those of all names together under `TOTAL`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from loadhost import StatsWindow
from loadhost_hookspecs import EntryFigures, HistogramView, MetricFigures

from loadhost_influx._bounds import bound_of
from loadhost_influx._line import Fields, line, series

REQUESTS, BUCKETS, USERS, METRICS = "loadhost_requests", "loadhost_buckets", "loadhost_users", "loadhost_metrics"
TOTAL = "Aggregated"
MACHINE = "machine."
"""Metrics of that builtin plugin are figures of the generator, and have a measurement of their own."""
PERCENTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}

TagPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Run:
    """What every point of a run has: its tags, `run` and `test` and those of the user."""

    tags: TagPairs

    @classmethod
    def of(cls, run_id: str, test: str, tags: TagPairs) -> Run:
        """`test` gives way to a user's tag of that name."""
        return cls(tuple({"run": run_id, "test": test, **dict(tags)}.items()))

    def point(self, measurement: str, tags: TagPairs, fields: Fields, time_ns: int) -> Iterator[str]:
        """The line, if there is anything to write."""
        text = line(measurement, self.tags + tags, fields, time_ns)
        if text is not None:
            yield text


def nanoseconds(time_s: float) -> int:
    """Epoch seconds as epoch nanoseconds, on whole microseconds: more is not in the float."""
    return round(time_s * 1e6) * 1000


def window_lines(run: Run, window: StatsWindow, target_users: int, began_s: float) -> Iterator[str]:
    """All points of one stretch. Its start is their time.

    `began_s`: when the run began. `elapsed_s`, what has gone since, is what two runs can be laid upon each other by.
    """
    time_ns, elapsed_s = nanoseconds(window.start), max(round(window.start - began_s, 6), 0.0)
    users: Fields = {"user_count": window.user_count, "target_user_count": target_users, "elapsed_s": elapsed_s}
    yield from run.point(USERS, (), users, time_ns)
    for name, count in window.user_classes_count.items():
        yield from run.point(USERS, (("user_class", name),), {"user_count_of_class": count}, time_ns)
    rate = window.total.requests / window.duration if window.duration > 0 else None
    yield from _times(run, window.total, (("name", TOTAL),), time_ns, {"elapsed_s": elapsed_s, "total_rate": rate})
    for entry in window.entries.values():
        yield from _entry(run, entry, window.duration, time_ns)
    for figures in window.metrics:
        if not figures.name.startswith(MACHINE):
            yield from _metric(run, figures, time_ns)


def _entry(run: Run, entry: EntryFigures, duration_s: float, time_ns: int) -> Iterator[str]:
    tags = (("method", entry.method), ("name", entry.name))
    for outcome, count in (("ok", entry.requests - entry.failures), ("failed", entry.failures)):
        if count:
            fields = {"count": count, "rate": count / duration_s if duration_s > 0 else None}
            yield from run.point(REQUESTS, (*tags, ("outcome", outcome)), fields, time_ns)
    sums = {"bytes": entry.bytes, "interrupted": entry.interrupted, "retried": entry.retried}
    yield from _times(run, entry, tags, time_ns, sums)
    yield from _buckets(run, entry, tags, time_ns)


def _times(run: Run, entry: EntryFigures, tags: TagPairs, time_ns: int, more: Fields) -> Iterator[str]:
    """What holds for good and failed requests together; times only if there were any requests."""
    yield from run.point(REQUESTS, (*tags, ("outcome", "all")), {**more, **times_of(entry)}, time_ns)


def times_of(entry: EntryFigures) -> dict[str, float]:
    """fail_ratio, response_*_ms and service_*_ms; {} without requests."""
    if not entry.requests:
        return {}
    response = summary(entry.response_times)
    shared = entry.service_times is entry.response_times
    service = response if shared else summary(entry.service_times)
    return {
        "fail_ratio": entry.fail_ratio,
        **{f"response_{name}_ms": value for name, value in response.items()},
        **{f"service_{name}_ms": value for name, value in service.items()},
    }


def summary(times: HistogramView) -> dict[str, float]:
    """Smallest, mean, largest and the percentiles, in ms."""
    percentiles = {name: times.percentile(quantile) for name, quantile in PERCENTILES.items()}
    return {"min": times.min, "avg": times.mean, "max": times.max, **percentiles}


def _buckets(run: Run, entry: EntryFigures, tags: TagPairs, time_ns: int) -> Iterator[str]:
    """Three of four points are these, hence written without detours."""
    response = bucket_counts(entry.response_times)
    shared = entry.service_times is entry.response_times
    service = response if shared else bucket_counts(entry.service_times)
    common = run.tags + tags
    for bound in response if shared else response | service:
        counts = (("count", response[bound]), ("service_count", service[bound]))
        fields = ",".join([f"{name}={float(count)!r}" for name, count in counts if count])
        yield f"{series(BUCKETS, (*common, ('le', bound)))} {fields} {time_ns}"


def bucket_counts(times: HistogramView) -> Counter[str]:
    """How many times lie in each of the buckets that dashboards show, by the upper bound, not cumulated."""
    counts: Counter[str] = Counter()
    for low, high, count in times.buckets():
        counts[bound_of((low + high) / 2)] += count
    return counts


def _metric(run: Run, figures: MetricFigures, time_ns: int) -> Iterator[str]:
    """Labels are tags; databases keep "time" and what begins with an underscore for themselves."""
    taken = {"metric", "time", *(key for key, _ in run.tags)}
    labels = tuple(
        (f"label_{key}" if key in taken or key.startswith("_") else key, value) for key, value in figures.labels
    )
    if figures.histogram is not None:
        fields: Fields = {
            "count": figures.histogram.count,
            **{f"{name}_ms": value for name, value in summary(figures.histogram).items()},
        }
    else:
        fields = {"count" if figures.kind == "counter" else "value": figures.value}
    yield from run.point(METRICS, (*labels, ("metric", figures.name)), fields, time_ns)
