"""Windows to judge, made with the histograms of loadhost itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures, StatsWindow


def make_window(requests: int, failures: int = 0, seconds: float = 1.0, *, final: bool = False) -> StatsWindow:
    """A window of so many requests, of which so many failed."""
    histogram = Histogram()
    for _ in range(requests):
        histogram.record(12.5)
    total = EntryFigures("Aggregated", "", requests, failures, histogram, histogram, bytes=0)
    return StatsWindow(start=1_700_000_000.0, duration=seconds, total=total, entries={}, final=final)


@pytest.fixture(scope="session")
def window() -> Callable[..., StatsWindow]:
    """The function that makes windows."""
    return make_window
