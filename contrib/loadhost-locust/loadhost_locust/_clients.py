"""HttpSession as Locust makes one, from an event; and the class of FastHttpUser's responses."""

from __future__ import annotations

from typing import Any, NoReturn, Protocol, runtime_checkable

from loadhost import PluginError, UsageError
from loadhost.clients import HttpSession as LoadhostSession


class _AnySession(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, LoadhostSession)


class HttpSession(LoadhostSession, metaclass=_AnySession):
    """`HttpSession(base_url, request_event, user)`: the environment it counts in is the user's.

    The `client` of a user counts as an instance, although it was made otherwise.
    """

    def __init__(
        self, base_url: str | None, request_event: Any = None, user: Any = None, *args: Any, pool_manager: Any = None
    ) -> None:
        environment = getattr(user, "environment", None)
        if environment is None:
            raise PluginError(
                "HttpSession(base_url, request_event, user) needs the user here: its environment counts the requests"
            )
        if pool_manager is not None:
            raise PluginError("HttpSession(pool_manager=...): users do not share connections here; leave it out")
        super().__init__(base_url, environment, user=user)


@runtime_checkable
class FastResponse(Protocol):
    """What FastHttpUser's client gives: a name for annotations and isinstance, by what a response has."""

    status_code: int
    headers: Any
    text: Any
    content: Any

    def success(self) -> None:
        """Count the request as a success."""

    def failure(self, exc: Any) -> None:
        """Count the request as a failure."""


class _AnyFastSession(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return type(instance).__name__ == "FastHttpSession"


class FastHttpSession(metaclass=_AnyFastSession):
    """A name for annotations and isinstance: `FastHttpUser.client` is one, and nobody else makes any."""

    def __new__(cls, *arguments: Any, **settings: Any) -> NoReturn:
        """Refuse it, and say what there is."""
        raise UsageError("loadhost's FastHttpSession can't be made by hand: use a FastHttpUser and its client")
