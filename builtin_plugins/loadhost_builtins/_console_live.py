"""The live view: keeps the lower part of the terminal up to date, and everything else that is printed above it."""

from __future__ import annotations

import logging
import sys
from typing import Any

from loadhost_hookspecs import Environment
from rich.live import Live

from loadhost_builtins._columns import Lines
from loadhost_builtins._console_screen import screen
from loadhost_builtins._rolling import Recent
from loadhost_builtins._terminal import Terminal


class LiveView:
    """Owns the lower part of the terminal from start to stop."""

    def __init__(self, terminal: Terminal, environment: Environment, recent: Recent) -> None:
        self._terminal, self._environment, self._recent = terminal, environment, recent
        self._lines = Lines([])
        self._diverted: list[tuple[logging.StreamHandler[Any], Any]] = []
        # auto_refresh would start a thread, which does not go with gevent; transient: the report takes its place.
        self._live = Live(
            console=terminal,
            auto_refresh=False,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),  # else rich would print on the terminal what 2>file asked for
            get_renderable=lambda: self._lines,
        )

    def start(self) -> None:
        """Draw for the first time."""
        stderr = sys.stderr
        self._live.start()
        self._divert_logs(stderr)
        self.draw(0.0)

    def draw(self, seconds: float) -> None:
        """Draw as of `seconds` after the start."""
        size = self._terminal.size
        # Composed here and not while rich draws: it may let others run, and rich holds a lock.
        self._lines = Lines(screen(self._environment, self._recent, seconds, size.width, size.height))
        self._live.refresh()

    def stop(self) -> None:
        """Wipe the view, give the terminal back."""
        for handler, stream in self._diverted:
            handler.setStream(stream)
        self._diverted.clear()
        self._live.stop()

    def _divert_logs(self, stderr: Any) -> None:
        """Let log lines for the same terminal appear above the view, not in the middle of it.

        rich replaces sys.stderr, but a handler holds the stream that it was made with.
        """
        if not stderr.isatty():
            return
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is stderr:
                self._diverted.append((handler, stderr))
                handler.setStream(sys.stderr)
