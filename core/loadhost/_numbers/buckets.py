"""The scale of every histogram: microseconds, in buckets of which 128 share a power of two.

Up to 255 us each microsecond has a bucket of its own; above, a bucket is as wide as 1/128 of the power of two it lies
in, so its middle is within 0.4 % of every value in it (0.8 % is what loadhost promises). A day needs 3,968 buckets.
"""

from __future__ import annotations

from math import floor

SUB_BUCKETS = 128
EXACT_BELOW_US = 2 * SUB_BUCKETS
DAY_US = 24 * 60 * 60 * 1_000_000
"""The largest time that is told apart: what is longer counts as a day."""

_SUB_BITS = SUB_BUCKETS.bit_length() - 1


def microseconds(ms: float) -> int:
    """Whole microseconds, rounded. NaN and minus infinity read as 0, infinity as a day: one odd clock or client
    must not end a run or spoil a mean. The histogram clamps what else is negative or longer than a day.
    """
    try:
        return floor(ms * 1000.0 + 0.5) if ms >= 0.0 else 0
    except OverflowError:
        return DAY_US


def bucket_of(us: int) -> int:
    """The bucket of a time from 0 to DAY_US."""
    if us < EXACT_BELOW_US:
        return us
    shift = us.bit_length() - 1 - _SUB_BITS
    return (shift << _SUB_BITS) + (us >> shift)


def bucket_range(bucket: int) -> tuple[int, int]:
    """The first microsecond of a bucket and the first one after it."""
    if bucket < EXACT_BELOW_US:
        return bucket, bucket + 1
    shift = (bucket >> _SUB_BITS) - 1
    low = (bucket - (shift << _SUB_BITS)) << shift
    return low, low + (1 << shift)


def bucket_middle(bucket: int) -> float:
    """The middle of the whole microseconds of a bucket."""
    low, after = bucket_range(bucket)
    return (low + after - 1) / 2
