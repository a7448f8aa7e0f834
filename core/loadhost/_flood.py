"""Against floods of log lines: of what happens again and again, only the 1st, 10th, 100th time is told."""

from __future__ import annotations


def is_power_of_ten(count: int) -> bool:
    """Whether the `count`-th time is one to tell of: 1, 10, 100, ..."""
    while count >= 10 and count % 10 == 0:
        count //= 10
    return count == 1
