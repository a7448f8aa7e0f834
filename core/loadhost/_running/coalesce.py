"""Coalesce: many changes, few calls; the last change always counts."""

from __future__ import annotations

from collections.abc import Callable

import gevent


class Coalesce:
    """Calls `function` at most once per `interval_s`, in a greenlet of its own, after `poke` was called."""

    def __init__(self, function: Callable[[], None], interval_s: float) -> None:
        self._function = function
        self._interval_s = interval_s
        self._waiting: gevent.Greenlet | None = None

    def poke(self) -> None:
        """Something changed."""
        if self._waiting is None:
            self._waiting = gevent.spawn_later(self._interval_s, self._run)

    def flush(self) -> None:
        """Call now, if a call is due."""
        if self._waiting is not None:
            self._waiting.kill(block=False)
            self._run()

    def _run(self) -> None:
        self._waiting = None
        self._function()
