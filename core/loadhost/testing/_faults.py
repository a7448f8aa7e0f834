"""Faults of the shop: what goes wrong, how often, and a draw that is the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Faults:
    """What the shop does wrong on purpose. Without arguments: nothing.

    `fail_ratio`: the share (0..1) of requests answered with `status`. `latency_ms`: added to every answer.
    `reset_ratio`: the share whose connection is reset instead of an answer. `stall_ratio`: the share that is never
    answered while the connection stays open. `path`: only requests whose path begins with it. `after_s`: the
    faults begin so many seconds after the first request that comes after they were set.
    """

    fail_ratio: float = 0.0
    status: int = 503
    latency_ms: float = 0.0
    reset_ratio: float = 0.0
    stall_ratio: float = 0.0
    path: str = "/"
    after_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("fail_ratio", "reset_ratio", "stall_ratio"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a ratio from 0 to 1, not {getattr(self, name)!r}")
        if self.fail_ratio + self.reset_ratio + self.stall_ratio > 1.000001:
            raise ValueError("fail_ratio, reset_ratio and stall_ratio are shares of all requests: together at most 1")
        for name in ("latency_ms", "after_s"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is a time, 0 or more, not {getattr(self, name)!r}")
        if not (isinstance(self.status, int) and 400 <= self.status <= 599):
            raise ValueError(f"status is the status of a failing answer, 400 to 599, not {self.status!r}")

    @classmethod
    def from_json(cls, settings: object) -> Faults:
        """Faults from what a client sent. Raises ValueError with the allowed names for anything else."""
        names = [field.name for field in fields(cls)]
        if not isinstance(settings, Mapping) or not set(settings) <= set(names):
            raise ValueError(f"faults are a JSON object with any of {', '.join(names)}; got {settings!r}")
        try:
            return cls(**settings)
        except TypeError:
            raise ValueError(f"faults are numbers, but for path, which is a text; got {settings!r}") from None

    def as_json(self) -> dict[str, Any]:
        """What `from_json` takes."""
        return asdict(self)


class EvenDraw:
    """Draws one of several words, each in its share of all draws, the same ones in the same order for a seed.

    Evenly: of each `block` of draws a word gets its share, at shuffled places. Independent draws would make a short
    demo fail now with 2 % and now with 9 %.
    """

    def __init__(self, shares: Mapping[str, float], seed: str, block: int = 20) -> None:
        self._shares = {word: share for word, share in shares.items() if share > 0}
        self._random = random.Random(seed)
        self._block = block
        self._owed = dict.fromkeys(self._shares, 0.0)
        self._left: list[str | None] = []

    def draw(self) -> str | None:
        """The next word, or None for the rest of the shares."""
        if not self._shares:
            return None
        if not self._left:
            self._refill()
        return self._left.pop()

    def _refill(self) -> None:
        block: list[str | None] = []
        for word, share in self._shares.items():
            self._owed[word] += share * self._block
            count = min(round(self._owed[word]), self._block - len(block))
            self._owed[word] -= count
            block += [word] * count
        block += [None] * (self._block - len(block))
        self._random.shuffle(block)
        self._left = block
