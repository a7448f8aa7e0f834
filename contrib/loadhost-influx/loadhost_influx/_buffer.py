"""Points on their way to the spool: about a second of them, and never more than a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence

MOST_POINTS = 5_000
"""In one batch."""

MOST_BYTES = 16 << 20
"""In memory, while the disk doesn't keep up."""


class Buffer:
    """`produced`: every point that came. `lost`: those that found no room; they are counted with the next batch."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.produced = 0
        self.lost = 0
        self._lines: list[str] = []
        self._bytes = 0
        self._most_bytes = most_bytes

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, lines: Sequence[str]) -> None:
        """Keep all of them or none; the caller's sequence is not kept."""
        size = sum(map(len, lines))
        self.produced += len(lines)
        if self._bytes + size > self._most_bytes:
            self.lost += len(lines)
            return
        self._bytes += size
        # A line feed in a text would make two lines of it, wherever the batch is read again.
        self._lines += [line.replace("\n", "\\n") if "\n" in line else line for line in lines]

    def take(self) -> tuple[list[str], int]:
        """The next batch, and how many were lost since the last one."""
        lines, self._lines = self._lines[:MOST_POINTS], self._lines[MOST_POINTS:]
        self._bytes -= sum(map(len, lines))
        lost, self.lost = self.lost, 0
        return lines, lost
