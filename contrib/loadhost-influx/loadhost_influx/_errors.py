"""Points of what failed: error texts of requests and exceptions of tasks, as much as is new since the last time.

The text is a field, never a tag: it may hold ids and secrets of anything. A short hash of it is the tag, so that two
texts of one request at one time don't overwrite each other, and can be told apart in a query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from loadhost_influx._points import Run, TagPairs

EXCEPTIONS = "loadhost_exceptions"


class Errors:
    """Remembers how often each was counted already."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], int] = {}

    def copy(self) -> Errors:
        """Another one, that has told the same."""
        errors = Errors()
        errors._told = dict(self._told)
        return errors

    def lines(self, run: Run, stats: Any, time_ns: int) -> Iterator[str]:
        """A point for each row of `stats.errors` and `stats.exceptions` that has grown; `stats` is a run's."""
        for (name, method, error), row in stats.errors.items():
            tags: TagPairs = (("kind", "failure"), ("method", method), ("name", name))
            yield from self._line(run, tags, error, row.count, time_ns)
        for (user_class, message), row in stats.exceptions.items():
            tags = (("kind", "exception"), ("user_class", user_class))
            yield from self._line(run, tags, message, row.count, time_ns)

    def _line(self, run: Run, tags: TagPairs, text: str, count: int, time_ns: int) -> Iterator[str]:
        key = (*(value for _, value in tags), text)
        told = self._told.get(key, 0)
        if count < told:  # statistics were reset
            told = 0
        self._told[key] = count
        if count > told:
            fields: Mapping[str, float | str] = {"count": count - told, "text": text}
            yield from run.point(EXCEPTIONS, (*tags, ("error", _hash(text))), fields, time_ns)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
