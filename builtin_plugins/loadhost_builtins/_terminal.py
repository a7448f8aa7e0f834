"""The rich console that everything is printed with: no markup, no highlighting, no crash on a closed pipe."""

from __future__ import annotations

import io
import os
import sys

from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 160
"""Columns if stdout is no terminal: enough that tables of ordinary names are not folded."""


class Terminal(Console):
    """rich's console for text that is not trusted: what is printed is shown as it is."""

    def __init__(self) -> None:
        live = stdout_is_terminal()
        super().__init__(
            markup=False,
            highlight=False,
            emoji=False,
            # rich takes FORCE_COLOR for a terminal, and asks stdin for its width if stdout has none.
            force_terminal=live,
            width=None if live else int_or(os.environ.get("COLUMNS"), PIPE_WIDTH),
        )
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A name that the terminal's encoding lacks is shown as an escape instead of ending the report.
            sys.stdout.reconfigure(errors="backslashreplace")

    def show_cursor(self, show: bool = True) -> bool:
        """Leave the cursor alone: one that rich hid stays hidden when the process is killed."""
        return False

    def on_broken_pipe(self) -> None:
        """Whoever read us is gone (`loadhost run | head`): be quiet from now on. rich would end the process."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def say(self, text: str, style: str = "") -> None:
        """One line, however narrow the terminal: a script can look for it."""
        self.print(Text(text, style=style), soft_wrap=True)


def stdout_is_terminal() -> bool:
    """Whether somebody watches, on a terminal that can move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown", "")


def int_or(text: str | None, default: int) -> int:
    """The positive number that `text` says, or `default`."""
    return int(text) if text and text.isdecimal() and int(text) > 0 else default
