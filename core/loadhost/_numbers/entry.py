"""StatsEntry: the numbers of one (name, method), or of all, read live and by Locust's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from loadhost_hookspecs import EntryFigures, StatsWindow

from loadhost._numbers.histogram import Histogram
from loadhost._numbers.tally import Tally

if TYPE_CHECKING:
    from loadhost.stats import Stats

CURRENT_S = 10.0
"""`current_...` covers the closed windows of so many seconds."""


class StatsEntry:
    """A live view: each attribute is computed when it is read, from the closed windows plus the open one.

    Times in ms, with microsecond precision; rates per second. Without requests everything reads 0.
    """

    num_none_requests = 0  # Locust's count of requests without a response time: the door lets none through

    def __init__(
        self,
        stats: Stats,
        name: str,
        method: str,
        tallies: Callable[[], Iterable[Tally]],
        figures_in: Callable[[StatsWindow], EntryFigures | None],
    ) -> None:
        self.stats, self.name, self.method = stats, name, method
        self._tallies, self._figures_in = tallies, figures_in

    @property
    def num_requests(self) -> int:
        """Requests that have ended, well or badly."""
        return sum(tally.requests for tally in self._tallies())

    @property
    def num_failures(self) -> int:
        """Requests that failed."""
        return sum(tally.failures for tally in self._tallies())

    @property
    def interrupted(self) -> int:
        """Requests under way when the run was cut short; not among num_requests."""
        return sum(tally.interrupted for tally in self._tallies())

    @property
    def retried(self) -> int:
        """Requests sent again on a fresh connection."""
        return sum(tally.retried for tally in self._tallies())

    @property
    def total_content_length(self) -> int:
        """Bytes of all response bodies."""
        return sum(tally.bytes for tally in self._tallies())

    @property
    def fail_ratio(self) -> float:
        """num_failures / num_requests, 0..1."""
        return _ratio(self.num_failures, self.num_requests)

    @property
    def avg_content_length(self) -> float:
        """Mean bytes of a response body."""
        return _ratio(self.total_content_length, self.num_requests)

    @property
    def response_times(self) -> Histogram:
        """The response times so far, as a histogram of the caller's own."""
        merged = Histogram()
        for tally in self._tallies():
            merged.add(tally.both)
            merged.add(tally.response)
        return merged

    @property
    def service_times(self) -> Histogram:
        """The service times so far, as a histogram of the caller's own."""
        merged = Histogram()
        for tally in self._tallies():
            merged.add(tally.both)
            merged.add(tally.service)
        return merged

    @property
    def total_response_time(self) -> float:
        """The sum of all response times in ms."""
        return sum(tally.both.sum_us + tally.response.sum_us for tally in self._tallies()) / 1000.0

    @property
    def avg_response_time(self) -> float:
        """The mean response time in ms."""
        return _ratio(self.total_response_time, self.num_requests)

    @property
    def min_response_time(self) -> float:
        """The smallest response time in ms, exact."""
        return self.response_times.min

    @property
    def max_response_time(self) -> float:
        """The largest response time in ms, exact."""
        return self.response_times.max

    @property
    def median_response_time(self) -> float:
        """The 50th percentile of the response times in ms."""
        return self.get_response_time_percentile(0.5)

    def get_response_time_percentile(self, percent: float) -> float:
        """The response time in ms of the nearest rank, within 0.8 %; `percent` is 0..1, as in Locust."""
        return self.response_times.percentile(percent)

    def get_current_response_time_percentile(self, percent: float) -> float:
        """The same over the closed windows of the last ten seconds."""
        merged = Histogram()
        for _, figures in self._current():
            if figures is not None:
                merged.add(figures.response_times)
        return merged.percentile(percent)

    @property
    def start_time(self) -> float:
        """When counting began, epoch seconds."""
        return self.stats.start_time

    @property
    def last_request_timestamp(self) -> float | None:
        """When the last request ended, epoch seconds, to the second; None if there was none.

        A request is not worth a clock reading: it is the end of the last window with traffic, or now if the open
        window has some.
        """
        return self.stats._last_traffic(self.name, self.method)

    @property
    def total_rps(self) -> float:
        """Requests per second, from the start to the last request of the whole run."""
        return _ratio(self.num_requests, self.stats._traffic_duration())

    @property
    def total_fail_per_sec(self) -> float:
        """Failures per second, from the start to the last request of the whole run."""
        return _ratio(self.num_failures, self.stats._traffic_duration())

    @property
    def current_rps(self) -> float:
        """Requests per second over the closed windows of the last ten seconds."""
        return self._current_rate(lambda figures: figures.requests)

    @property
    def current_fail_per_sec(self) -> float:
        """Failures per second over the closed windows of the last ten seconds."""
        return self._current_rate(lambda figures: figures.failures)

    def figures(self) -> EntryFigures:
        """Everything as it is now, frozen."""
        merged = Tally()
        for tally in self._tallies():
            merged.add(tally)
        return merged.figures(self.name, self.method)

    def _current(self) -> Iterator[tuple[StatsWindow, EntryFigures | None]]:
        covered = 0.0
        for window in reversed(self.stats.windows):
            # The half second lets ten windows of a jittery clock be ten windows.
            if covered + window.duration > CURRENT_S + 0.5 and covered:
                return
            covered += window.duration
            yield window, self._figures_in(window)

    def _current_rate(self, count: Callable[[EntryFigures], int]) -> float:
        counted, seconds = 0, 0.0
        for window, figures in self._current():
            seconds += window.duration
            counted += count(figures) if figures is not None else 0
        return _ratio(counted, seconds)

    def __repr__(self) -> str:
        return f"<StatsEntry {self.method} {self.name}: {self.num_requests} requests, {self.num_failures} failures>"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
