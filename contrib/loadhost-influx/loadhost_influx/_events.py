"""Points of what happened: the marks of a run, for annotations on the charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from loadhost_influx._points import Run, nanoseconds

EVENTS = "loadhost_events"


class Events:
    """Remembers which marks were written already."""

    def __init__(self) -> None:
        self._seen = 0

    def lines(self, run: Run, marks: Any, redact: Callable[[str], str] = str) -> Iterator[str]:
        """A point for each mark that is new; `marks` is `environment.marks`, `redact` takes secrets out of texts."""
        for mark in marks[self._seen :]:
            # A nanosecond each, so that two marks of a kind at the same microsecond are two points.
            time_ns = nanoseconds(mark.time_s) + self._seen % 1000
            self._seen += 1
            tags = (("kind", mark.kind), ("source", mark.source))
            yield from run.point(EVENTS, tags, {"text": redact(mark.text)}, time_ns)
