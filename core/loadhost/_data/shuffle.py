"""Shuffle: the numbers 0 to n-1 in an order that a seed decides on, the same on every machine, in bounded memory.

Up to 65,536 numbers are shuffled as a list. For more a Feistel network on a grid of a x b >= n numbers is used, after
J. Black, P. Rogaway, "Ciphers with Arbitrary Finite Domains" (CT-RSA 2002): it takes a number to another one and no
two to the same; what falls outside of n goes through it again.
"""

from __future__ import annotations

import math
import random
from array import array

MOST_IN_MEMORY = 1 << 16
_ROUNDS = 6
_MASK = (1 << 64) - 1


class Shuffle:
    """`Shuffle(n, key)[i]` for i in 0..n-1 gives each of 0..n-1 once."""

    def __init__(self, count: int, key: str) -> None:
        self._count = count
        draw = random.Random(key)  # a text as seed goes through SHA-512: the same everywhere
        self._order: array[int] | None = None
        if count <= MOST_IN_MEMORY:
            self._order = array("L", range(count))
            draw.shuffle(self._order)
            return
        self._rows = math.isqrt(count - 1) + 1
        self._columns = -(-count // self._rows)
        self._keys = [draw.getrandbits(64) for _ in range(_ROUNDS)]

    def __getitem__(self, place: int) -> int:
        if self._order is not None:
            return self._order[place]
        while True:
            place = self._step(place)
            if place < self._count:
                return place

    def _step(self, number: int) -> int:
        sizes = (self._rows, self._columns)
        left, right = number % sizes[0], number // sizes[0]
        for turn, key in enumerate(self._keys):
            left, right = right, (left + _mixed(right, key)) % sizes[turn % 2]
        return left + right * sizes[0]


def _mixed(number: int, key: int) -> int:
    """A function of 64 bits that looks random: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    z = (number * 0x9E3779B97F4A7C15 + key) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
