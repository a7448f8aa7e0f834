"""FastHttpUser: a user whose `client` is the fast HTTP client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from loadhost._http.errors import BadRequest
from loadhost._http.headers import field_line
from loadhost._http.origin import Route
from loadhost._http.prepared import Preparer
from loadhost._http.session import FastHttpSession
from loadhost._users.session_user import SessionUser
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from ssl import SSLContext

DEFAULT_HEADERS = {"User-Agent": "loadhost", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}

_shared_route = lru_cache(maxsize=64)(Route)
_PREPARERS: dict[tuple[Any, ...], Preparer] = {}


class FastHttpUser(SessionUser):
    """A user with a fast HTTP session: `self.client.get("/")` asks its `host` and is counted.

    TLS is verified unless `insecure`; that is the one deliberate difference to Locust's.
    """

    abstract: ClassVar[bool] = True
    _may_be_unix: ClassVar[bool] = True

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
    ssl_context_factory: Callable[[], SSLContext] | None = None
    """Makes the SSLContext of this class, once, in place of the one that `insecure` speaks of."""
    concurrency: int = 10
    """Locust's name for a limit that is not needed here: a user opens a connection for each request under way."""
    client_pool: None = None
    """Locust's name for connections shared by users, which there are none of here: leave it out."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        proxy = (self.proxy_host, self.proxy_port or 8080) if self.proxy_host else None
        self.client = self._session = FastHttpSession(
            environment,
            user=self,
            preparer=_shared_preparer(str(self.host), self.default_headers, proxy is not None),
            # The factory from the class: a plain function there is no method.
            route=_shared_route(
                self.connection_timeout, self.insecure, proxy=proxy, context_factory=type(self).ssl_context_factory
            ),
            network_timeout=self.network_timeout,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
        )

    @classmethod
    def _check(cls, host: str | None) -> None:
        super()._check(host)
        _check_settings(cls)


def _check_settings(cls: type[FastHttpUser]) -> None:
    name = cls.__name__
    if cls.client_pool is not None:
        raise UsageError(f"{name}.client_pool: users do not share connections here; remove it")
    for setting in ("network_timeout", "connection_timeout"):
        seconds = getattr(cls, setting)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not seconds > 0:
            raise UsageError(f"{name}.{setting} = {seconds!r}: give seconds, more than 0")
    try:
        for field, value in (cls.default_headers or {}).items():
            field_line(field, "" if value is None else value)
    except BadRequest as error:
        raise UsageError(f"{name}.default_headers: {error}") from error


def _shared_preparer(host: str, own: Mapping[str, str] | None, through_proxy: bool) -> Preparer:
    """One per host and headers, for all users: copies per user cost the processor's caches more than the lookup."""
    given = {name.lower() for name in own or {}}
    fields = {name: value for name, value in DEFAULT_HEADERS.items() if name.lower() not in given} | dict(own or {})
    key = (host, tuple(fields.items()), through_proxy)
    if key not in _PREPARERS:
        _PREPARERS[key] = Preparer(host, fields, through_proxy=through_proxy)
    return _PREPARERS[key]
