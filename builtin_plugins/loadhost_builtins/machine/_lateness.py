"""HubWatch: how late the gevent hub is, ten times a second, and how much of that is this process's own doing."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import gevent

INTERVAL_S = 0.1
_READ = 1  # libev's event bit, as gevent's loop.io takes it
MOST_AT_ONCE = 100
"""Looks that one stall made impossible are counted one by one, up to so many: ten seconds' worth."""


class Clocks(NamedTuple):
    """Of the hub's thread so far, in seconds: CPU time used, and time in which it wanted a CPU and had none."""

    cpu_s: float
    waited_s: float


class Tick(NamedTuple):
    """One look. `late_ms`: how late it came. `own_ms`: how much of that was not other processes' taking the CPU."""

    late_ms: float
    own_ms: float


class HubWatch:
    """Calls `tell` with the ticks, in a greenlet of its own: one at a time, or all those that a stall has swallowed.

    A look is a timer that is due, and then a byte in a pipe that waits to be read, as a response does in a socket. The
    later of the two counts. The timer alone says too little: with a request of a millisecond for each of forty users it
    was 5 ms late where responses lay for 27 ms. The byte alone would come through right after a stall.

    Looks go by a fixed grid: one that comes late by three intervals stands for three more, that would have been late by
    two, by one and by none, else a stall of a second would count as one late look among ten punctual ones.
    """

    def __init__(self, clocks: Callable[[], Clocks], tell: Callable[[list[Tick]], None]) -> None:
        self._clocks, self._tell = clocks, tell
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """No more ticks."""
        self._greenlet.kill(block=False)

    def _run(self) -> None:
        hub = gevent.get_hub()
        reader, writer = os.pipe()
        readable = hub.loop.io(reader, _READ)
        try:
            due_s, before = perf_counter() + INTERVAL_S, self._clocks()
            while True:
                while (early_s := due_s - perf_counter()) > 0:
                    hub.loop.update_now()  # a timer counts from the loop's last look at the clock: it would end early
                    gevent.sleep(early_s)
                sent_s = perf_counter()
                os.write(writer, b".")
                hub.wait(readable)
                os.read(reader, 1)
                late_s = max(sent_s - due_s, perf_counter() - sent_s)
                now = self._clocks()
                ticks = ticks_of(late_s, own_part(late_s, now.cpu_s - before.cpu_s, now.waited_s - before.waited_s))
                before = now
                due_s += INTERVAL_S * ((perf_counter() - due_s) // INTERVAL_S + 1)
                self._tell(ticks)
        finally:
            readable.close()
            os.close(reader)
            os.close(writer)


def own_part(late_s: float, cpu_s: float, waited_s: float) -> float:
    """How many of `late_s` seconds are this process's own doing: `cpu_s`, `waited_s` are of the same stretch of time.

    The time it waited for a CPU explains at most as much lateness. Of that, its own is the share that it had of the
    time in which it could run: a process that wants the whole CPU would be late without the others as well.
    """
    if waited_s <= 0:
        return late_s
    return late_s - min(late_s, waited_s) * waited_s / (waited_s + max(cpu_s, 0.0))


def ticks_of(late_s: float, own_s: float) -> list[Tick]:
    """The look that came `late_s` late, and those that it kept from being made."""
    swallowed = min(int(late_s / INTERVAL_S), MOST_AT_ONCE)
    lates = [late_s - number * INTERVAL_S for number in range(swallowed + 1)]
    share = own_s / late_s if late_s > 0 else 0.0
    return [Tick(late * 1000.0, late * share * 1000.0) for late in lates]
