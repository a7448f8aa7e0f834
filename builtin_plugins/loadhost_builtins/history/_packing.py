"""Windows of two runs as long integers, so that adding up a resample is a few additions.

A window's histogram, reduced to a few hundred classes of buckets, its failures, its summed times and its length are
fields of one long integer; the sum of many such integers holds the sums of all fields. Without it (or numpy) resampling
50 names of two runs of ten minutes would take a minute in place of a second.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from loadhost.stats import Histogram

from loadhost_builtins.history._quantities import RATE, RATIO, Quantity

_NEAR = 20
"""Buckets to each side of a percentile that stay as they are: 10 to 15 % of it."""
_COARSE = 32
"""So many buckets make one class elsewhere."""
_EXTRA = 4


@dataclass(frozen=True)
class Part:
    """One name during one window. `counts`: {bucket: requests}, the buckets of loadhost.stats.Histogram."""

    requests: int
    failures: int
    duration_s: float
    sum_us: int
    counts: Mapping[int, int]


class Classes:
    """The classes of buckets in which all runs of one comparison are counted, and where each lies in ms."""

    def __init__(self, runs: Iterable[Sequence[Part]], quantities: Sequence[Quantity]) -> None:
        merged = [_merged(parts) for parts in runs]
        near = sorted({bucket for counts in merged for bucket in _near(counts, quantities)})
        self.of: dict[int, int] = {}
        self.bounds: list[tuple[float, float]] = []
        first, coarse = -1, False
        for bucket, (low, high) in _spans(sorted({bucket for counts in merged for bucket in counts})).items():
            place = bisect_left(near, bucket - _NEAR)
            exact = place < len(near) and near[place] <= bucket + _NEAR
            if not exact and coarse and bucket - first < _COARSE:
                self.bounds[-1] = (self.bounds[-1][0], high)
            else:
                self.bounds.append((low, high))
                first, coarse = bucket, not exact
            self.of[bucket] = len(self.bounds) - 1


class Packer:
    """From the windows of some runs to integers and, of a sum of integers, back to figures."""

    def __init__(self, runs: Sequence[Sequence[Part]], quantities: Sequence[Quantity]) -> None:
        self._classes, self._quantities = Classes(runs, quantities), quantities
        longest = 2 * max(map(len, runs), default=0)
        most = longest * max((part.requests for parts in runs for part in parts), default=0)
        # No sum of a resample, which may hold the busiest window again and again, runs over into the next field.
        self._code, width, room = ("I", 4, 2**32) if most < 2**32 else ("Q", 8, 2**64)
        self._bytes = (len(self._classes.bounds) + _EXTRA) * width
        longest_us = longest * max((part.sum_us for parts in runs for part in parts), default=0)
        self._unit_us = longest_us // room + 1
        length_us = longest * max((part.duration_s for parts in runs for part in parts), default=0.0) * 1e6
        self._unit_s = (length_us // room + 1) / 1e6

    def pack(self, part: Part) -> int:
        """One window."""
        fields = array(self._code, bytes(self._bytes))
        of = self._classes.of
        for bucket, number in part.counts.items():
            fields[of[bucket]] += number
        fields[-4], fields[-3] = part.requests, part.failures
        fields[-2], fields[-1] = part.sum_us // self._unit_us, round(part.duration_s / self._unit_s)
        return int.from_bytes(fields.tobytes(), "little")

    def figures(self, packed: int) -> list[float | None]:
        """The figures of a sum of windows, one for each quantity; None for what is not there."""
        fields = memoryview(packed.to_bytes(self._bytes, "little")).cast(self._code)  # type: ignore[call-overload]
        requests, failures, time, length = fields[-4], fields[-3], fields[-2], fields[-1]
        if not requests or not length:
            return [None] * len(self._quantities)
        below = list(accumulate(fields[:-_EXTRA]))
        found: list[float | None] = []
        for quantity in self._quantities:
            if quantity.quantile is not None:
                found.append(self._percentile(below, quantity.quantile))
            elif quantity.kind == RATE:
                found.append(requests / (length * self._unit_s))
            else:
                found.append(failures / requests if quantity.kind == RATIO else time * self._unit_us / requests / 1000)
        return found

    def _percentile(self, below: Sequence[int], quantile: float) -> float | None:
        """Within its class in a straight line, so that it does not jump from class to class."""
        if not below or not below[-1]:
            return None
        rank = quantile * below[-1]
        place = bisect_left(below, rank)
        before = below[place - 1] if place else 0
        low, high = self._classes.bounds[place]
        return low + (high - low) * (rank - before) / (below[place] - before)


def _merged(parts: Iterable[Part]) -> dict[int, int]:
    merged: dict[int, int] = {}
    for part in parts:
        for bucket, number in part.counts.items():
            merged[bucket] = merged.get(bucket, 0) + number
    return merged


def _near(counts: Mapping[int, int], quantities: Sequence[Quantity]) -> list[int]:
    """The buckets in which the percentiles lie."""
    if not counts:
        return []
    buckets = sorted(counts)
    below = list(accumulate(counts[bucket] for bucket in buckets))
    return [buckets[bisect_left(below, q.quantile * below[-1])] for q in quantities if q.quantile is not None]


def _spans(buckets: Sequence[int]) -> dict[int, tuple[float, float]]:
    """{bucket: (low, high) in ms}, as the histogram itself has it."""
    ones = {"sum_us": 0, "min_us": 0, "max_us": 0, "buckets": buckets, "counts": [1] * len(buckets)}
    found = Histogram.from_plain(ones).buckets()
    return {bucket: (low, high) for bucket, (low, high, _) in zip(buckets, found, strict=True)}
