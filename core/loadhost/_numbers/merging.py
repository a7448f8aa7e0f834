"""Merging of closed figures: entries, metrics and whole windows, so that sums stay exactly what they were."""

from __future__ import annotations

from loadhost_hookspecs import EntryFigures, HistogramView, MetricFigures, StatsWindow

from loadhost._numbers.histogram import FrozenHistogram, Histogram


def merge_histograms(*views: HistogramView | None) -> FrozenHistogram:
    """The sum of histograms; None counts as an empty one."""
    merged = Histogram()
    for view in views:
        if view is not None:
            merged.add(view)
    return merged.freeze()


def merge_entries(one: EntryFigures, other: EntryFigures) -> EntryFigures:
    """Two stretches of time of one entry, as one. One histogram serves both times where it did so before."""
    response_times = merge_histograms(one.response_times, other.response_times)
    shared = one.response_times is one.service_times and other.response_times is other.service_times
    return EntryFigures(
        name=one.name,
        method=one.method,
        requests=one.requests + other.requests,
        failures=one.failures + other.failures,
        response_times=response_times,
        service_times=response_times if shared else merge_histograms(one.service_times, other.service_times),
        bytes=one.bytes + other.bytes,
        interrupted=one.interrupted + other.interrupted,
        retried=one.retried + other.retried,
    )


def merge_metrics(one: tuple[MetricFigures, ...], other: tuple[MetricFigures, ...]) -> tuple[MetricFigures, ...]:
    """Two stretches of time, `one` the earlier: counters add up, a gauge keeps its last value, trends merge."""
    merged = {(figures.name, figures.labels): figures for figures in one}
    for later in other:
        earlier = merged.get((later.name, later.labels))
        merged[later.name, later.labels] = later if earlier is None else _merge_metric(earlier, later)
    return tuple(merged.values())


def _merge_metric(earlier: MetricFigures, later: MetricFigures) -> MetricFigures:
    if later.kind == "gauge":
        return later
    histogram = merge_histograms(earlier.histogram, later.histogram) if later.kind == "trend" else None
    return MetricFigures(later.name, later.labels, later.kind, earlier.value + later.value, histogram)


def merge_windows(one: StatsWindow, other: StatsWindow) -> StatsWindow:
    """Two windows, `one` the earlier, as one without entries. Users and workers are those of the later.

    `duration` is the sum of both, so requests / duration stays a rate even if there is a gap between them.
    """
    return StatsWindow(
        start=one.start,
        duration=one.duration + other.duration,
        total=merge_entries(one.total, other.total),
        entries={},
        metrics=merge_metrics(one.metrics, other.metrics),
        user_count=other.user_count,
        workers_reported=other.workers_reported,
        workers_expected=other.workers_expected,
        late=one.late + other.late,
        final=one.final or other.final,
        user_classes_count=other.user_classes_count,
    )
