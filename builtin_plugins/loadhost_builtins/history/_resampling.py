"""The block bootstrap over windows: how far the figures of a run could as well have come out, had it been run again.

Neighbouring windows resemble each other: a slow second is followed by slow seconds. Drawing single windows would make
that memory vanish and the figures look surer than they are, so blocks of neighbouring windows are drawn (Kuensch 1989;
circular, as Politis and Romano 1992 have it, so that each window is drawn equally often).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from statistics import fmean

from loadhost_builtins.history._packing import Packer, Part

_MOST_MEMORY = 0.9


class Draws:
    """Which blocks each resample of one run is made of: the same for all its names, whose seconds belong together."""

    def __init__(self, windows: int, block: int, resamples: int, random: Random) -> None:
        self.windows, self.block = windows, block
        number = math.ceil(windows / block)
        self.starts = [[int(random.random() * windows) for _ in range(number)] for _ in range(resamples)]
        self.inflation = 1 / math.sqrt(max(1 - 3 * block / windows, 0.25))
        """Few blocks vary less than runs would, and it is less sure by how much they do. Found by trying: without it
        one comparison in fifteen of made-up runs of the same was a false alarm."""

    def resample(self, packed: Sequence[int], packer: Packer) -> list[list[float | None]]:
        """The figures of every resample of the windows, each packed."""
        sums = list(accumulate([*packed, *packed[: self.block]], initial=0))
        blocks = [sums[start + self.block] - sums[start] for start in range(self.windows)]
        take, figures = blocks.__getitem__, packer.figures
        return [figures(sum(map(take, starts))) for starts in self.starts]


def block_length(parts: Sequence[Part]) -> int:
    """How many windows a block has, from the memory of the run: Carlstein's rule for a series whose neighbours have
    the correlation r, (sqrt(6) r / (1 - r^2))^(2/3) n^(1/3) (1986), at least n^(1/3), at most a fifth of the run; and
    half as much again, for chance among the requests of a window hides a part of its memory."""
    n = len(parts)
    r = min(max(_memory([part.sum_us / part.requests for part in parts if part.requests]), 0.0), _MOST_MEMORY)
    wanted: float = max((math.sqrt(6) * r / (1 - r * r)) ** (2 / 3), 1.0) * n ** (1 / 3)
    return max(1, min(math.ceil(1.5 * wanted), n // 5))


def _memory(values: Sequence[float]) -> float:
    """How much each value is like the one before: the correlation of neighbours, of the logarithms."""
    logs = [math.log(value) for value in values if value > 0]
    if len(logs) < 3:
        return 0.0
    mean = fmean(logs)
    whole = sum((value - mean) ** 2 for value in logs)
    return sum((a - mean) * (b - mean) for a, b in pairwise(logs)) / whole if whole else 0.0
