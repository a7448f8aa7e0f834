"""requests' own adapter, for what the fast connections leave to it; it knows whether a request reached the kernel."""

from __future__ import annotations

import os
import ssl
from contextvars import ContextVar
from functools import cache
from typing import Any

from gevent.monkey import get_original
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3 import connection, connectionpool
from urllib3.util import create_urllib3_context

_POOLS, _POOL_SIZE = 10, 10
_POLLIN = 1  # gevent's select has it under this value too; the end of a connection is reported in any case


class Exchange:
    """One request on its way. `sent`: bytes of it (of its first hop, if redirected) were given to the kernel.
    `retried`: how often it was sent anew, because the server had closed the idle connection. `steps`: how often it
    waited for the loop: for new connections, for the answer of each hop; counted on the fast client's connections."""

    __slots__ = ("retried", "sent", "steps")

    def __init__(self) -> None:
        self.sent = False
        self.retried = self.steps = 0


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


class HTTPConnection(_Marking, connection.HTTPConnection):
    """One without TLS."""


class HTTPSConnection(_Marking, connection.HTTPSConnection):
    """One with TLS."""


# Named as urllib3 names them: the name stands in the text of a timeout, by which failures are grouped.
class HTTPConnectionPool(connectionpool.HTTPConnectionPool):
    """Connections to one host, without TLS."""

    ConnectionCls = HTTPConnection


class HTTPSConnectionPool(connectionpool.HTTPSConnectionPool):
    """Connections to one host, with TLS."""

    ConnectionCls = HTTPSConnection


_POOL_CLASSES = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}


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
        """Let all connections that trust the same authorities share one context, where urllib3 would make one for
        each and load the authorities into it: tens of milliseconds of the machine that makes the load."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if verify and not cert:
            pool.pop("ca_certs", None)
            pool.pop("ca_cert_dir", None)
            pool["ssl_context"] = _context(DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify))
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """What requests sets here would make urllib3 load the authorities again: the context has them."""
        if cert or not verify:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests leaves it out


@cache
def _context(authorities: str) -> ssl.SSLContext:
    """A context that trusts the certificates of a file or folder. Raises OSError with the path."""
    context = create_urllib3_context()
    try:
        if os.path.isdir(authorities):
            context.load_verify_locations(capath=authorities)
        else:
            context.load_verify_locations(cafile=authorities)
    except OSError as error:
        raise OSError(f"verify: {authorities} can't be read as TLS certificates: {error}") from error
    return context
