"""Windows added up: over the last 10 s for console and CSV history, and over the whole run."""

from __future__ import annotations

from collections import deque

from loadhost import StatsWindow
from loadhost.stats import FrozenHistogram, Histogram
from loadhost_hookspecs import EntryFigures, HistogramView

RECENT_S = 10.0


class Totals:
    """The figures of all requests in all windows so far; after the last one they are the totals of the run."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.seconds = 0.0
        self._requests = self._failures = self._bytes = self._interrupted = self._retried = 0
        self._response_times, self._service_times = Histogram(), Histogram()

    def add(self, window: StatsWindow) -> None:
        """Add a window; the histograms are merged without loss."""
        part = window.total
        self.seconds += window.duration
        self._requests += part.requests
        self._failures += part.failures
        self._bytes += part.bytes
        self._interrupted += part.interrupted
        self._retried += part.retried
        _merge(self._response_times, part.response_times)
        _merge(self._service_times, part.service_times)

    def figures(self) -> EntryFigures:
        """The sum as it stands; its histograms grow with the next window."""
        return EntryFigures(
            "Aggregated",
            "",
            self._requests,
            self._failures,
            self._response_times,
            self._service_times,
            self._bytes,
            self._interrupted,
            self._retried,
        )


def _merge(into: Histogram, times: HistogramView) -> None:
    # A view can only be read; only those that loadhost makes (and it makes all) can be merged without loss.
    assert isinstance(times, Histogram | FrozenHistogram)
    into.add(times)


class Recent:
    """The figures of all requests over the last `span_s` seconds of windows."""

    def __init__(self, span_s: float = RECENT_S) -> None:
        self._span_s = span_s
        self._windows: deque[StatsWindow] = deque()

    def clear(self) -> None:
        """Forget everything."""
        self._windows.clear()

    def add(self, window: StatsWindow) -> None:
        """Take in the newest window and let go of those of which more than half is too old."""
        self._windows.append(window)
        seconds = self.seconds
        while len(self._windows) > 1 and seconds - self._span_s > self._windows[0].duration / 2:
            seconds -= self._windows.popleft().duration

    @property
    def seconds(self) -> float:
        """How much time the windows cover."""
        return sum(window.duration for window in self._windows)

    def figures(self) -> EntryFigures:
        """The sum of these windows."""
        totals = Totals()
        for window in self._windows:
            totals.add(window)
        return totals.figures()
