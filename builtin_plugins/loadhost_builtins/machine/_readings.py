"""What the system says of this process: CPU time, time without a CPU, memory, open files, ephemeral ports.

Read from Linux's /proc directly where psutil would list every file or socket: with ten thousand connections that
takes longer than all the rest. Elsewhere what is not to be had is None, or 0.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import NamedTuple

import psutil

from loadhost_builtins.machine._lateness import Clocks
from loadhost_builtins.machine._others import Others

_PROC = Path("/proc")
_FILES = _PROC / "self/fd"


class Ports(NamedTuple):
    """Ephemeral TCP ports of this network namespace: how many connections may hold one, and how many there are.

    `time_wait`: of those `used`, closed ones that keep theirs for a minute. A port is used up per address that is
    connected to, so that with several of them there is more room than this says.
    """

    used: int
    time_wait: int
    available: int


class Readings:
    """Made and asked in the hub's thread, whose waits it reads."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._schedstat = open_if_there("/proc/thread-self/schedstat")
        self._others = Others(blind=self._schedstat is None)
        self._other_s, self._looked_s = 0.0, perf_counter()

    def clocks(self) -> Clocks:
        """CPU time of this thread, and time in which it was kept from running: cheap, for ten times a second."""
        now_s = perf_counter()
        # What others took is known once a second; the last second's share goes for this one.
        self._other_s += self._others.share * (now_s - self._looked_s)
        self._looked_s = now_s
        waited_s = 0.0
        if self._schedstat is not None:
            # The second figure: nanoseconds in which this thread was ready to run and had no CPU.
            waited_s = int(os.pread(self._schedstat, 96, 0).split()[1]) * 1e-9
        return Clocks(thread_time(), waited_s + self._other_s)

    def look_around(self) -> None:
        """Once a second: CPU time that was taken from this machine, or from this container, as a whole."""
        self._others.look()

    def process_cpu_s(self) -> float:
        """CPU time of all threads."""
        return process_time()

    def memory_bytes(self) -> int:
        """Resident memory."""
        return int(self._process.memory_info().rss)

    def open_files(self) -> tuple[int, int] | None:
        """(open, allowed), None where nobody knows. With many connections it takes a millisecond or two."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        try:
            # Linux since 6.2: the size of the folder is the number of files. Before that it is 0.
            number = _FILES.stat().st_size if _FILES.exists() else 0
            return number or self._process.num_fds(), limit
        except (OSError, AttributeError, psutil.Error):
            return None

    def ports(self) -> Ports | None:
        """Ephemeral ports in use, None where nobody knows."""
        return read_ports(_PROC)

    def close(self) -> None:
        """Give back what is open."""
        self._others.close()
        if self._schedstat is not None:
            os.close(self._schedstat)
            self._schedstat = None


def read_ports(proc: Path) -> Ports | None:
    """From net/sockstat ("TCP: inuse 18 orphan 1 tw 10818 ...") and the range that connections get ports from."""
    try:
        low, high = map(int, (proc / "sys/net/ipv4/ip_local_port_range").read_text().split())
        line = next(line for line in (proc / "net/sockstat").read_text().splitlines() if line.startswith("TCP:"))
        words = line.split()[1:]
        numbers = dict(zip(words[::2], map(int, words[1::2]), strict=False))
    except (OSError, ValueError, StopIteration):
        return None
    waiting = numbers.get("tw", 0)
    return Ports(numbers.get("inuse", 0) + waiting, waiting, high - low + 1)


def open_if_there(path: str) -> int | None:
    """A file of Linux's /proc or /sys to be read again and again; None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
