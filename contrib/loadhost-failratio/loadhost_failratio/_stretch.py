"""Stretch: the part of a run that a rule looks at, the whole of it or the last so many seconds.

It is added up once a second in the process that makes the load, so what that costs must not grow with its length.
"""

from __future__ import annotations

from collections import deque

from loadhost_failratio._parts import Part, accumulated, at_rest, merged

BLOCKS = 60
"""A rolling stretch is kept in at most so many blocks, and one."""


class WholeRun:
    """Everything since the beginning, in one part."""

    is_full = False

    def __init__(self) -> None:
        self.part = Part()

    def add(self, part: Part) -> Part:
        """Take in the newest window; the sum."""
        self.part = accumulated(self.part, part)
        return self.part


class Rolling:
    """The last `span_s` seconds. Beyond a minute it moves on in steps of a sixtieth of its length.

    A queue made of two stacks: adding up sixty histograms takes 6 ms, this takes two additions. `_old` holds sums: the
    last of them is that of all old blocks, without it comes that of all but the oldest, and so on.
    """

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._old: list[Part] = []
        self._new: list[Part] = []
        self._sum_of_new = Part()
        self._seconds: deque[float] = deque()  # of all blocks, the oldest first
        self.is_full = False

    def add(self, part: Part) -> Part:
        """Take in the newest window, let go of what is too old; the sum."""
        if self._new and self._seconds[-1] + part.seconds <= self._span_s / BLOCKS:
            self._new[-1] = merged([self._new[-1], part])
            self._seconds[-1] += part.seconds
        else:
            self._new.append(part)
            self._seconds.append(part.seconds)
        self._sum_of_new = accumulated(self._sum_of_new, part)
        seconds = sum(self._seconds)
        # A block goes when more than half of it is too old: with windows of 1.001 s, ten still make "10 s".
        while len(self._seconds) > 1 and seconds - self._span_s > self._seconds[0] / 2:
            seconds -= self._seconds.popleft()
            self._drop_oldest()
        self.is_full = self.is_full or seconds >= 0.99 * self._span_s
        return merged([self._old[-1], self._sum_of_new]) if self._old else self._sum_of_new

    @property
    def blocks(self) -> int:
        """How many blocks it is kept in."""
        return len(self._seconds)

    def _drop_oldest(self) -> None:
        if not self._old:
            total = Part()
            for block in reversed(self._new):
                total = accumulated(total, block, before=True)
                self._old.append(at_rest(total))
            self._new, self._sum_of_new = [], Part()
        self._old.pop()


def stretch_for(span_s: float | None) -> WholeRun | Rolling:
    """The whole run for None."""
    return WholeRun() if span_s is None else Rolling(span_s)
