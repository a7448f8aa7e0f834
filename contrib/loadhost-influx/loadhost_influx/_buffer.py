"""Points on their way to the spool: about a second of them, and never more than a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_BYTES = 64 << 20
"""In memory, while the disk doesn't keep up; and room for one stretch of 2,000 names with all their buckets, 30 MiB
with long tags, which goes to disk in one piece."""


class Contents(NamedTuple):
    """What came since the last time; see Spool.append."""

    lines: list[str]
    lost: int
    drafts: list[str]
    forget_drafts: bool


class Buffer:
    """`produced`: every point that came. `lost`: those that found no room; they are counted with the next batch."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.produced = 0
        self.lost = 0
        self._lines: list[str] = []
        self._drafts: list[str] = []
        self._forget_drafts = False
        self._bytes = 0
        self._most_bytes = most_bytes

    def __len__(self) -> int:
        return len(self._lines)

    def __bool__(self) -> bool:
        return bool(self._lines or self.lost or self._drafts or self._forget_drafts)

    def put(self, lines: Sequence[str]) -> None:
        """Keep all of them or none; the caller's sequence is not kept."""
        self.produced += len(lines)
        if self._has_room_for(lines):
            self._lines += map(one_line, lines)
        else:
            self.lost += len(lines)

    def draft(self, lines: Sequence[str]) -> None:
        """Keep them as drafts, if there is room."""
        if self._has_room_for(lines):
            self._drafts += map(one_line, lines)

    def forget_drafts(self) -> None:
        """All that came before."""
        self._drafts.clear()
        self._forget_drafts = True

    def take(self) -> Contents:
        """Everything; the buffer is empty then."""
        contents = Contents(self._lines, self.lost, self._drafts, self._forget_drafts)
        self._lines, self._drafts, self._forget_drafts, self.lost, self._bytes = [], [], False, 0, 0
        return contents

    def _has_room_for(self, lines: Sequence[str]) -> bool:
        size = sum(map(len, lines))
        if self._bytes + size > self._most_bytes:
            return False
        self._bytes += size
        return True


def one_line(line: str) -> str:
    """A line feed in a text would make two lines of it, wherever the batch is read again."""
    return line.replace("\n", "\\n") if "\n" in line else line
