"""Figures: histograms, the numbers of one name, one-second windows, single samples. All frozen, times in ms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class HistogramView(Protocol):
    """A histogram of times, to be read. All values are milliseconds, within 0.8 % of the truth; min, max are exact."""

    @property
    def count(self) -> int:
        """How many values it holds."""

    @property
    def min(self) -> float:
        """The smallest value in ms, 0.0 if empty."""

    @property
    def max(self) -> float:
        """The largest value in ms, 0.0 if empty."""

    @property
    def mean(self) -> float:
        """The arithmetic mean in ms, 0.0 if empty."""

    def percentile(self, quantile: float) -> float:
        """The value in ms below or at which the share `quantile` (0..1) of all values lies; 0.0 if empty."""

    def buckets(self) -> Iterator[tuple[float, float, int]]:
        """(low in ms, high in ms, count) of every bucket that is not empty, ascending."""


@dataclass(frozen=True)
class EntryFigures:
    """The numbers of one (name, method), or of the total, over some stretch of time.

    `response_times`: service time plus the lateness of the iteration. `service_times`: from send to arrival.
    `bytes`: of response bodies. `interrupted`: under way when the run was cut short, not among `requests`.
    `retried`: sent again on a fresh connection.
    """

    name: str
    method: str
    requests: int
    failures: int
    response_times: HistogramView
    service_times: HistogramView
    bytes: int
    interrupted: int = 0
    retried: int = 0

    @property
    def fail_ratio(self) -> float:
        """failures / requests, 0..1; 0.0 if there were no requests."""
        return self.failures / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class MetricFigures:
    """A plugin's own metric over some stretch of time.

    `kind`: "counter" (`value` is what was added in this stretch), "gauge" (`value` is the last one set) or "trend"
    (`histogram` holds the values, `value` is their number). `labels` are sorted pairs.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    kind: str
    value: float
    histogram: HistogramView | None = None


@dataclass(frozen=True)
class StatsWindow:
    """One closed window of about a second, over all workers. The sum of all windows equals the totals, always.

    `start`: epoch seconds UTC. `duration`: seconds. `late`: requests that belong to an earlier window.
    `final`: the last, partial one of the run.
    """

    start: float
    duration: float
    total: EntryFigures
    entries: Mapping[tuple[str, str], EntryFigures]
    metrics: tuple[MetricFigures, ...] = ()
    user_count: int = 0
    workers_reported: int = 0
    workers_expected: int = 0
    late: int = 0
    final: bool = False
    user_classes_count: Mapping[str, int] = field(default_factory=dict)


class RequestSample(NamedTuple):
    """One request, for exporters. It has no response object: that would keep bodies alive.

    Times in ms, `response_length` in bytes, `start_time` in epoch seconds UTC, `error` a text or None.
    """

    request_type: str
    name: str
    response_time: float
    service_time: float
    response_length: int
    error: str | None
    start_time: float
    url: str | None
    worker_index: int
