"""A deadline for what plugins do at the end of a run: none of them may hang the shutdown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager

logger = logging.getLogger("loadhost.runners")

DEADLINE_S = 60.0
"""How long one plugin may take in a hook at the end of a run. An exporter's own drain has to be shorter."""


MOST_THROWS = 3
"""After so many it is left behind: somebody catches even this and goes on."""


class HookTimeout(gevent.Timeout):  # type: ignore[misc]  # gevent has no types
    """Thrown into a plugin that takes longer than the deadline: counted and logged as its failure.

    A gevent.Timeout, hence no Exception: a plugin that tries for ever (`except Exception: sleep(1)`) shall end, too.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __str__(self) -> str:
        return self._text


def tell_with_deadline(manager: PluginManager, hook: str, **arguments: Any) -> None:
    """Tell everybody, each within a deadline of its own: a plugin that clings is left behind, the next one told."""
    manager.tell_one_by_one(hook, with_deadline, **arguments)


def with_deadline(function: Callable[[], None]) -> None:
    """Call `function`, which calls plugins; whoever has it when the deadline is over gets a HookTimeout.

    The throw lands in the plugin that is called just then, whose failure it becomes; the others are still called.
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
