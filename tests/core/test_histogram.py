"""Histogram: what it promises of percentiles, sums and merging, against the sorted raw values."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loadhost._numbers.buckets import DAY_US, bucket_of, bucket_range
from loadhost.stats import FrozenHistogram, Histogram
from loadhost_hookspecs import HistogramView

microseconds = st.integers(min_value=0, max_value=DAY_US)
values_us = st.lists(microseconds | st.integers(min_value=0, max_value=2_000_000), max_size=200)
quantiles = st.sampled_from([0.0, 0.01, 0.07, 0.29, 0.5, 0.57, 0.9, 0.95, 0.99, 0.999, 1.0]) | st.floats(0, 1)


def histogram_of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for us in values:
        histogram.record_us(us)
    return histogram


def nearest_rank(values: list[int], quantile: float) -> int:
    """The definition, in exact arithmetic."""
    rank = math.ceil(Fraction(str(quantile)) * len(values))
    return sorted(values)[max(rank, 1) - 1]


@given(values_us.filter(bool), quantiles)
@example([1000] * 93 + [9000] * 7, 0.93)
@example(list(range(100)), 0.07)
def test_a_percentile_is_within_0_8_percent_of_the_nearest_rank(values: list[int], quantile: float) -> None:
    """Against the sorted raw values; half the promise is kept in reserve for times that are no whole microseconds."""
    truth_ms = nearest_rank(values, quantile) / 1000
    assert histogram_of(values).percentile(quantile) == pytest.approx(truth_ms, rel=0.004, abs=1e-9)


@given(values_us.filter(bool), quantiles)
def test_a_percentile_lies_between_min_and_max(values: list[int], quantile: float) -> None:
    """A constant time reads as itself, and nothing reads faster than the fastest."""
    histogram = histogram_of(values)
    assert histogram.min <= histogram.percentile(quantile) <= histogram.max


def test_p99_of_99_fast_and_one_slow_request_is_fast() -> None:
    """99 times 1 ms and once 1234 ms: the 99th of 100 in order took 1 ms, only the 100th took 1234 ms."""
    histogram = histogram_of([1000] * 99 + [1_234_000])
    assert histogram.percentile(0.99) == pytest.approx(1.0, rel=0.008)
    assert histogram.percentile(1.0) == 1234.0


def test_times_below_a_millisecond_read_right() -> None:
    """A fast local service is not 0 ms."""
    histogram = Histogram()
    for ms in (0.041, 0.042, 0.25):
        histogram.record(ms)
    assert (histogram.min, histogram.percentile(0.5), histogram.max) == (0.041, 0.042, 0.25)


@given(values_us)
def test_count_min_max_and_mean_are_exact(values: list[int]) -> None:
    """They come from the values, not from the buckets."""
    histogram = histogram_of(values)
    assert histogram.count == len(values)
    assert histogram.min == min(values, default=0) / 1000
    assert histogram.max == max(values, default=0) / 1000
    assert histogram.mean == (sum(values) / len(values) / 1000 if values else 0.0)


@given(values_us, values_us)
def test_merging_is_exact_and_commutative(one: list[int], other: list[int]) -> None:
    """Merged in either order, it is the histogram of all values."""
    forward, backward = histogram_of(one), histogram_of(other)
    forward.add(histogram_of(other))
    backward.add(histogram_of(one))
    assert forward == backward == histogram_of(one + other)


@given(values_us)
def test_a_frozen_histogram_reads_the_same(values: list[int]) -> None:
    """Packing loses nothing, and a frozen one merges like any other."""
    histogram = histogram_of(values)
    frozen = histogram.freeze()
    assert frozen == histogram == frozen.copy()
    assert list(frozen.buckets()) == list(histogram.buckets())
    assert frozen.percentile(0.95) == histogram.percentile(0.95)


def test_a_frozen_histogram_does_not_change_with_its_source() -> None:
    """That is what it is for."""
    histogram = histogram_of([1000])
    frozen = histogram.freeze()
    histogram.record(2)
    assert (frozen.count, frozen.freeze() is frozen) == (1, True)


@pytest.mark.parametrize("number", [1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])
def test_a_frozen_histogram_holds_any_count(number: int) -> None:
    """The packed arrays grow with the largest count."""
    plain = {"sum_us": 5 * number, "min_us": 5, "max_us": 5, "buckets": [5], "counts": [number]}
    assert Histogram.from_plain(plain).freeze().to_plain() == plain


def test_a_histogram_of_another_make_is_not_merged_by_guessing() -> None:
    """Its buckets may lie anywhere."""

    class Foreign:
        count = 1

    with pytest.raises(TypeError, match=r"only histograms of loadhost\.stats can be merged exactly; got Foreign"):
        Histogram().add(Foreign())


def test_a_copy_is_its_own() -> None:
    """What is recorded into the copy is not in the source."""
    histogram = histogram_of([1000])
    histogram.copy().record(5)
    assert histogram.count == 1


@given(values_us)
def test_it_travels_as_json_and_as_msgpack(values: list[int]) -> None:
    """Plain data of ints and lists, back to an equal histogram."""
    histogram = histogram_of(values)
    plain = histogram.to_plain()
    assert Histogram.from_plain(json.loads(json.dumps(plain))) == histogram
    assert Histogram.from_plain(msgpack.unpackb(msgpack.packb(plain))) == histogram


@pytest.mark.parametrize(
    ("ms", "read"),
    [(-1.0, 0.0), (-1e300, 0.0), (math.nan, 0.0), (-math.inf, 0.0), (math.inf, DAY_US / 1000), (1e300, DAY_US / 1000)],
)
def test_absurd_times_are_clamped(ms: float, read: float) -> None:
    """To 0, or to a day: they neither raise nor spoil the sum."""
    histogram = Histogram()
    histogram.record(5.0)
    histogram.record(ms)
    assert {histogram.min, histogram.max} == {5.0, read}
    assert histogram.mean == (5.0 + read) / 2
    assert histogram.count == sum(number for _, _, number in histogram.buckets()) == 2


def test_an_empty_histogram_reads_zero() -> None:
    """No division by nothing."""
    empty: HistogramView = Histogram()
    assert (empty.count, empty.min, empty.max, empty.mean, empty.percentile(0.5)) == (0, 0.0, 0.0, 0.0, 0.0)
    assert list(empty.buckets()) == []


@pytest.mark.parametrize("quantile", [95, -0.1, math.nan])
def test_a_quantile_out_of_range_is_refused_with_an_example(quantile: float) -> None:
    """Percent in place of a ratio is the likely slip."""
    with pytest.raises(ValueError, match=r"from 0 to 1, such as 0\.95"):
        histogram_of([1]).percentile(quantile)


@given(microseconds)
def test_a_bucket_contains_its_values_and_is_narrow(us: int) -> None:
    """Half open, and at most 1/128 of its own lower end wide."""
    low, after = bucket_range(bucket_of(us))
    assert low <= us < after
    assert after - low == 1 or (after - low) * 128 <= low


def test_buckets_are_ascending_and_adjacent() -> None:
    """Every bucket up to a day begins where the one before ends."""
    ranges = [bucket_range(bucket) for bucket in range(bucket_of(DAY_US) + 1)]
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    assert len(ranges) < 2**16


def test_buckets_are_shown_in_milliseconds() -> None:
    """(low, high, count), ascending."""
    assert list(histogram_of([300, 5, 5]).buckets()) == [(0.005, 0.006, 2), (0.3, 0.302, 1)]


def test_both_kinds_satisfy_the_protocol_of_the_hooks() -> None:
    """As loadhost._numbers.histogram has mypy check."""
    views: list[HistogramView] = [Histogram(), FrozenHistogram(Histogram())]
    assert [view.count for view in views] == [0, 0]


def test_a_time_beyond_a_day_is_a_day_in_every_figure() -> None:
    histogram = Histogram()
    histogram.record(1e12)
    assert histogram.min == histogram.max == histogram.percentile(0.5) == DAY_US / 1000
