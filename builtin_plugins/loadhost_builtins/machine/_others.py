"""Others: the share of the CPU time that is taken from this process by what its own clocks don't tell of."""

from __future__ import annotations

import os
from time import perf_counter, process_time
from typing import NamedTuple

import psutil

_BUSY = 0.95
"""Where the kernel doesn't tell of waits: others can only have taken CPU time if all CPUs were as busy as that."""


class _Taken(NamedTuple):
    """In seconds since some moment. `busy_s`, `all_s`: of all CPUs."""

    now_s: float
    steal_s: float
    throttled_s: float
    busy_s: float
    all_s: float
    own_s: float


class Others:
    """`share` (0..1): of the time between the last two looks, how much a hypervisor gave to other machines and how much
    a container's CPU limit held back. `blind`: the kernel tells of no waits, so other processes are estimated, too.
    """

    def __init__(self, *, blind: bool) -> None:
        self._blind = blind
        self._limit = _open_limit()
        self._cpus = psutil.cpu_count() or 1
        self._before = self._read()
        self.share = 0.0

    def look(self) -> None:
        """Read again."""
        before, now = self._before, self._read()
        self._before = now
        seconds = now.now_s - before.now_s
        if seconds <= 0:
            return
        taken_s = (now.steal_s - before.steal_s) / self._cpus + now.throttled_s - before.throttled_s
        if self._blind and now.busy_s - before.busy_s >= _BUSY * (now.all_s - before.all_s):
            taken_s += seconds - (now.own_s - before.own_s)
        self.share = min(max(taken_s / seconds, 0.0), 1.0)

    def close(self) -> None:
        """Give back what is open."""
        if self._limit is not None:
            os.close(self._limit)
            self._limit = None

    def _read(self) -> _Taken:
        times = psutil.cpu_times()
        everything = sum(times[:8])  # behind these there is guest time, which is part of user time already
        idle = times.idle + getattr(times, "iowait", 0.0)
        steal = getattr(times, "steal", 0.0)
        throttled_s = _throttled_s(self._limit)
        return _Taken(perf_counter(), steal, throttled_s, everything - idle, everything, process_time())


def _open_limit() -> int | None:
    try:
        return os.open("/sys/fs/cgroup/cpu.stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _throttled_s(limit: int | None) -> float:
    words = os.pread(limit, 4096, 0).split() if limit is not None else []
    return int(words[words.index(b"throttled_usec") + 1]) * 1e-6 if b"throttled_usec" in words else 0.0
