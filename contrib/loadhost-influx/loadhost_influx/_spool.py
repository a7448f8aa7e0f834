"""The spool: batches on disk until the database has them, and the account of all points, in one SQLite file.

Nothing here knows gevent, and everything blocks: it is called in `environment.background`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from loadhost_influx import _last_words
from loadhost_influx._account import Account
from loadhost_influx._batch import Batch, pack
from loadhost_influx._folder import forget_folder, quarantine_of
from loadhost_influx._last_words import LastWords
from loadhost_influx._quarantine import Quarantine, Refused
from loadhost_influx._spool_file import create, open_existing, transaction

MEMORY_LIMIT_BYTES = 16 << 20
"""Of a spool without a disk."""

MOST_POINTS = 5_000
"""In one batch."""

FAILURES_IN_A_ROW = 8
"""A batch that the server fails at so often lets others go first: it may be the cause."""

_NEXT = """
SELECT number, points, attempted, body FROM batches WHERE number NOT IN (SELECT value FROM json_each(?))
ORDER BY late, attempted DESC, number LIMIT 1
"""


class Spool:
    """Every change is one transaction, together with the account: what a killed process leaves adds up.

    Where the disk fails, the counts in memory go on; they are written with the next change that succeeds.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None, limit_bytes: int) -> None:
        self.path = path
        self._connection = connection
        self._limit_bytes = limit_bytes
        self._quarantine = Quarantine(quarantine_of(path) if path else None, limit_bytes)
        # Rows that are done with, but which a full disk did not let us delete.
        self._done: set[int] = set()
        produced, acknowledged, quarantined, dropped = connection.execute("SELECT * FROM account").fetchone()
        self._account = Account(produced, acknowledged, self._points(), quarantined, dropped)

    @classmethod
    def create(cls, path: Path | None, about: Mapping[str, str], limit_bytes: int) -> Spool:
        """A new one; `path` None: in memory, and small. Raises OSError, sqlite3.Error."""
        spool = cls(create(path, about), path, limit_bytes if path else min(limit_bytes, MEMORY_LIMIT_BYTES))
        if path is not None:
            _last_words.reserve(path)
        return spool

    @classmethod
    def open(cls, path: Path, limit_bytes: int) -> Spool:
        """That of an earlier run; if it was killed, its drafts count now. Raises SpoolInUse, NoSpool."""
        spool = cls(open_existing(path), path, limit_bytes)
        if words := _last_words.read(path):
            spool._take_over(words)
        else:
            spool._write(spool._adopt_drafts)
        return spool

    @property
    def account(self) -> Account:
        """The counts so far. The only thing that other threads may read."""
        return self._account

    @property
    def quarantine(self) -> Path | None:
        """The file for lines that the database refuses."""
        return self._quarantine.path

    def about(self) -> dict[str, str]:
        """What `create` was given."""
        (text,) = self._connection.execute("SELECT value FROM about WHERE name = 'settings'").fetchone()
        return dict(json.loads(text))

    @property
    def finished(self) -> bool:
        """Whether its run came to an end of its own; else it was killed."""
        return self._connection.execute("SELECT 1 FROM about WHERE name = 'finished'").fetchone() is not None

    def append(
        self, lines: Sequence[str], lost: int = 0, *, drafts: Sequence[str] = (), forget_drafts: bool = False
    ) -> str:
        """Keep points, and count `lost` ones that never came so far. Returns why points were dropped, or "".

        `drafts` are kept beside: points that count, and are sent, only if the process is killed before it says
        `forget_drafts`. All of it happens, or nothing.
        """
        self._count(produced=len(lines) + lost, dropped=lost)
        dropped = self._account.dropped

        def insert() -> None:
            if forget_drafts:
                self._execute("DELETE FROM drafts")
            for start in range(0, len(lines), MOST_POINTS):
                self._insert(lines[start : start + MOST_POINTS], attempted=False)
            if drafts:
                self._execute("INSERT INTO drafts VALUES (?, ?)", (len(drafts), pack(drafts)))
            self._make_room()

        if error := self._write(insert):
            self._count(dropped=len(lines))
            return f"the spool can't be written: {error}"
        return "the spool is at its limit" if self._account.dropped > dropped else ""

    def take(self) -> Batch | None:
        """The batch to send now: one that was tried before, or else the oldest. It stays until it is settled."""
        row = self._connection.execute(_NEXT, (json.dumps(sorted(self._done)),)).fetchone()
        if row is None:
            return None
        number, points, attempted, body = row
        if not attempted:
            with suppress(sqlite3.Error):  # A full disk is no reason not to send.
                self._connection.execute("UPDATE batches SET attempted = 1 WHERE number = ?", (number,))
        return Batch(number, points, body)

    def settle(
        self,
        batch: Batch,
        *,
        acknowledged: int = 0,
        refused: Sequence[Refused] = (),
        rest: Sequence[Sequence[str]] = (),
    ) -> str:
        """A batch is done with; the `rest` of it is still to be sent, as batches. Returns why points were dropped."""
        kept = self._quarantine.keep(refused) if refused else 0
        self._count(acknowledged=acknowledged, quarantined=kept, dropped=len(refused) - kept, spooled=-batch.points)
        self._done.add(batch.number)

        def insert() -> None:
            for lines in rest:
                self._insert(lines, attempted=True)

        if (error := self._write(insert)) and rest:
            self._count(dropped=sum(map(len, rest)))
            return f"the spool can't be written: {error}"
        return "the quarantine can't be written, or is at its limit" if kept < len(refused) else ""

    def postpone(self, batch: Batch) -> None:
        """The server failed at it. After several times, others go first."""
        with suppress(sqlite3.Error):
            self._connection.execute(
                "UPDATE batches SET failed = failed + 1, late = (failed + 1) / ? WHERE number = ?",
                (FAILURES_IN_A_ROW, batch.number),
            )

    def finish(self, *, ended: bool = True) -> Account:
        """Close it; delete it if nothing is left. `ended`: the run came to its end. Returns the last account.

        What is still to be sent is counted anew, in the file. Without a disk it is lost.
        """
        if ended and self._write(self._mark_ended) and self.path is not None:
            _last_words.write(self.path, LastWords(self._account, frozenset(self._done)))
        with suppress(sqlite3.Error):
            self._count(spooled=self._points() - self._account.spooled)
        if self.path is None:
            self._count(spooled=-self._account.spooled, dropped=self._account.spooled)
        elif not self._account.spooled:
            # Before it is unlocked: who opens it after that would find it empty, and delete it under a third one.
            self.path.unlink(missing_ok=True)
        self._close()
        return self._account

    def _take_over(self, words: LastWords) -> None:
        """The disk was full at the end of the run: what it could not write into the file."""
        assert self.path is not None
        self._done = set(words.done)
        self._account = words.account
        if self._write(self._mark_ended) is None:
            _last_words.reserve(self.path)

    def _mark_ended(self) -> None:
        self._execute("INSERT OR IGNORE INTO about VALUES ('finished', '1')")
        self._execute("DELETE FROM drafts")

    def abandon(self) -> None:
        """Close it as it is."""
        self._close()

    def _close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
        if self.path is not None and not self.path.exists():
            self.path.with_name(self.path.name + "-wal").unlink(missing_ok=True)
            _last_words.forget(self.path)
            forget_folder(self.path.parent)

    def _write(self, change: Callable[[], None]) -> sqlite3.Error | None:
        """One transaction: `change`, rows that are done with go, the account is written. Returns why it failed."""
        problem = None
        for _ in range(2):
            before, done = self._account, set(self._done)
            try:
                with transaction(self._connection):
                    self._connection.executemany("DELETE FROM batches WHERE number = ?", ((row,) for row in done))
                    change()
                    account = self._account
                    self._execute(
                        "UPDATE account SET produced = ?, acknowledged = ?, quarantined = ?, dropped = ?",
                        (account.produced, account.acknowledged, account.quarantined, account.dropped),
                    )
            except sqlite3.Error as error:
                self._account, problem = before, error
                # A full disk may still have room for this, once the log is merged into the file.
                with suppress(sqlite3.Error):
                    self._execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                self._done -= done
                return None
        return problem

    def _execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(sql, values)

    def _insert(self, lines: Sequence[str], *, attempted: bool) -> None:
        row = (len(lines), int(attempted), pack(lines))
        self._execute("INSERT INTO batches (points, attempted, body) VALUES (?, ?, ?)", row)
        self._count(spooled=len(lines))

    def _adopt_drafts(self) -> None:
        for points, body in self._connection.execute("SELECT points, body FROM drafts ORDER BY rowid").fetchall():
            self._execute("INSERT INTO batches (points, body) VALUES (?, ?)", (points, body))
            self._count(produced=points, spooled=points)
        self._execute("DELETE FROM drafts")

    def _make_room(self) -> None:
        """Drop the oldest that were never attempted: of others nobody knows whether the database has them."""
        oldest = "SELECT number, points FROM batches WHERE late = 0 AND attempted = 0 ORDER BY number LIMIT 1"
        while self.used_bytes() > self._limit_bytes:
            row = self._connection.execute(oldest).fetchone()
            if row is None:
                return
            self._connection.execute("DELETE FROM batches WHERE number = ?", (row[0],))
            self._count(spooled=-row[1], dropped=row[1])

    def used_bytes(self) -> int:
        """On disk, without free pages and the write-ahead log."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _points(self) -> int:
        sql = "SELECT coalesce(sum(points), 0) FROM batches WHERE number NOT IN (SELECT value FROM json_each(?))"
        return int(self._connection.execute(sql, (json.dumps(sorted(self._done)),)).fetchone()[0])

    def _count(self, **changes: int) -> None:
        counts = self._account.figures()
        self._account = Account(**{name: counts[name] + changes.get(name, 0) for name in counts})
