"""Intervals: windows of a second, merged into the longer stretches for which points are written."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import groupby

from loadhost import StatsWindow
from loadhost.stats import Histogram, merge_entries
from loadhost_hookspecs import EntryFigures, MetricFigures


class Intervals:
    """Collects windows along the grid of whole multiples of `interval_s`, and gives back each stretch once, merged.

    A stretch begins when its first window does: the first of a run at its start, the others on the grid. So the same
    run always gives points the same times, and no point lies before its run.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._windows: list[StatsWindow] = []

    def add(self, window: StatsWindow) -> list[StatsWindow]:
        """Take in the next window; the stretches that are complete by that, merged, as windows."""
        complete = []
        if self._windows and self._cell(window) != self._cell(self._windows[0]):
            complete.append(self._take())
        self._windows.append(window)
        if window.final or self._cell(window, at_end=True) != self._cell(window):
            complete.append(self._take())
        return complete

    def waits(self, window: StatsWindow) -> bool:
        """Whether this window is among those whose stretch is not complete."""
        return bool(self._windows) and self._windows[-1] is window

    def rest(self) -> list[StatsWindow]:
        """What is collected so far, merged; nothing if it is nothing."""
        return [self._take()] if self._windows else []

    def _take(self) -> StatsWindow:
        windows, self._windows = self._windows, []
        return merged(windows)

    def _cell(self, window: StatsWindow, *, at_end: bool = False) -> int:
        # Windows end on whole seconds, by a clock whose offset has a fraction: a microsecond is no second.
        return int((window.start + (window.duration if at_end else 0.0) + 1e-5) // self._interval_s)


def merged(windows: list[StatsWindow]) -> StatsWindow:
    """Several windows in a row as one, exactly: with entries and metrics, users and workers as at the end."""
    if len(windows) == 1:
        return windows[0]
    entries: dict[tuple[str, str], EntryFigures] = {}
    for window in windows:
        for key, entry in window.entries.items():
            entries[key] = merge_entries(entries[key], entry) if key in entries else entry
    last = windows[-1]
    return StatsWindow(
        start=windows[0].start,
        duration=sum(window.duration for window in windows),
        total=reduce(merge_entries, (window.total for window in windows)),
        entries=entries,
        metrics=merged_metrics(figures for window in windows for figures in window.metrics),
        user_count=last.user_count,
        workers_reported=min(window.workers_reported for window in windows),
        workers_expected=last.workers_expected,
        late=sum(window.late for window in windows),
        final=last.final,
        user_classes_count=last.user_classes_count,
    )


def merged_metrics(figures: Iterable[MetricFigures]) -> tuple[MetricFigures, ...]:
    """One of each name and labels: counters added up, trends merged, of gauges the last."""

    def key(row: MetricFigures) -> tuple[str, tuple[tuple[str, str], ...], str]:
        return row.name, row.labels, row.kind

    return tuple(_merge_metric(list(rows)) for _, rows in groupby(sorted(figures, key=key), key))


def _merge_metric(rows: list[MetricFigures]) -> MetricFigures:
    last = rows[-1]
    if last.kind == "gauge" or len(rows) == 1:
        return last
    histogram = Histogram() if last.kind == "trend" else None
    for row in rows:
        if histogram is not None and row.histogram is not None:
            histogram.add(row.histogram)
    return MetricFigures(last.name, last.labels, last.kind, sum(row.value for row in rows), histogram)
