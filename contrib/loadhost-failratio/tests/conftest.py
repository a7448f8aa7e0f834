"""Windows to judge, made with the histograms of loadhost itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures, MetricFigures, StatsWindow

START = 1_700_000_000.0


def times_of(ms: float | Iterable[float], count: int) -> Histogram:
    """So many times of `ms`, or the times themselves."""
    histogram = Histogram()
    for each in [ms] * count if isinstance(ms, int | float) else ms:
        histogram.record(each)
    return histogram


def make_entry(
    requests: int,
    failures: int = 0,
    *,
    ms: float | Iterable[float] = 12.5,
    service_ms: float | None = None,
    name: str = "Aggregated",
    method: str = "",
) -> EntryFigures:
    """The figures of so many requests, of which so many failed and each took `ms`."""
    times = times_of(ms, requests)
    service = times if service_ms is None else times_of(service_ms, requests)
    return EntryFigures(name, method, requests, failures, times, service, bytes=0)


def make_window(
    requests: int = 0,
    failures: int = 0,
    seconds: float = 1.0,
    *,
    start: float = START,
    final: bool = False,
    entries: Iterable[EntryFigures] = (),
    metrics: Iterable[MetricFigures] = (),
    **figures: Any,
) -> StatsWindow:
    """A window of so many requests, of which so many failed."""
    return StatsWindow(
        start=start,
        duration=seconds,
        total=make_entry(requests, failures, **figures),
        entries={(entry.name, entry.method): entry for entry in entries},
        metrics=tuple(metrics),
        final=final,
    )


@pytest.fixture(scope="session")
def window() -> Callable[..., StatsWindow]:
    """The function that makes windows."""
    return make_window


@pytest.fixture(scope="session")
def entry() -> Callable[..., EntryFigures]:
    """The function that makes the figures of one name."""
    return make_entry
