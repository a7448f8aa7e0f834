"""A deadline for what plugins do at the end of a run: none of them may hang the shutdown."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

logger = logging.getLogger("loadhost.runners")

DEADLINE_S = 60.0
"""How long one plugin may take in a hook at the end of a run. An exporter's own drain has to be shorter."""


MOST_THROWS = 10
"""After so many the rest is left behind: somebody catches even this and goes on."""


class HookTimeout(gevent.Timeout):  # type: ignore[misc]  # gevent has no types
    """Thrown into a plugin that takes longer than the deadline: counted and logged as its failure.

    A gevent.Timeout, hence no Exception: a plugin that tries for ever (`except Exception: sleep(1)`) shall end, too.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __str__(self) -> str:
        return self._text


def with_deadline(function: Callable[[], None]) -> None:
    """Call `function`, which tells plugins one after the other; whoever holds it up gets a HookTimeout.

    The throw lands in the plugin that is being told just then, whose failure it becomes; the others are still told.
    """
    bring_to_end(gevent.spawn(function))


def bring_to_end(greenlet: gevent.Greenlet) -> None:
    """Wait for a greenlet that tells plugins; whoever has it when the deadline is over gets a HookTimeout."""
    for _ in range(MOST_THROWS):
        greenlet.join(timeout=DEADLINE_S)
        if greenlet.dead:
            return
        greenlet.kill(HookTimeout(f"took longer than {DEADLINE_S:g} s at the end of the run"), block=False)
    logger.error("a plugin does not end, though it was told to %d times; the run ends without it", MOST_THROWS)
