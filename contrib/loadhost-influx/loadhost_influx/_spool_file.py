"""The SQLite file of a spool: how it is made, opened, locked, and by which tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FORMAT = 1
"""`user_version` of the file; another one is refused."""

SCHEMA = f"""
BEGIN;
CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    points INTEGER NOT NULL,
    attempted INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    late INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL
);
CREATE INDEX turn ON batches (late, attempted DESC, number, points);
CREATE TABLE account (produced INTEGER, acknowledged INTEGER, quarantined INTEGER, dropped INTEGER);
INSERT INTO account VALUES (0, 0, 0, 0);
CREATE TABLE drafts (points INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = {FORMAT};
COMMIT;
"""


class SpoolInUse(Exception):
    """Another process has it open: the run that writes it still goes on, or somebody else replays it."""


class NoSpool(Exception):
    """The file is no spool, or a damaged one."""


def create(path: Path | None, about: Mapping[str, str]) -> sqlite3.Connection:
    """A new spool; in memory if there is no path. Raises sqlite3.Error, OSError."""
    if path is not None:
        _make_room_for(path)
    connection = _connect(":memory:" if path is None else str(path))
    try:
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO about VALUES ('settings', ?)", (json.dumps(dict(about)),))
    except BaseException:
        connection.close()
        raise
    return connection


def open_existing(path: Path) -> sqlite3.Connection:
    """That of an earlier run. Raises SpoolInUse, NoSpool."""
    if not path.is_file():
        raise NoSpool(f"{path} is no file")
    if not path.stat().st_size:
        # SQLite takes its lock as it writes the first page: who opened the file before that would lock its maker out.
        raise SpoolInUse(f"{path} is empty: its run is just beginning, or was killed as it began")
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(str(path))
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("SELECT produced FROM account").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if _is_locked(error):
            raise SpoolInUse(f"{path} is in use: its run still goes on, or it is being replayed") from None
        raise NoSpool(f"{path} is no spool, or damaged: {error}") from None
    if version != FORMAT:
        connection.close()
        raise NoSpool(f"{path} was written by another version of loadhost-influx (format {version}, not {FORMAT})")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _make_room_for(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Figures of a run may be confidential. SQLite gives its other files the same mode.
    path.touch(mode=0o600)


def _connect(path: str) -> sqlite3.Connection:
    # Only `environment.background` uses it: one thread at a time, but not one that we made it in.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        # Before anything is read: so SQLite keeps the file locked until it is closed or the process ends, however it
        # ends, and the write-ahead log needs no shared memory.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 4194304")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_locked(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
