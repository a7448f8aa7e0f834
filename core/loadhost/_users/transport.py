"""How requests' bytes travel: an adapter for requests that knows whether a request has reached the kernel."""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from functools import cache
from typing import Any

from gevent.monkey import get_original
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import create_urllib3_context

_POOLS, _POOL_SIZE = 10, 10
_POLLIN = 1  # gevent's select has it under this value too; the end of a connection is reported in any case


class Exchange:
    """One request on its way. `sent`: bytes of it (of its first hop, if redirected) were given to the kernel."""

    __slots__ = ("sent",)

    def __init__(self) -> None:
        self.sent = False


# urllib3 picks the connection deep inside; each greenlet has a context of its own, so a session may be shared.
current_exchange: ContextVar[Exchange | None] = ContextVar("loadhost_exchange", default=None)


def _is_readable(fileno: int) -> bool:
    """Whether there is something to read, or an end: without a switch to the hub, unlike gevent's poll and select."""
    poll = get_original("select", "poll")()
    poll.register(fileno, _POLLIN)
    return bool(poll.poll(0))


class _Marking:
    """A connection that marks the current exchange as sent, and is asked without a switch whether it still lives."""

    sock: Any

    def send(self, data: Any) -> None:
        super().send(data)  # type: ignore[misc]  # of the connection class that this is mixed into
        exchange = current_exchange.get()
        if exchange is not None:
            exchange.sent = True

    @property
    def is_connected(self) -> bool:
        # urllib3 asks poll(0), which under gevent lets other users run first, after the clock of the request started.
        return self.sock is not None and not _is_readable(self.sock.fileno())


class _MarkingHTTPConnection(_Marking, HTTPConnection):
    """One without TLS."""


class _MarkingHTTPSConnection(_Marking, HTTPSConnection):
    """One with TLS."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _MarkingHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _MarkingHTTPSConnection


_POOL_CLASSES = {"http": _HTTPPool, "https": _HTTPSPool}


class MarkingAdapter(HTTPAdapter):
    """requests' adapter with our connections. No retries: a request is one request."""

    def __init__(self) -> None:
        super().__init__(pool_connections=_POOLS, pool_maxsize=_POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools use our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOL_CLASSES

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make the pools of a proxy use our connections."""
        manager = super().proxy_manager_for(*args, **kwargs)
        if hasattr(manager, "proxy_config"):  # a SOCKS proxy brings connections of its own
            manager.pool_classes_by_scheme = _POOL_CLASSES
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Let all sessions share the one context with the well-known authorities."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if verify is True:
            pool["ssl_context"] = _authorities()
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave out what would load the authorities anew for every connection, 10 ms each: the context has them."""
        if verify is not True or cert:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests leaves it out


@cache
def _authorities() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
