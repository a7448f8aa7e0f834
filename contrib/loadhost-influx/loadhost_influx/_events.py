"""Points of what happened: the marks of a run and its verdict, for annotations on the charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loadhost import RunResult

from loadhost_influx._points import Run, nanoseconds

EVENTS = "loadhost_events"


class Events:
    """Remembers which marks were written already."""

    def __init__(self) -> None:
        self._seen = 0

    def lines(self, run: Run, marks: Any) -> Iterator[str]:
        """A point for each mark that is new; `marks` is `environment.marks`."""
        for mark in marks[self._seen :]:
            # A nanosecond each, so that two marks of a kind at the same microsecond are two points.
            time_ns = nanoseconds(mark.time_s) + self._seen % 1000
            self._seen += 1
            tags = (("kind", mark.kind), ("source", mark.source))
            yield from run.point(EVENTS, tags, {"text": mark.text}, time_ns)


def verdict_lines(run: Run, result: RunResult) -> Iterator[str]:
    """The verdict of the run, and what each plugin said, at the time of its end: how fit the generator was is one."""
    time_ns = nanoseconds(result.ended_s)
    text = f"{result.outcome.value}, exit code {result.exit_code}"
    whole = f"{text}: {result.verdict}" if result.verdict else text
    fields = {"text": whole, "outcome": result.outcome.value, "exit_code": result.exit_code}
    yield from run.point(EVENTS, (("kind", "verdict"), ("source", "loadhost")), fields, time_ns)
    for number, part in enumerate(result.parts, 1):
        says = {"text": f"{part.verdict.outcome.value}: {part.verdict.reason}", "outcome": part.verdict.outcome.value}
        tags = (("kind", "judgement"), ("source", part.plugin))
        yield from run.point(EVENTS, tags, says, time_ns + number)
