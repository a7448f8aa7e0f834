"""Writer: the rows of one run, written once a second in the background thread. Nothing here runs in a greenlet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadhost.stats import merge_entries
from loadhost_hookspecs import EntryFigures

from loadhost_builtins.history._database import HistoryError, open_database, saying, transaction
from loadhost_builtins.history._process import ProcessId
from loadhost_builtins.history._pruning import prune
from loadhost_builtins.history._records import Key, entry_from, packed, plain_entry, unpacked

MOST_WINDOWS = 600
"""Windows that a run keeps. When there are more, neighbours are merged: of a day each has a few minutes."""


@dataclass(frozen=True)
class Beginning:
    """What is known of a run when it begins."""

    run_id: str
    started_s: float
    version: str
    command: str
    options: Mapping[str, Any]
    tags: Sequence[str]
    process: ProcessId
    loadfiles: Sequence[str]


@dataclass(frozen=True)
class NewWindow:
    """A window to be written. `entries`: (key, plain figures)."""

    start_s: float
    duration_s: float
    users: int
    requests: int
    failures: int
    entries: Sequence[tuple[Key, list[Any]]]


@dataclass(frozen=True)
class Ending:
    """What is known of a run when it is over: columns of `runs`, and the figures of each name."""

    columns: Mapping[str, Any]
    entries: Sequence[tuple[Key, list[Any]]]


class Writer:
    """Writes one run; every method may raise HistoryError."""

    def __init__(self, path: Path, *, most_windows: int = MOST_WINDOWS, max_pages: int | None = None) -> None:
        self.path = path
        self._most_windows = most_windows
        self._names: dict[Key, int] = {}
        self._run = 0
        self._windows = 0
        self._connection: sqlite3.Connection | None = open_database(path, make=True, max_pages=max_pages)

    def begin(self, beginning: Beginning) -> None:
        """A run begins: from now on it is in the list. Old ones go."""
        process = beginning.process
        self._names, self._windows = {}, 0
        with saying(self.path), transaction(self._open):
            prune(self._open)
            cursor = self._open.execute(
                "INSERT INTO runs (id, started_s, last_s, host, pid, process_s, boot_s, version, command, loadfiles, "
                "options) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    beginning.run_id, beginning.started_s, beginning.started_s, process.host, process.pid,
                    process.started_s, process.boot_s, beginning.version, _text(beginning.command),
                    _json(beginning.loadfiles), _json(beginning.options),
                ),
            )  # fmt: skip
            self._run = int(cursor.lastrowid or 0)
            self._open.executemany(
                "INSERT OR IGNORE INTO tags VALUES (?, ?)", [(self._run, tag) for tag in beginning.tags]
            )

    def write(self, windows: Sequence[NewWindow]) -> None:
        """Append windows, all or none."""
        known, count = dict(self._names), self._windows
        try:
            self._write(windows)
        except BaseException:  # nothing was written, neither are the names of this try
            self._names, self._windows = known, count
            raise

    def _write(self, windows: Sequence[NewWindow]) -> None:
        with saying(self.path), transaction(self._open):
            for window in windows:
                blob = packed([[self._name(key), *plain] for key, plain in window.entries])
                self._open.execute(
                    "INSERT INTO windows (run, start_s, duration_s, seconds, users, requests, failures, entries) "
                    "VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
                    (self._run, window.start_s, window.duration_s, window.users, window.requests, window.failures,
                     blob),
                )  # fmt: skip
                self._windows += 1
                self._open.execute(
                    "UPDATE runs SET last_s = ?, counted_s = counted_s + ?, users = max(users, ?) WHERE number = ?",
                    (window.start_s + window.duration_s, window.duration_s, window.users, self._run),
                )
            while self._windows > self._most_windows:
                self._merge_two()

    def forget(self) -> None:
        """The statistics were reset: what was written of this run counts no more."""
        with saying(self.path), transaction(self._open):
            self._open.execute("DELETE FROM windows WHERE run = ?", (self._run,))
            self._open.execute("UPDATE runs SET counted_s = 0 WHERE number = ?", (self._run,))
        self._windows = 0

    def end(self, ending: Ending) -> None:
        """The run is over."""
        columns = {name: _text(value) if isinstance(value, str) else value for name, value in ending.columns.items()}
        with saying(self.path), transaction(self._open):
            assignments = ", ".join(f"{name} = :{name}" for name in columns)
            self._open.execute(f"UPDATE runs SET {assignments} WHERE number = :run", {**columns, "run": self._run})
            self._open.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)",
                [(self._run, self._name(key), packed(plain)) for key, plain in ending.entries],
            )

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with saying(self.path):
                connection.close()

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise HistoryError(f"history {self.path}: is closed")
        return self._connection

    def _name(self, key: Key) -> int:
        """The number of a name; a new one is written."""
        if key not in self._names:
            number = len(self._names) + 1
            self._open.execute(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", (self._run, number, *map(_text, key))
            )
            self._names[key] = number
        return self._names[key]

    def _merge_two(self) -> None:
        """Merge two neighbours: the oldest of the shortest windows of which there are two."""
        rows = self._open.execute(
            "SELECT number, start_s, duration_s, seconds, users, requests, failures, entries FROM windows "
            "WHERE run = :run AND seconds = (SELECT seconds FROM windows WHERE run = :run GROUP BY seconds "
            "HAVING count(*) > 1 ORDER BY seconds LIMIT 1) ORDER BY number LIMIT 2",
            {"run": self._run},
        ).fetchall()
        (number, start, length, seconds, _, requests, failures, one), (gone, _, more, _, users, *sums, other) = rows
        self._open.execute("DELETE FROM windows WHERE number = ?", (gone,))
        self._open.execute(
            "UPDATE windows SET start_s = ?, duration_s = ?, seconds = ?, users = ?, requests = ?, failures = ?, "
            "entries = ? WHERE number = ?",
            (start, length + more, 2 * seconds, users, requests + sums[0], failures + sums[1],
             _merged(one, other), number),
        )  # fmt: skip
        self._windows -= 1


def _merged(one: bytes, other: bytes) -> bytes:
    entries: dict[int, EntryFigures] = {}
    for number, *plain in (*unpacked(one), *unpacked(other)):
        figures = entry_from("", "", plain)
        entries[number] = merge_entries(entries[number], figures) if number in entries else figures
    return packed([[number, *plain_entry(figures, both=False)] for number, figures in entries.items()])


def _json(data: object) -> str:
    return json.dumps(data, default=str)


def _text(text: str) -> str:
    """What UTF-8 has no bytes for (a lone surrogate in a name) is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
