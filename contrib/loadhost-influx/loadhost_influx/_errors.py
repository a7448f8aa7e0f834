"""Points of what failed: error texts of requests and exceptions of tasks, as much as is new since the last time.

The text is a field, never a tag: it may hold ids and secrets of anything. A short hash of it is the tag, so that two
texts of one request at one time don't overwrite each other, and can be told apart in a query.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from loadhost_influx._line import Fields
from loadhost_influx._points import Run, TagPairs

EXCEPTIONS = "loadhost_exceptions"


class Errors:
    """Remembers how often each was counted already."""

    def __init__(self) -> None:
        self._told: dict[tuple[TagPairs, str], int] = {}

    def copy(self) -> Errors:
        """Another one, that has told the same."""
        errors = Errors()
        errors._told = dict(self._told)
        return errors

    def lines(self, run: Run, stats: Any, time_ns: int, redact: Callable[[str], str] = str) -> Iterator[str]:
        """A point for each row of `stats.errors` and `stats.exceptions` that has grown; `stats` is a run's.

        `redact` takes secrets out of names and texts; what is the same without them is one row.
        """
        counts: Counter[tuple[TagPairs, str]] = Counter()
        for (name, method, error), row in stats.errors.items():
            tags: TagPairs = (("kind", "failure"), ("method", method), ("name", redact(name)))
            counts[tags, redact(error)] += row.count
        for (user_class, message), row in stats.exceptions.items():
            counts[(("kind", "exception"), ("user_class", user_class)), redact(message)] += row.count
        for key, count in counts.items():
            told = self._told.get(key, 0)
            if count < told:  # statistics were reset
                told = 0
            self._told[key] = count
            if count > told:
                tags, text = key
                fields: Fields = {"count": count - told, "text": text}
                yield from run.point(EXCEPTIONS, (*tags, ("error", _hash(text))), fields, time_ns)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
