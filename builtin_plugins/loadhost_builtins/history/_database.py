"""The file of the history: opened, checked and made; what goes wrong with it is a HistoryError of one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadhost import UsageError

VERSION = 1
"""The schema's. A file of a later one is not touched."""
APPLICATION = 0x6C6F6164
BUSY_S = 3.0
"""How long to wait for another process that writes just now."""

_SCHEMA = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    started_s REAL NOT NULL, last_s REAL NOT NULL, ended_s REAL, counted_s REAL NOT NULL DEFAULT 0,
    host TEXT NOT NULL, pid INTEGER NOT NULL, process_s REAL NOT NULL, boot_s REAL NOT NULL,
    version TEXT NOT NULL, command TEXT NOT NULL, loadfiles TEXT NOT NULL, options TEXT NOT NULL,
    outcome TEXT, exit_code INTEGER, verdict TEXT, parts TEXT, stop_reason TEXT, interrupted_by TEXT,
    users INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tags (run INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (run, tag)) WITHOUT ROWID;
CREATE TABLE names (
    run INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
    PRIMARY KEY (run, number)) WITHOUT ROWID;
CREATE TABLE entries (run INTEGER NOT NULL, name INTEGER NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (run, name));
CREATE TABLE windows (
    number INTEGER PRIMARY KEY, run INTEGER NOT NULL, start_s REAL NOT NULL, duration_s REAL NOT NULL,
    seconds INTEGER NOT NULL, users INTEGER NOT NULL, requests INTEGER NOT NULL, failures INTEGER NOT NULL,
    entries BLOB NOT NULL);
CREATE INDEX windows_of_run ON windows (run, seconds, number);
"""


class HistoryError(UsageError):
    """The history can't be read or written; the line says which file, why, and what to do."""


class LockedError(HistoryError):
    """Another process holds the file: a later try may succeed."""


@contextmanager
def saying(path: Path) -> Iterator[None]:
    """What SQLite and the system complain of inside becomes a HistoryError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(path, error) from error
    except OSError as error:
        raise HistoryError(
            f"history {path}: {error.strerror or error}; name another file: --history FILE, or none: --no-history"
        ) from error


def open_database(path: Path, *, make: bool, max_pages: int | None = None) -> sqlite3.Connection:
    """A connection, for use in one thread at a time. `make`: make folder and file if they are missing.

    `max_pages`: the file may have so many pages of 4 KiB. Raises HistoryError.
    """
    with saying(path):
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise HistoryError(f"there is no history yet in {path}: runs go there as they are made")
        if path.exists() and not path.is_file():
            raise HistoryError(f"history {path}: is no file; name one: --history FILE, or none: --no-history")
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, make=make)
            if max_pages is not None:
                connection.execute(f"PRAGMA max_page_count = {max_pages:d}")
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, make: bool) -> None:
    version, application = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    if version > VERSION and application == APPLICATION:
        raise HistoryError(
            f"history {path}: made by a newer loadhost (format {version}, this one knows {VERSION}); "
            "pip install -U loadhost, or name another file: --history FILE"
        )
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION and tables:
        raise HistoryError(f"history {path}: is a database of something else; name another file: --history FILE")
    if make:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 8388608")
    if not tables and make:
        _make(connection)
    elif not tables:
        raise HistoryError(f"there is no run in {path} yet")


def _make(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return  # another run has made it meanwhile
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; the right to write is taken at once, so that two writers wait for each other."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _explained(path: Path, error: sqlite3.Error) -> HistoryError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(
            f"history {path}: is locked by another process; end that, or name another file: --history FILE"
        )
    if code == sqlite3.SQLITE_FULL:
        return HistoryError(f"history {path}: the disk is full; make room, or name another file: --history FILE")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return HistoryError(
            f"history {path}: is damaged or no history ({error}); move it away, and the next run makes a new one: "
            f"mv '{path}' '{path}.damaged'"
        )
    return HistoryError(f"history {path}: {error}; name another file: --history FILE, or none: --no-history")
