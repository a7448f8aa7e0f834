"""Custom messages between the nodes of a run; in a local run a node speaks to itself."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from loadhost._flood import is_power_of_ten
from loadhost._plugins.health import CAUGHT
from loadhost.exception import StopTest, UsageError

logger = logging.getLogger("loadhost.runners")

LIMIT = 100_000
"""So many messages may wait: a listener that falls behind for hours must not take all memory."""
_MOST_UNKNOWN = 1000
"""Types may be made of ids, too."""


@dataclass(frozen=True)
class Message:
    """One message. `data`: what the sender gave, plain data if it may go to other nodes. `node_id`: who sent it."""

    type: str
    data: Any
    node_id: str


class Messages:
    """Who listens to which type, and the delivery: one after the other, in a greenlet of its own.

    A listener that raises is counted (`failures`) and logged, and ends nothing; StopTest ends the run, as everywhere.
    What is sent while LIMIT messages wait is dropped, counted (`dropped`) and logged.
    """

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._listeners: dict[str, tuple[Callable[..., Any], bool]] = {}
        self._waiting: deque[Message] = deque()
        self._courier: gevent.Greenlet | None = None
        self._unknown: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.dropped = 0

    def register(self, msg_type: str, listener: Callable[..., Any], concurrent: bool) -> None:
        """Have `listener(environment=, msg=)` called for each message of this type."""
        if msg_type in self._listeners:
            name = getattr(self._listeners[msg_type][0], "__qualname__", "somebody")
            raise UsageError(f"messages of type {msg_type!r} have a listener already, {name}: take another type")
        if not callable(listener):
            raise UsageError(f"the listener of messages of type {msg_type!r} is {listener!r}: give a function")
        self._listeners[msg_type] = listener, concurrent

    def deliver(self, message: Message) -> None:
        """Hand a message to its listener, soon; the sender goes on."""
        if len(self._waiting) >= LIMIT:
            self._drop(message)
            return
        self._waiting.append(message)
        if not self._courier:
            self._courier = gevent.spawn(self._deliver_all)

    @property
    def courier(self) -> gevent.Greenlet | None:
        """The greenlet that delivers; None if everything is delivered."""
        return self._courier or None

    def _deliver_all(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            listener, concurrent = self._listeners.get(message.type, (self._nobody, False))
            if concurrent:
                gevent.spawn(self._call, listener, message)
            else:
                self._call(listener, message)

    def _call(self, listener: Callable[..., Any], message: Message) -> None:
        try:
            listener(environment=self._runner.environment, msg=message)
        except StopTest as stop:
            self._runner.stop(str(stop) or f"the listener of messages of type {message.type} raised StopTest")
        except CAUGHT as error:
            self.failures[message.type] += 1
            count = self.failures[message.type]
            if is_power_of_ten(count):
                logger.error(
                    "the listener of messages of type %s failed: %s: %s (failure %d)",
                    message.type, type(error).__name__, error, count, exc_info=error if count == 1 else None,
                )  # fmt: skip

    def _drop(self, message: Message) -> None:
        self.dropped += 1
        if is_power_of_ten(self.dropped):
            logger.warning(
                "a message of type %s is dropped (number %d): %d wait already; register a listener that takes long "
                "with concurrent=True",
                message.type, self.dropped, LIMIT,
            )  # fmt: skip

    def _nobody(self, msg: Message, **_: Any) -> None:
        if len(self._unknown) < _MOST_UNKNOWN or msg.type in self._unknown:
            self._unknown[msg.type] += 1
            if is_power_of_ten(self._unknown[msg.type]):
                known = ", ".join(sorted(self._listeners)) or "none"
                logger.warning("nobody listens to messages of type %s; types that have a listener: %s", msg.type, known)
