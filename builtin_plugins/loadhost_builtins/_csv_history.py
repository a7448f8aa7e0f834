"""The history of a run as CSV rows: each second a row of all requests and, if wanted, one of every name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from loadhost import StatsWindow
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures

from loadhost_builtins._csv_rows import Row, history_row
from loadhost_builtins._rolling import Recent, Totals

Key = tuple[str, str]


class _Line:
    """The rows of one name, or of all requests."""

    def __init__(self) -> None:
        self.recent, self.totals = Recent(), Totals()

    def row(self, window: StatsWindow, name: str, method: str) -> Row:
        self.recent.add(window)
        self.totals.add(window)
        totals = replace(self.totals.figures(), name=name, method=method)
        return history_row(window, self.recent.figures(), self.recent.seconds, totals)


class History:
    """Adds up windows. `full`: a row for every name that has had traffic, before that of all requests."""

    def __init__(self, *, full: bool) -> None:
        self._full = full
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._all, self._names = _Line(), dict[Key, _Line]()

    @property
    def seconds(self) -> float:
        """How long the run is, so far."""
        return self._all.totals.seconds

    def rows(self, window: StatsWindow) -> Iterator[Row]:
        """Take in the newest window and give its rows."""
        if self._full:
            for key in window.entries:
                self._names.setdefault(key, _Line())
            for key in sorted(self._names):
                yield self._names[key].row(replace(window, total=_figures(window, key)), *key)
        yield self._all.row(window, "Aggregated", "")


def _figures(window: StatsWindow, key: Key) -> EntryFigures:
    return window.entries.get(key) or EntryFigures(*key, 0, 0, Histogram(), Histogram(), 0)
