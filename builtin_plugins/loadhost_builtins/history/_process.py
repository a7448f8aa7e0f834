"""Whether the process that made a run still lives: by its id, its start and the boot of its machine."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil

_A_HAIR_S = 2.0
"""Clocks that are set while a process runs move its start a little."""


@dataclass(frozen=True)
class ProcessId:
    """One process of one machine; ids alone are given out again."""

    host: str
    pid: int
    started_s: float
    boot_s: float

    @classmethod
    def own(cls) -> ProcessId:
        """This process."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time(), psutil.boot_time())

    @property
    def is_elsewhere(self) -> bool:
        """On another machine, of which nothing can be known."""
        return self.host != socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether it runs, on this machine."""
        if self.is_elsewhere or abs(psutil.boot_time() - self.boot_s) > _A_HAIR_S * 30:
            return False
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_s) <= _A_HAIR_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
