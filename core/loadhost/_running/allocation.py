"""How many users of each class there are among N: exact proportions by weight, at every N.

The quota method of Balinski and Young (M. L. Balinski, H. P. Young, "The Quota Method of Apportionment", American
Mathematical Monthly 82, 1975): every class always has its exact share, rounded up or down, and adding a user never
takes one away from another class, which rounding alone (largest remainders) would do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any


class Allocation:
    """Shares out users among classes with `weight` (int or float) and `fixed_count`; those with a fixed count first."""

    def __init__(self, user_classes: Sequence[Any]) -> None:
        self._classes = tuple(user_classes)
        fixed = {cls: Fraction(cls.fixed_count) for cls in self._classes if cls.fixed_count}
        # str() makes 2.5 the decimal that was typed, not its binary neighbour.
        weights = {cls: Fraction(str(cls.weight)) for cls in self._classes if not cls.fixed_count and cls.weight > 0}
        self._fixed = _Sequence(fixed)
        self._fixed_total = int(sum(fixed.values()))
        self._weighted = _Sequence(weights)

    def counts(self, total: int) -> dict[Any, int]:
        """{class: users} for `total` users. Fewer in all if no class has a weight and the fixed counts are used up."""
        fixed = self._fixed.counts(min(total, self._fixed_total))
        weighted = self._weighted.counts(max(total - self._fixed_total, 0))
        return {cls: fixed.get(cls, 0) + weighted.get(cls, 0) for cls in self._classes}


class Turns:
    """Whose turn it is, for ever: the same order by weight, one after the other, in little memory and time.

    `fixed_count` means nothing here: it is a number of users, and turns are not users.
    """

    def __init__(self, user_classes: Sequence[Any]) -> None:
        weights = {cls: Fraction(str(cls.weight)) for cls in user_classes if cls.weight > 0}
        unit = math.lcm(*(weight.denominator for weight in weights.values()))
        self._weights = {cls: int(weight * unit) for cls, weight in weights.items()}
        self._sum = sum(self._weights.values())
        self._begin_round()

    def _begin_round(self) -> None:
        self._had, self._house = dict.fromkeys(self._weights, 0), 0

    def next(self) -> Any:
        """The class whose turn it is now."""
        if self._house == self._sum:
            self._begin_round()  # each has had exactly its share, so that all begins anew
        self._house += 1
        chosen, best = None, -1.0
        for cls, weight in self._weights.items():
            had = self._had[cls]
            if had * self._sum < self._house * weight and weight / (had + 1) > best:
                chosen, best = cls, weight / (had + 1)
        self._had[chosen] += 1
        return chosen


class _Sequence:
    """The order in which classes get their next user, worked out as far as it was needed."""

    def __init__(self, weights: dict[Any, Fraction]) -> None:
        self._weights = weights
        self._sum = sum(weights.values(), Fraction(0))
        self._order: list[Any] = []
        self._reached = dict.fromkeys(weights, 0)  # counts at the end of _order
        self._counts = dict.fromkeys(weights, 0)  # counts at _at, which a ramp moves by one
        self._at = 0

    def counts(self, total: int) -> dict[Any, int]:
        if not self._weights:
            return {}
        while len(self._order) < total:
            self._extend()
        while self._at < total:
            self._counts[self._order[self._at]] += 1
            self._at += 1
        while self._at > total:
            self._at -= 1
            self._counts[self._order[self._at]] -= 1
        return dict(self._counts)

    def _extend(self) -> None:
        house = len(self._order) + 1
        # Eligible: those that one more does not lift above their exact share rounded up.
        eligible = [c for c, weight in self._weights.items() if self._reached[c] * self._sum < house * weight]
        chosen = max(eligible, key=lambda c: self._weights[c] / (self._reached[c] + 1))
        self._reached[chosen] += 1
        self._order.append(chosen)
