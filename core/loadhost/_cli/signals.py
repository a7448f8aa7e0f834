"""SIGINT and SIGTERM: the first ends the run with its report, the second hurries it, the third ends the process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import gevent

_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
_WORDS = {signal.SIGINT: "interrupted by the keyboard (SIGINT)", signal.SIGTERM: "asked to end (SIGTERM)"}


class SignalHandlers:
    """Installed while a run goes on: `with SignalHandlers(runner): ...`.

    Plain signal handlers, not gevent's: those run in the hub, and a hub that a loadfile keeps busy never gets there.
    So the handler only counts and passes the word to the hub; the third signal ends the process itself.
    """

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._count = 0
        self._before: dict[int, Any] = {}
        self._loop = gevent.get_hub().loop

    def __enter__(self) -> SignalHandlers:
        for number in _CODES:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        name = signal.Signals(number).name
        if self._count == 1:
            reason = _WORDS[signal.Signals(number)]
            self._in_hub(lambda: self._runner.quit(reason, interrupted_by=name))
        elif self._count == 2:
            self._in_hub(self._runner.hurry)
        else:
            os._exit(_CODES[signal.Signals(number)])

    def _in_hub(self, action: Callable[[], Any]) -> None:
        # Threadsafe, because it is also what wakes a hub that sleeps in epoll.
        self._loop.run_callback_threadsafe(gevent.spawn, action)


@contextlib.contextmanager
def interrupt_at_once() -> Iterator[None]:
    """While plugins and loadfiles are imported, Ctrl-C ends the process there and then: nothing has begun yet.

    A KeyboardInterrupt that a loadfile's first wait for the network turns into would land in gevent's hub, which
    prints it, and has been seen to lose it.
    """
    before = signal.signal(signal.SIGINT, _end_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(Exception):  # the signal may have come in the middle of a write
        sys.stdout.flush()
    os.write(2, b"loadhost: interrupted\n")
    os._exit(_CODES[signal.Signals(number)])
