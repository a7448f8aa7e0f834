"""Runs `loadhost` as a child that owns the terminal, and waits for it, whatever signals come."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any


def run_loadhost(arguments: Sequence[str]) -> int:
    """Run it to its end and return its exit code. Its input and output are ours."""
    with _forwarding() as children:
        child = subprocess.Popen([sys.executable, "-m", "loadhost", *arguments])
        children.append(child)
        code = child.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _forwarding() -> Iterator[list[subprocess.Popen[bytes]]]:
    """While it lasts, SIGINT and SIGTERM don't end us: the child ends the run in order, and we wait for it.

    Ctrl-C on a terminal reaches the child by itself, and a second one would hurry it: then nothing is passed on.
    """
    children: list[subprocess.Popen[bytes]] = []
    from_terminal = sys.stdin is not None and sys.stdin.isatty()

    def handle(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM or not from_terminal:
            for child in children:
                child.send_signal(number)

    before: dict[int, Any] = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield children
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
