"""The plugin `demo`: `loadhost demo` runs a small load test against a small shop, with nothing to set up."""

from __future__ import annotations

from loadhost import hookimpl
from loadhost_hookspecs import Commands


@hookimpl
def loadhost_add_commands(commands: Commands) -> None:
    """Add `loadhost demo`."""
    from loadhost_builtins.demo._command import demo  # here: every other command starts without it

    commands.add("demo", demo, help="Run a small load test against a small shop on this machine.")
