"""FastHttpUser: a user whose `client` is the fast HTTP client."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from loadhost._http.origin import Route
from loadhost._http.prepared import Preparer
from loadhost._http.session import FastHttpSession
from loadhost._users.http_user import check_host
from loadhost._users.user import User
from loadhost.exception import ControlException

DEFAULT_HEADERS = {"User-Agent": "loadhost", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}

_PREPARERS: dict[tuple[Any, ...], Preparer] = {}


class FastHttpUser(User):
    """A user with a fast HTTP session: `self.client.get("/")` asks its `host` and is counted.

    TLS is verified unless `insecure`; that is the one deliberate difference to Locust's.
    """

    abstract: ClassVar[bool] = True

    network_timeout: float = 60.0
    """Seconds without a byte from the server after which a request has failed."""
    connection_timeout: float = 60.0
    """Seconds that a connection may take to open, TLS included."""
    max_redirects: int = 30
    max_retries: int = 0
    """How often a request is sent anew when no connection could be made."""
    insecure: bool = False
    """True: certificates are not verified."""
    default_headers: Mapping[str, str] | None = None
    """Header fields of every request, beside User-Agent, Accept and Accept-Encoding, or in their place."""
    proxy_host: str | None = None
    proxy_port: int | None = None

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        check_host(type(self), self.host)
        proxy = (self.proxy_host, self.proxy_port or 8080) if self.proxy_host else None
        self.client: FastHttpSession = FastHttpSession(
            environment,
            user=self,
            preparer=_shared_preparer(str(self.host), self.default_headers, proxy is not None),
            route=Route(self.connection_timeout, self.insecure, proxy=proxy),
            network_timeout=self.network_timeout,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
        )

    def _pause(self, seconds: float) -> None:
        if self.client._unjudged is not None:
            self.client.count_unjudged()
        super()._pause(seconds)

    def _close(self) -> None:
        with suppress(ControlException):  # of a plugin that hears of the last request: this user ends anyway
            self.client.count_unjudged()
        self.client.close()

    @classmethod
    def _check(cls, host: str | None) -> None:
        super()._check(host)
        if not isinstance(cls.host, property):
            check_host(cls, host or cls.host)


def _shared_preparer(host: str, own: Mapping[str, str] | None, through_proxy: bool) -> Preparer:
    """One per host and headers, for all users: copies per user cost the processor's caches more than the lookup."""
    given = {name.lower() for name in own or {}}
    fields = {name: value for name, value in DEFAULT_HEADERS.items() if name.lower() not in given} | dict(own or {})
    key = (host, tuple(fields.items()), through_proxy)
    if key not in _PREPARERS:
        _PREPARERS[key] = Preparer(host, fields, through_proxy=through_proxy)
    return _PREPARERS[key]
