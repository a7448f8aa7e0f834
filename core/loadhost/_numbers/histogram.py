"""Histogram and FrozenHistogram: times in log-linear buckets that merge by addition, without loss.

Count, sum, smallest and largest value are exact (to the microsecond), so are mean, min and max; percentiles are within
0.8 % (buckets.py). A percentile is the nearest rank: of n values in order, the ceil(q * n)-th, reported as the middle
of its bucket, kept between min and max. So p99 of 99 times 1 ms and once 1234 ms is 1 ms, and p100 is 1234 ms.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from loadhost._numbers.buckets import DAY_US, bucket_middle, bucket_of, bucket_range, microseconds

if TYPE_CHECKING:
    from loadhost_hookspecs import HistogramView

_NOTHING_YET_US = DAY_US + 1  # the smallest value of an empty histogram: whatever comes first is smaller


class HistogramReading:
    """What both kinds of histograms answer: loadhost_hookspecs.HistogramView, and equality. Times in ms."""

    __slots__ = ("count", "max_us", "min_us", "sum_us")

    count: int
    sum_us: int
    min_us: int
    max_us: int

    @property
    def min(self) -> float:
        """The smallest value in ms, exact; 0.0 if empty."""
        return self.min_us / 1000.0 if self.count else 0.0

    @property
    def max(self) -> float:
        """The largest value in ms, exact; 0.0 if empty."""
        return self.max_us / 1000.0

    @property
    def mean(self) -> float:
        """The arithmetic mean in ms, from the exact sum; 0.0 if empty."""
        return self.sum_us / self.count / 1000.0 if self.count else 0.0

    def percentile(self, quantile: float) -> float:
        """The ceil(quantile * count)-th smallest value in ms, within 0.8 %; 0.0 if empty.

        Raises ValueError if `quantile` is not from 0 to 1.
        """
        rank = _nearest_rank(quantile, self.count)
        if rank <= 1:
            return self.min
        if rank >= self.count:
            return self.max
        middle = bucket_middle(self._bucket_of_rank(rank))
        return min(max(middle, self.min_us), self.max_us) / 1000.0

    def buckets(self) -> Iterator[tuple[float, float, int]]:
        """(low in ms, high in ms, count) of every bucket that is not empty, ascending; high is the next one's low."""
        for bucket, number in self._sorted():
            low, after = bucket_range(bucket)
            yield low / 1000.0, after / 1000.0, number

    def to_plain(self) -> dict[str, Any]:
        """The whole histogram as plain data, for JSON or msgpack. `from_plain` takes it back."""
        pairs = list(self._sorted())
        return {
            "sum_us": self.sum_us,
            "min_us": self.min_us,
            "max_us": self.max_us,
            "buckets": [bucket for bucket, _ in pairs],
            "counts": [number for _, number in pairs],
        }

    def copy(self) -> Histogram:
        """A histogram of its own with the same values."""
        copy = Histogram()
        copy.add(self)
        return copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HistogramReading):
            return NotImplemented
        return self._exact() == other._exact() and list(self._sorted()) == list(other._sorted())

    __hash__ = None  # type: ignore[assignment]  # equal by value, and half of them change

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.count}: {self.min:g} to {self.max:g} ms, mean {self.mean:g} ms>"

    def _bucket_of_rank(self, rank: int) -> int:
        seen = 0
        for bucket, number in self._sorted():
            seen += number
            if seen >= rank:
                return bucket
        raise AssertionError(f"rank {rank} is beyond the {seen} values of {self!r}")

    def _exact(self) -> tuple[int, int, int, int]:
        return self.count, self.sum_us, self.min_us, self.max_us

    def _pairs(self) -> Iterable[tuple[int, int]]:
        """(bucket, count), in any order."""
        raise NotImplementedError

    def _sorted(self) -> Iterable[tuple[int, int]]:
        """(bucket, count), ascending."""
        return sorted(self._pairs())


class Histogram(HistogramReading):
    """A histogram to record into and to merge others into."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.count = self.sum_us = self.max_us = 0
        self.min_us = _NOTHING_YET_US
        self.counts: defaultdict[int, int] = defaultdict(int)

    def record(self, ms: float) -> None:
        """Count one time, in ms. Negative and NaN count as 0, more than a day counts as a day."""
        self.record_us(microseconds(ms))

    def record_us(self, us: int) -> None:
        """Count one time, in whole microseconds; the bounds are those of `record`."""
        # Only a value beyond all earlier ones can be out of bounds, so clamping costs nothing.
        if us > self.max_us:
            self.max_us = us = min(us, DAY_US)
        if us < self.min_us:
            self.min_us = us = max(us, 0)
        self.count += 1
        self.sum_us += us
        self.counts[bucket_of(us)] += 1

    def add(self, other: HistogramView) -> None:
        """Merge another histogram into this one, exactly: any that windows, figures or metrics hold.

        Raises TypeError for a view of another make: its buckets are not these.
        """
        if not isinstance(other, HistogramReading):
            raise TypeError(f"only histograms of loadhost.stats can be merged exactly; got {type(other).__name__}")
        if not other.count:
            return
        counts = self.counts
        for bucket, number in other._pairs():
            counts[bucket] += number
        self.count += other.count
        self.sum_us += other.sum_us
        self.min_us = min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)

    def freeze(self) -> FrozenHistogram:
        """A copy that never changes and takes a quarter of the memory."""
        return FrozenHistogram(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Histogram:
        """The histogram that `to_plain` gave."""
        histogram = cls()
        histogram.counts.update(zip(plain["buckets"], plain["counts"], strict=True))
        histogram.count = sum(plain["counts"])
        histogram.sum_us, histogram.min_us, histogram.max_us = plain["sum_us"], plain["min_us"], plain["max_us"]
        return histogram

    def _pairs(self) -> Iterable[tuple[int, int]]:
        return self.counts.items()


class FrozenHistogram(HistogramReading):
    """A histogram at rest, in two packed arrays: what closed windows and reports hold.

    300 windows of 50 names, 115 buckets in each, take 17 MB this way and 72 MB as dicts (measured).
    """

    __slots__ = ("_buckets", "_numbers")

    def __init__(self, source: HistogramReading) -> None:
        self.count, self.sum_us, self.min_us, self.max_us = source._exact()
        pairs = list(source._sorted())
        self._buckets = array("H", [bucket for bucket, _ in pairs])
        numbers = [number for _, number in pairs]
        self._numbers = array(_typecode(max(numbers, default=0)), numbers)

    def freeze(self) -> FrozenHistogram:
        """Itself."""
        return self

    def _pairs(self) -> Iterable[tuple[int, int]]:
        return zip(self._buckets, self._numbers, strict=True)

    _sorted = _pairs


def _typecode(largest: int) -> str:
    """The smallest array type that holds the count `largest`."""
    return next(code for code, bits in (("B", 8), ("H", 16), ("I", 32), ("Q", 64)) if largest < 1 << bits)


def _nearest_rank(quantile: float, count: int) -> int:
    if not 0 <= quantile <= 1:
        raise ValueError(f"a quantile is a number from 0 to 1, such as 0.95 for the 95th percentile; got {quantile!r}")
    # 0.07 * 100 is a hair above 7 in floats: without the correction its rank would be 8.
    return math.ceil(quantile * count * (1 - 1e-12))


if TYPE_CHECKING:
    _VIEWS: tuple[type[HistogramView], ...] = (Histogram, FrozenHistogram)  # both satisfy what hooks are promised
