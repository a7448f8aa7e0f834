"""Old runs go, so that the file does not grow for ever."""

from __future__ import annotations

import sqlite3

MOST_RUNS = 1000
MOST_BYTES = 2**30
_TABLES = ("windows", "entries", "names", "tags")


def prune(connection: sqlite3.Connection, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
    """Make room for one more run, inside a transaction: those without a tag go first, the oldest of them first."""
    while _count(connection) >= most_runs or _bytes(connection) > most_bytes:
        oldest = connection.execute(
            "SELECT number FROM runs ORDER BY EXISTS (SELECT 1 FROM tags WHERE run = number), number LIMIT 1"
        ).fetchone()
        if oldest is None:
            return
        remove(connection, oldest[0])


def remove(connection: sqlite3.Connection, number: int) -> None:
    """Everything of one run."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
    connection.execute("DELETE FROM runs WHERE number = ?", (number,))


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


def _bytes(connection: sqlite3.Connection) -> int:
    """What is in use; the pages of removed runs are used again."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return (pages - free) * size
