"""EventHook: an event of a locustfile's own, which no plugin knows; and Events(), which has listeners of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from loadhost import PluginManager
from loadhost.exception import ControlException

logger = logging.getLogger("locust.event")

_F = TypeVar("_F", bound=Callable[..., Any])


class EventHook:
    """`my_event = EventHook()`, then `my_event.add_listener(f)` and `my_event.fire(name=value)`.

    A listener that raises is logged and the others are called all the same; control exceptions go on after that.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def add_listener(self, handler: _F) -> _F:
        """Call `handler` when the event is fired. Returns it: a decorator."""
        self._listeners.append(handler)
        return handler

    def remove_listener(self, handler: Callable[..., Any]) -> None:
        """Call it no more. Raises ValueError for one that was not added."""
        self._listeners.remove(handler)

    def fire(self, *, reverse: bool = False, **arguments: Any) -> None:
        """Call every listener, the one added last first if `reverse`."""
        control: ControlException | None = None
        for listener in self._listeners[::-1] if reverse else list(self._listeners):
            try:
                listener(**arguments)
            except ControlException as raised:
                control = control or raised
            except Exception:
                logger.exception("a listener of an event failed")
        if control is not None:
            raise control


def make_events() -> Any:
    """`Events()`: Locust's events with listeners that no other environment has, for `Environment(events=...)`."""
    return PluginManager().events
