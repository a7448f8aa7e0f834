"""Sweeper: looks every 100 ms at who waits, and throws into those that wait too long.

A timer per request costs 1.3 us, a tenth of the request; this costs nothing but the look. Timeouts under a second,
where 100 ms would matter, get an exact timer.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from loadhost._http.connection import Connection

INTERVAL_S = 0.1
EXACT_BELOW_S = 1.0


class Sweeper:
    """The connections of one hub. It looks from the hub itself: a throw from a greenlet would strand that greenlet."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._timer: Any = None

    def add(self, connection: Connection) -> None:
        """Watch over a connection until it is closed."""
        self._connections.add(connection)
        if self._timer is None:
            # ref=False: the watch alone keeps no process alive.
            self._timer = gevent.get_hub().loop.timer(INTERVAL_S, INTERVAL_S, ref=False)
            self._timer.start(self._sweep)

    def discard(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if not self._connections and self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _sweep(self) -> None:
        now = perf_counter()
        late = [c for c in self._connections if c.deadline < now and c.is_waiting]
        for connection in late:
            connection.time_out()


_SWEEPERS: dict[int, Sweeper] = {}


def sweeper() -> Sweeper:
    """The sweeper of this thread's hub."""
    hub = gevent.get_hub()
    found = _SWEEPERS.get(id(hub))
    if found is None:
        found = _SWEEPERS[id(hub)] = Sweeper()
    return found
