"""How many users are wanted at which time."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True)
class Ramp:
    """From `start` users to `target`, `rate` users per second up or down; the first step at once."""

    start: int
    target: int
    rate: float

    def users_at(self, elapsed_s: float) -> int:
        """The number of users wanted `elapsed_s` after the ramp began."""
        moved = min(1 + self._steps(elapsed_s), abs(self.target - self.start))
        return self.start + moved if self.target >= self.start else self.start - moved

    def duration_s(self) -> float:
        """When the target is reached, in seconds after the ramp began."""
        return max(abs(self.target - self.start) - 1, 0) / self.rate

    def next_change_s(self, elapsed_s: float) -> float:
        """When the number changes next, in seconds after the ramp began."""
        return (1 + self._steps(elapsed_s)) / self.rate

    def _steps(self, elapsed_s: float) -> int:
        # The tiny bias keeps the step that is due exactly now from being lost to rounding.
        return floor(self.rate * elapsed_s + 1e-9)
