"""SessionUser: what users with an HTTP session have in common, whatever the session is made of."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from loadhost._users.rest import RestMixin
from loadhost._users.user import User
from loadhost.exception import ControlException, UsageError


class Session(Protocol):
    """What such a user needs of its session."""

    def count_unjudged(self) -> None:
        """Count a response that nobody judged."""

    def close(self) -> None:
        """Count what is left, and close all connections."""


class SessionUser(RestMixin, User):
    """A user whose `client` is an HTTP session to its `host`."""

    abstract: ClassVar[bool] = True
    needs_connection: ClassVar[bool] = True
    _may_be_unix: ClassVar[bool] = False

    _session: Session
    """Ours, also if a subclass puts a client of its own in its place."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        check_host(type(self), self.host, unix=self._may_be_unix)

    def _pause(self, seconds: float) -> None:
        self._session.count_unjudged()
        super()._pause(seconds)

    def _close(self) -> None:
        with suppress(ControlException):  # of a plugin that hears of the last request: this user ends anyway
            self._session.close()

    @classmethod
    def _check(cls, host: str | None) -> None:
        super()._check(host)
        if not isinstance(cls.host, property):
            check_host(cls, host or cls.host, unix=cls._may_be_unix)


def check_host(cls: type, host: object, *, unix: bool = False) -> None:
    """Refuse a host that is missing or has no scheme, with UsageError. `unix`: http+unix:// is one as well."""
    name = cls.__name__
    if not host:
        raise UsageError(f"{name} needs a host: give --host URL, or set host = 'https://...' on the class")
    if unix and isinstance(host, str) and host.lower().startswith("http+unix://%2f"):
        return
    if not isinstance(host, str) or not _is_http(host):
        raise UsageError(f"{name}.host is {host!r}: a host begins with http:// or https://, as 'https://shop.example'")


def _is_http(host: str) -> bool:
    try:
        parts = urlsplit(host)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, a bracket too many
        return False
