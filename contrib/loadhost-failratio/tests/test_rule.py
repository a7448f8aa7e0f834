"""The arithmetic of the rolling ratio."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost_failratio import Reading, RollingRatio


def test_only_the_windows_of_the_last_seconds_count(window: Any) -> None:
    """After ten good seconds the failures before them are forgotten."""
    rolling = RollingRatio(10)
    rolling.add(window(100, failures=100))
    for _ in range(9):
        rolling.add(window(10))
    assert rolling.reading() == Reading(100, 190, 10.0)
    assert rolling.add(window(10)) == Reading(0, 100, 10.0)


def test_windows_that_last_a_little_longer_than_a_second_still_make_ten(window: Any) -> None:
    """A clock that drifts by a millisecond does not shorten the window to nine."""
    rolling = RollingRatio(10)
    for _ in range(30):
        reading = rolling.add(window(1, seconds=1.001))
    assert reading.requests == 10


def test_a_partial_last_window_pushes_out_the_oldest_when_more_than_half_of_it_is_too_old(window: Any) -> None:
    """0.4 s more keep the oldest second, 0.6 s more let it go."""
    for seconds, requests in ((0.4, 11), (0.6, 10)):
        rolling = RollingRatio(10)
        for _ in range(10):
            rolling.add(window(1))
        assert rolling.add(window(1, seconds=seconds)).requests == requests


def test_a_window_longer_than_the_whole_stretch_is_still_judged(window: Any) -> None:
    """A second that took three (a stopped machine) is not thrown away."""
    assert RollingRatio(1).add(window(9, failures=3, seconds=3.0)) == Reading(3, 9, 3.0)


def test_a_reading_reads_as_a_sentence() -> None:
    """Ratio, stretch and counts."""
    assert str(Reading(41, 120, 10.0)) == "34.2 % over the last 10 s (41 of 120 requests)"


def test_without_requests_the_ratio_is_zero() -> None:
    """No division by zero."""
    assert Reading(0, 0, 1.0).ratio == 0.0


@given(
    parts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.9, 1.1)), min_size=1, max_size=60),
    window_s=st.integers(1, 20),
)
def test_the_sum_is_always_that_of_the_newest_windows(
    window: Any, parts: list[tuple[int, int, float]], window_s: int
) -> None:
    """Whatever comes, the reading equals the sum over some number of newest windows, within a window of the stretch."""
    rolling = RollingRatio(window_s)
    for good, bad, seconds in parts:
        reading = rolling.add(window(good + bad, failures=bad, seconds=seconds))
    sums = []
    for start in range(len(parts)):
        newest = parts[start:]
        sums.append((sum(bad for _, bad, _ in newest), sum(good + bad for good, bad, _ in newest)))
    assert (reading.failures, reading.requests) in sums
    assert reading.seconds <= window_s + 0.6 or len(parts) == 1


def test_a_cleared_stretch_is_empty(window: Any) -> None:
    """A reset of the statistics forgets what was added up."""
    rolling = RollingRatio(10)
    rolling.add(window(5))
    rolling.clear()
    assert rolling.reading() == Reading(0, 0, pytest.approx(0))
