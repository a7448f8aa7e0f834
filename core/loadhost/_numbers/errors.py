"""Failed requests by error text, and exceptions of tasks: grouped, capped, with the time of the first and the last."""

from __future__ import annotations

import re
from time import time

from loadhost_hookspecs import ErrorCount, ExceptionCount

from loadhost._numbers.caps import OTHER, Cap, Caps

MAX_ERROR_TEXT = 500
_MAX_TRACEBACK = 10_000
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")


def error_text(error: BaseException | str) -> str:
    """The text under which an error is counted: `ClassName('message')`, a string as it is; at most 500 characters.

    Addresses of objects (0x7f3a...) become 0x..., so that equal errors make one row.
    """
    if isinstance(error, str):
        text = error
    else:
        try:
            text = repr(error)
        except Exception:  # an exception class whose own repr fails must not fail the request's count
            text = f"{type(error).__name__}(<its repr() fails>)"
    text = _ADDRESS.sub("0x...", text[: 2 * MAX_ERROR_TEXT])
    return text if len(text) <= MAX_ERROR_TEXT else text[: MAX_ERROR_TEXT - 3] + "..."


class ErrorBook:
    """How often the requests of each (name, method) failed with each error text."""

    def __init__(self, caps: Caps) -> None:
        self._rows: dict[tuple[str, str, str], list[float]] = {}  # count, first_s, last_s
        self.cap = Cap(
            caps.errors,
            "different error texts",
            "Errors that differ in an id or a time are better named by their kind.",
        )

    def count(self, name: str, method: str, error: BaseException | str) -> None:
        """Count one failed request."""
        key = (name, method, error_text(error))
        if key not in self._rows and not self.cap.has_room(len(self._rows)):
            key = (name, method, OTHER)
        now = time()
        row = self._rows.setdefault(key, [0, now, now])
        row[0] += 1
        row[2] = now

    def counts(self) -> dict[tuple[str, str, str], ErrorCount]:
        """Every row as it is now, by (name, method, error text)."""
        return {key: ErrorCount(*key, int(count), first, last) for key, (count, first, last) in self._rows.items()}


class ExceptionBook:
    """How often tasks and on_start of each user class let each exception out."""

    def __init__(self, caps: Caps) -> None:
        self._rows: dict[tuple[str, str], _ExceptionRow] = {}
        self.cap = Cap(caps.exceptions, "different exceptions of tasks", "The log has each of them.")

    def count(self, user_class: str, exception: BaseException | str, traceback: str, node: str) -> None:
        """Count one exception; the traceback is kept of the first of its kind."""
        key = (user_class, error_text(exception))
        if key not in self._rows and not self.cap.has_room(len(self._rows)):
            key = (OTHER, OTHER)
        row = self._rows.setdefault(key, _ExceptionRow(traceback[-_MAX_TRACEBACK:]))
        row.count += 1
        row.nodes.add(node)

    def counts(self) -> dict[tuple[str, str], ExceptionCount]:
        """Every row as it is now, by (user class, message)."""
        return {
            key: ExceptionCount(*key, row.traceback, row.count, tuple(sorted(row.nodes)))
            for key, row in self._rows.items()
        }


class _ExceptionRow:
    __slots__ = ("count", "nodes", "traceback")

    def __init__(self, traceback: str) -> None:
        self.count, self.traceback = 0, traceback
        self.nodes: set[str] = set()
