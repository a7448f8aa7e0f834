"""The bounds of the buckets: ten to a decade, from 0.1 ms to 100 s, the preferred numbers R10 of ISO 3.

Fixed for ever, so that buckets of all runs, names and hours merge: by adding their counts.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)

BOUNDS_MS: tuple[float, ...] = (*(round(step * 10.0**power, 3) for power in range(-1, 5) for step in _STEPS), 100_000.0)
BEYOND = "+Inf"
_NAMES = tuple(f"{bound:.12g}" for bound in BOUNDS_MS)


@lru_cache(maxsize=4096)
def bound_of(ms: float) -> str:
    """The tag `le` of the bucket that holds this time: the smallest bound that is not below it, in ms."""
    index = bisect_left(BOUNDS_MS, ms)
    return _NAMES[index] if index < len(_NAMES) else BEYOND
