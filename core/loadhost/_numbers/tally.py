"""Tally: what is counted for one (name, method) over one stretch of time, a window or the whole run."""

from __future__ import annotations

from loadhost_hookspecs import EntryFigures

from loadhost._numbers.histogram import FrozenHistogram, Histogram
from loadhost._numbers.merging import merge_histograms


class Tally:
    """Requests by their times, failures, bytes, interrupted and retried requests.

    A request whose response time equals its service time (all of a closed workload) is counted once, in `both`;
    any other in `response` and in `service`. That halves the work per request, and the memory.
    """

    __slots__ = ("both", "bytes", "failures", "interrupted", "response", "retried", "service")

    def __init__(self) -> None:
        self.both, self.response, self.service = Histogram(), Histogram(), Histogram()
        self.failures = self.bytes = self.interrupted = self.retried = 0

    @property
    def requests(self) -> int:
        """How many requests have ended, well or badly."""
        return self.both.count + self.response.count

    def add(self, other: Tally) -> None:
        """Merge another tally into this one, exactly."""
        self.both.add(other.both)
        self.response.add(other.response)
        self.service.add(other.service)
        self.failures += other.failures
        self.bytes += other.bytes
        self.interrupted += other.interrupted
        self.retried += other.retried

    def figures(self, name: str, method: str) -> EntryFigures:
        """The tally as it is now, frozen. Both times are one object where all requests were on time."""
        response_times = _sum(self.both, self.response)
        return EntryFigures(
            name=name,
            method=method,
            requests=self.requests,
            failures=self.failures,
            response_times=response_times,
            service_times=_sum(self.both, self.service) if self.service.count else response_times,
            bytes=self.bytes,
            interrupted=self.interrupted,
            retried=self.retried,
        )


def _sum(one: Histogram, other: Histogram) -> FrozenHistogram:
    return merge_histograms(one, other) if other.count else one.freeze()
