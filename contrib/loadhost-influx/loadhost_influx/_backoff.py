"""How long to wait before the next attempt: doubling, with jitter, up to a cap."""

from __future__ import annotations

import random

FIRST_S = 0.5
LONGEST_S = 10.0


class Backoff:
    """The jitter is half of the wait: processes that lost the same database don't come back all at once."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s = first_s
        self.longest_s = longest_s
        self._failures = 0

    def next(self) -> float:
        """Seconds; call it once per failure."""
        wait: float = min(self._first_s * 2 ** min(self._failures, 30), self.longest_s)
        self._failures += 1
        return wait * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
