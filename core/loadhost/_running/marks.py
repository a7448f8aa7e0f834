"""Marks: what happened in a run and when, `environment.marks`; for charts, reports and exporters."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from time import time
from typing import overload

from loadhost_hookspecs import Mark

logger = logging.getLogger("loadhost.runners")

CORE = "loadhost"
LIMIT = 1000
LIMIT_OF_ONE = 500
"""So many marks of one source, at most: a shape that changes the load each second leaves room for the guard's."""
_LONGEST = 300


class Marks(Sequence[Mark]):
    """The marks of the run under way, in the order in which they were added; they are never changed or removed.

    Whoever wants the new ones keeps an index: `marks[seen:]`. `dropped`: how many there was no room for.
    """

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self._of_source: Counter[str] = Counter()
        self.dropped = 0

    def add(self, kind: str, text: str, *, source: str = "loadfile", time_s: float | None = None) -> None:
        """Record that something happened, now or at `time_s` (epoch seconds).

        `kind`: one word for those of a kind ("deploy", "guard"). `text`: one line. `source`: the name of the plugin.
        """
        # The last of all: without it a chart would not know why the line ends.
        essential = source == CORE and kind == "stop"
        if not essential and (len(self._marks) >= LIMIT or self._of_source[source] >= LIMIT_OF_ONE):
            self.dropped += 1
            if self.dropped == 1:
                logger.warning("%s has no room for more marks of this run: further ones are dropped", source)
            return
        self._of_source[source] += 1
        line = " ".join(str(text).split())
        line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
        self._marks.append(Mark(time() if time_s is None else time_s, source, kind, line))

    def clear(self) -> None:
        """Another run begins. Called by the environment."""
        # A new list: an exporter may be in the middle of iterating over the old one.
        self._marks, self._of_source, self.dropped = [], Counter(), 0

    @overload
    def __getitem__(self, index: int) -> Mark: ...

    @overload
    def __getitem__(self, index: slice) -> list[Mark]: ...

    def __getitem__(self, index: int | slice) -> Mark | list[Mark]:
        return self._marks[index]

    def __len__(self) -> int:
        return len(self._marks)

    def __iter__(self) -> Iterator[Mark]:
        return iter(tuple(self._marks))
