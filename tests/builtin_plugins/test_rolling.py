"""Windows added up."""

from __future__ import annotations

from typing import Any

from loadhost_builtins._rolling import Recent, Totals


def test_the_last_ten_seconds_are_the_last_ten_windows(run: Any) -> None:
    """What came before is gone, from the counts and from the percentiles."""
    recent = Recent()
    recent.add(run.second(*[("GET", "/", 900.0, None)] * 5))
    for _ in range(10):
        recent.add(run.second(("GET", "/", 10.0, None)))
    figures = recent.figures()
    assert (figures.requests, round(figures.response_times.max), recent.seconds) == (10, 10, 10.0)


def test_the_sum_of_all_windows_equals_the_totals(shopping: Any) -> None:
    """Counts and histograms, exactly."""
    totals = Totals()
    for window in shopping.windows:
        totals.add(window)
    figures, expected = totals.figures(), shopping.stats.totals_figures()
    assert (figures.requests, figures.failures, figures.bytes) == (12, 2, 1200)
    assert figures.response_times == expected.response_times
    assert figures.service_times == expected.service_times


def test_what_is_cleared_begins_at_zero(shopping: Any) -> None:
    """After a reset of the statistics."""
    totals = Totals()
    totals.add(shopping.windows[0])
    totals.clear()
    assert (totals.figures().requests, totals.figures().response_times.count, totals.seconds) == (0, 0, 0.0)
