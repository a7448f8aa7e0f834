"""Intervals: windows of a second, merged into the longer stretches for which points are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from loadhost import StatsWindow
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures, HistogramView, MetricFigures

_PAUSE_AFTER = 20
"""Names; to merge five windows of one takes about 0.1 ms."""


class Intervals:
    """Collects windows along the grid of whole multiples of `interval_s`, and gives back each stretch once.

    A stretch begins when its first window does: the first of a run at its start, the others on the grid. So the same
    run always gives points the same times, and no point lies before its run.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._windows: list[StatsWindow] = []

    def add(self, window: StatsWindow) -> list[list[StatsWindow]]:
        """Take in the next window; the windows of each stretch that is complete by that, to be merged."""
        complete = []
        if self._windows and self._cell(window) != self._cell(self._windows[0]):
            complete += self.rest()
        self._windows.append(window)
        if window.final or self._cell(window, at_end=True) != self._cell(window):
            complete += self.rest()
        return complete

    def waits(self, window: StatsWindow) -> bool:
        """Whether this window is among those whose stretch is not complete."""
        return bool(self._windows) and self._windows[-1] is window

    def rest(self) -> list[list[StatsWindow]]:
        """The windows of the stretch under way; nothing if there are none."""
        windows, self._windows = self._windows, []
        return [windows] if windows else []

    def _cell(self, window: StatsWindow, *, at_end: bool = False) -> int:
        # Windows end on whole seconds, by a clock whose offset has a fraction: a microsecond is no second.
        return int((window.start + (window.duration if at_end else 0.0) + 1e-5) // self._interval_s)


def merged(
    windows: Sequence[StatsWindow], pause: Callable[[], None], redact: Callable[[str], str] = str
) -> StatsWindow:
    """Several windows in a row as one, exactly: with entries and metrics, users and workers as at the end.

    `pause` is called after every few milliseconds of work. `redact` takes secrets out of names.
    """
    entries = merged_entries((entry for window in windows for entry in window.entries.values()), pause, redact)
    last = windows[-1]
    return StatsWindow(
        start=windows[0].start,
        duration=sum(window.duration for window in windows),
        total=_merge_entry([window.total for window in windows]),
        entries=entries,
        metrics=merged_metrics(figures for window in windows for figures in window.metrics),
        user_count=last.user_count,
        workers_reported=min(window.workers_reported for window in windows),
        workers_expected=last.workers_expected,
        late=sum(window.late for window in windows),
        final=last.final,
        user_classes_count=last.user_classes_count,
    )


def merged_entries(
    rows: Iterable[EntryFigures], pause: Callable[[], None], redact: Callable[[str], str]
) -> dict[tuple[str, str], EntryFigures]:
    """One for each name and method: those whose names are the same without their secrets are one, too."""
    parts: dict[tuple[str, str], list[EntryFigures]] = {}
    for row in rows:
        parts.setdefault((redact(row.name), row.method), []).append(row)
    entries = {}
    for number, (key, same) in enumerate(parts.items(), 1):
        entries[key] = replace(_merge_entry(same), name=key[0])
        if number % _PAUSE_AFTER == 0:
            pause()
    return entries


def _merge_entry(rows: list[EntryFigures]) -> EntryFigures:
    """All at once: loadhost's own function merges two, and to freeze what comes in between would cost the most."""
    first = rows[0]
    if len(rows) == 1:
        return first
    response_times = _merge_times(row.response_times for row in rows)
    shared = all(row.service_times is row.response_times for row in rows)
    return EntryFigures(
        name=first.name,
        method=first.method,
        requests=sum(row.requests for row in rows),
        failures=sum(row.failures for row in rows),
        response_times=response_times,
        service_times=response_times if shared else _merge_times(row.service_times for row in rows),
        bytes=sum(row.bytes for row in rows),
        interrupted=sum(row.interrupted for row in rows),
        retried=sum(row.retried for row in rows),
    )


def _merge_times(parts: Iterable[HistogramView]) -> Histogram:
    times = Histogram()
    for part in parts:
        times.add(part)
    return times


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
