"""The arithmetic of the rolling stretch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Histogram
from loadhost_failratio import parse_threshold
from loadhost_failratio._parts import part_of
from loadhost_failratio._stretch import BLOCKS, Rolling

Make = Callable[..., Any]


@given(
    parts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.9, 1.1)), min_size=1, max_size=60),
    span_s=st.integers(1, 20),
)
def test_the_sum_is_always_that_of_the_newest_windows(
    window: Make, parts: list[tuple[int, int, float]], span_s: int
) -> None:
    """Whatever comes, it equals the sum over some number of newest windows, within a window of the stretch."""
    rule, rolling = parse_threshold("fail_ratio < 1%"), Rolling(span_s)
    for good, bad, seconds in parts:
        part = rolling.add(part_of(window(good + bad, bad, seconds), rule))
    sums = [
        (sum(bad for _, bad, _ in parts[start:]), sum(good + bad for good, bad, _ in parts[start:]))
        for start in range(len(parts))
    ]
    assert (part.failures, part.requests) in sums
    assert part.seconds <= span_s + 0.6 or len(parts) == 1


def test_windows_that_last_a_little_longer_than_a_second_still_make_ten(run: Make) -> None:
    """A clock that drifts by a millisecond does not shorten the window to nine."""
    one = run("requests < 99 within 10s").see(1, times=30, seconds=1.001)
    assert one.judge.latest is not None
    assert one.judge.latest.value == 10


def test_a_long_stretch_is_kept_in_few_blocks(window: Make) -> None:
    """An hour of windows is added up in no time, to a sixtieth of an hour."""
    rule, rolling = parse_threshold("p95 < 1s"), Rolling(3600)
    for _ in range(4000):
        part = rolling.add(part_of(window(1), rule))
    assert rolling.blocks <= BLOCKS + 1
    assert 3570 <= part.requests <= 3630


@given(st.lists(st.lists(st.floats(0.1, 1000), max_size=5), min_size=1, max_size=40), st.integers(1, 12))
def test_its_percentiles_are_those_of_the_newest_windows(window: Make, seconds: list[list[float]], span_s: int) -> None:
    """However windows have come and gone: the histogram is the sum of those that are left, exactly."""
    rule, rolling = parse_threshold("p95 < 1s"), Rolling(span_s)
    for times in seconds:
        part = rolling.add(part_of(window(len(times), ms=times), rule))
    expected = Histogram()
    for ms in (ms for times in seconds[-span_s:] for ms in times):
        expected.record(ms)
    assert part.times == expected
    assert part.seconds == min(len(seconds), span_s)
