"""Timeline: the whole run in a bounded number of windows, so that a month takes the memory of an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from loadhost_hookspecs import StatsWindow

from loadhost._numbers.merging import merge_windows

MAX_WINDOWS = 1800


class Timeline:
    """Windows of totals, without entries. When it is full, neighbours are merged; sums stay exactly the same.

    After that every window holds twice as many seconds (2, 4, 8, ...), new ones too, so that a chart of it has one
    resolution from end to end.
    """

    def __init__(self, limit: int = MAX_WINDOWS) -> None:
        self._limit = limit
        self._windows: list[StatsWindow] = []
        self._stride = 1  # how many windows of the run make one of the timeline
        self._in_last = 0  # how many the last one holds so far

    def append(self, window: StatsWindow) -> None:
        """Add the window that was closed last."""
        if self._windows and self._in_last < self._stride:
            self._windows[-1] = merge_windows(self._windows[-1], window)
            self._in_last += 1
            return
        if len(self._windows) >= self._limit:
            self._halve()
            self.append(window)
            return
        self._windows.append(replace(window, entries={}))
        self._in_last = 1

    def _halve(self) -> None:
        old = self._windows
        pairs = [merge_windows(old[i], old[i + 1]) for i in range(0, len(old) - 1, 2)]
        unpaired = len(old) % 2
        self._windows = pairs + old[len(old) - unpaired :]
        self._in_last = self._stride * (1 if unpaired else 2)
        self._stride *= 2

    def __iter__(self) -> Iterator[StatsWindow]:
        return iter(self._windows)

    def __len__(self) -> int:
        return len(self._windows)
