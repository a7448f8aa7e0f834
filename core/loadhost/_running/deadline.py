"""A deadline for what plugins do at the end of a run: none of them may hang the shutdown."""

from __future__ import annotations

from collections.abc import Callable

import gevent

DEADLINE_S = 60.0
"""How long one plugin may take in a hook at the end of a run. An exporter's own drain has to be shorter."""


class HookTimeout(Exception):
    """Thrown into a plugin that takes longer than the deadline: counted and logged as its failure."""


def with_deadline(function: Callable[[], None], deadline_s: float = DEADLINE_S) -> None:
    """Call `function`, which tells plugins one after the other; whoever holds it up gets a HookTimeout.

    The throw lands in the plugin that is being told just then, whose failure it becomes; the others are still told.
    """
    bring_to_end(gevent.spawn(function), deadline_s)


def bring_to_end(greenlet: gevent.Greenlet, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a greenlet that tells plugins, with the same deadline for each of them."""
    while not greenlet.dead:
        greenlet.join(timeout=deadline_s)
        if not greenlet.dead:
            greenlet.kill(HookTimeout(f"took longer than {deadline_s:g} s at the end of the run"), block=False)
