"""The delivery: points in, to disk within a second, and on to the database; at the end, the sum."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.lock import RLock

from loadhost_influx._account import Account
from loadhost_influx._buffer import Buffer, Contents
from loadhost_influx._folder import new_spool_path, run_folder
from loadhost_influx._http import TIMEOUT_S, Http
from loadhost_influx._settings import Settings
from loadhost_influx._stored import to_store
from loadhost_influx._troubles import Troubles

logger = logging.getLogger("loadhost_influx")

_T = TypeVar("_T")
FLUSH_S = 0.25
"""How often points go to the spool: a killed process loses no more than these."""

_PATCH = "call loadhost.patch() before anything else is imported"

ENOUGH = 5_000
"""So many points don't wait for that."""


class Delivery:
    """Of the points of one run and one process.

    `background`: where sqlite3 may block, `environment.background`.
    """

    def __init__(self, settings: Settings, background: Any, *, timeout_s: float = TIMEOUT_S) -> None:
        self.spool_dir: Path = run_folder(settings)
        self._settings = settings
        self._background = background
        self._timeout_s = timeout_s
        self._buffer = Buffer()
        self._enough = Event()
        self._one_at_a_time = RLock()
        self._unspooled = 0
        self._troubles = Troubles(f"InfluxDB at {settings.url}")
        self._final: Account | None = None
        self._greenlets: list[gevent.Greenlet] = []

    def start(self) -> None:
        """Open the spool, and begin to send."""
        # Not at the top: what is inert imports neither sqlite3 nor requests.
        from loadhost_influx._sender import Sender

        if not monkey.is_module_patched("socket"):
            logger.warning("this process is not patched, so users stand still while points are sent: %s", _PATCH)
        self._spool = self._call(self._open_spool)
        self._http = Http(self._settings, self._timeout_s)
        self._sender = Sender(self._spool, self._http, self._background, self._troubles)
        self._greenlets = [gevent.spawn(self._flush_for_ever), gevent.spawn(self._sender.run)]

    def put(self, lines: Sequence[str]) -> None:
        """Take points in line protocol, one per line. Returns at once."""
        if self._final is not None:
            count = len(lines)
            self._final += Account(produced=count, dropped=count)
            return
        self._buffer.put(lines)
        if len(self._buffer) >= ENOUGH:
            self._enough.set()

    def draft(self, lines: Sequence[str]) -> None:
        """Keep points that count, and are sent, only if this process is killed before `forget_drafts`."""
        if self._final is None:
            self._buffer.draft(lines)

    def forget_drafts(self) -> None:
        """The points that the drafts stood for were put."""
        self._buffer.forget_drafts()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is put, drafted and forgotten within goes to disk together, however long it takes."""
        with self._one_at_a_time:
            yield

    @property
    def account(self) -> Account:
        """The sum. Counted, once `drain` is over; until then, what has no other fate yet counts as spooled."""
        if self._final is not None:
            return self._final
        known = self._spool.account if self._greenlets else Account()
        produced, dropped = self._buffer.produced, known.dropped + self._buffer.lost + self._unspooled
        waiting = produced - known.acknowledged - known.quarantined - dropped
        return Account(produced, known.acknowledged, max(0, waiting), known.quarantined, dropped)

    def status(self) -> str:
        """One line: how many points, where they are, what is wrong."""
        account = self.account
        parts = [f"{account.acknowledged:,} points acknowledged"]
        for count, word in (
            (account.spooled, "waiting"),
            (account.quarantined, "quarantined"),
            (account.dropped, "dropped"),
        ):
            if count:
                parts.append(f"{count:,} {word}")
        return ", ".join(parts) + (f" ({self._troubles.current})" if self._troubles.current else "")

    def drain(self, deadline_s: float) -> Account:
        """Send what is left, for so many seconds at most; then close the spool. Returns the sum, counted."""
        if self._final is not None or not self._greenlets:
            return self.account
        end = time.monotonic() + deadline_s
        flusher, sender = self._greenlets
        self._flush()
        flusher.kill()
        if deadline_s > 0:
            self._sender.drain()
            sender.join(min(1.0, deadline_s / 2))
            if not sender.dead:
                left = f"{self.account.spooled:,} points"
                logger.warning("waiting up to %g s for %s to take %s", deadline_s, self._settings.url, left)
                sender.join(max(0.0, end - time.monotonic()))
        sender.kill()
        return self._finish()

    def close(self) -> None:
        """End now; what is not sent stays in the spool."""
        self.drain(0.0)

    def _finish(self) -> Account:
        self._http.close()
        known = self._call(self._spool.finish)
        produced = self._buffer.produced
        self._final = Account(
            produced, known.acknowledged, known.spooled, known.quarantined, known.dropped + self._unspooled
        )
        return self._final

    def _open_spool(self) -> Any:
        import sqlite3

        from loadhost_influx._spool import Spool

        path, about = new_spool_path(self._settings), to_store(self._settings)
        try:
            return Spool.create(path, about, self._settings.spool_limit_bytes)
        except (OSError, sqlite3.Error) as error:
            logger.error(
                "no spool can be kept in %s (%s): points wait in memory, and are dropped when there are too many; "
                "mend --influx-spool",
                path.parent,
                error,
            )
            return Spool.create(None, about, self._settings.spool_limit_bytes)

    def _flush_for_ever(self) -> None:
        while True:
            self._enough.wait(FLUSH_S)
            self._enough.clear()
            self._flush()

    def _flush(self) -> None:
        with self._one_at_a_time:
            if self._buffer:
                self._append(self._buffer.take())
        self._sender.wake()

    def _append(self, contents: Contents) -> None:
        lines, lost, drafts, forget_drafts = contents
        try:
            reason = self._call(self._spool.append, lines, lost, drafts=drafts, forget_drafts=forget_drafts)
        except Exception as error:  # whatever it is, the sum has to add up
            self._unspooled += len(lines) + lost
            reason = repr(error)
        if lost:
            reason = reason or "the disk is too slow for them"
        if reason:
            self._troubles.warn("drop", f"{reason}: points are dropped, and counted")

    def _call(self, function: Callable[..., _T], *arguments: Any, **keywords: Any) -> _T:
        result: _T = self._background.apply(function, arguments, keywords)
        return result
