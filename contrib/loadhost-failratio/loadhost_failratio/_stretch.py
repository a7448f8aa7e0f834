"""Stretch: the part of a run that a rule looks at, the whole of it or the last so many seconds."""

from __future__ import annotations

from collections import deque

from loadhost_failratio._parts import Part, merged

BLOCKS = 60
"""A rolling stretch is kept in at most so many blocks, and one: however long it is, adding it up takes no longer."""


class WholeRun:
    """Everything since the beginning, in one part."""

    is_full = False

    def __init__(self) -> None:
        self.part = Part()

    def add(self, part: Part) -> Part:
        """Take in the newest window; the sum."""
        self.part = merged([self.part, part])
        return self.part


class Rolling:
    """The last `span_s` seconds. Beyond a minute it moves on in steps of a sixtieth of its length."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._blocks: deque[Part] = deque()
        self.is_full = False

    def add(self, part: Part) -> Part:
        """Take in the newest window, let go of what is too old; the sum."""
        blocks = self._blocks
        if blocks and blocks[-1].seconds + part.seconds <= self._span_s / BLOCKS:
            blocks[-1] = merged([blocks[-1], part])
        else:
            blocks.append(part)
        seconds = sum(block.seconds for block in blocks)
        # A block goes when more than half of it is too old: with windows of 1.001 s, ten still make "10 s".
        while len(blocks) > 1 and seconds - self._span_s > blocks[0].seconds / 2:
            seconds -= blocks.popleft().seconds
        self.is_full = self.is_full or seconds >= 0.99 * self._span_s
        return self.part

    @property
    def part(self) -> Part:
        """The sum."""
        return merged(self._blocks) if self._blocks else Part()


def stretch_for(span_s: float | None) -> WholeRun | Rolling:
    """The whole run for None."""
    return WholeRun() if span_s is None else Rolling(span_s)
