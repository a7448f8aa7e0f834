"""Origin: where a connection goes, and how it is opened."""

from __future__ import annotations

import socket as _plain_socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import gevent
import gevent.socket as gsocket

from loadhost._http.connection import Connection, deadline_after
from loadhost._http.errors import ConnectError, ConnectionClosed, ConnectTimeout, RequestTimeout
from loadhost._http.tls import TlsConnection, factory_context, shared_context


class Origin(NamedTuple):
    """`scheme`: "http", "https" or "http+unix" (`host` is the socket's path then, `port` 0).

    A tuple, since each request looks its connections up by it: a dataclass hashes in Python, five times slower.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True)
class Route:
    """How origins are reached. `proxy`: (host, port) of an HTTP proxy. `timeout_s`: for everything until it is open.

    `insecure`: certificates are not verified. `certificate`: a file of certificates to trust, in place of the system's.
    """

    timeout_s: float = 60.0
    insecure: bool = False
    certificate: str | None = None
    proxy: tuple[str, int] | None = None
    context_factory: Callable[[], ssl.SSLContext] | None = None
    """Makes the SSLContext, once, in place of ours."""


def open_connection(origin: Origin, route: Route) -> Connection:
    """Connect, through the proxy if there is one, and agree on TLS. Raises ConnectError, ConnectTimeout."""
    deadline = deadline_after(route.timeout_s)
    # Not with ConnectTimeout as its exception: that is an OSError, which whoever tries one address after the other
    # would take for the end of one address only.
    timeout = gevent.Timeout(route.timeout_s)
    try:
        with timeout:
            connection = _connect(origin, route)
            try:
                connection.deadline = deadline
                if isinstance(connection, TlsConnection):
                    connection.handshake()
            except BaseException:
                connection.close()
                raise
            return connection
    except gevent.Timeout as error:
        if error is not timeout:
            raise
        raise ConnectTimeout(f"no connection to {origin} within {route.timeout_s:g} s") from None
    except RequestTimeout:
        raise ConnectTimeout(f"no connection to {origin} within {route.timeout_s:g} s") from None
    except ConnectError as error:
        raise ConnectError(f"{origin}: {error}") from error.__cause__
    except OSError as error:
        raise ConnectError(f"no connection to {origin}: {_reason(error)}") from error
    except UnicodeError as error:
        raise ConnectError(f"no connection to {origin}: the name can't be one ({error})") from error


def _connect(origin: Origin, route: Route) -> Connection:
    if origin.scheme == "http+unix":
        return Connection(_unix_socket(origin.host))
    host, port = route.proxy or (origin.host, origin.port)
    cooperative = _tcp_socket(host, port)
    try:
        if origin.scheme == "https" and route.proxy:
            _open_tunnel(cooperative, origin)
    except BaseException:
        cooperative.close()
        raise
    raw = _take_over(cooperative)
    raw.setsockopt(_plain_socket.IPPROTO_TCP, _plain_socket.TCP_NODELAY, 1)
    if origin.scheme == "https":
        factory = route.context_factory
        context = factory_context(factory) if factory else shared_context(route.insecure, route.certificate)
        return TlsConnection(raw, context, origin.host)
    return Connection(raw)


def _tcp_socket(host: str, port: int) -> Any:
    """Connected to the first address of the host that answers. create_connection would leak its socket on a kill."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in gsocket.getaddrinfo(host, port, 0, _plain_socket.SOCK_STREAM):
        try:
            return _connected(gsocket.socket(family, kind, protocol), address)
        except OSError as error:
            failure = error
    assert failure is not None  # getaddrinfo raises rather than return nothing
    raise failure


def _connected(cooperative: Any, address: Any) -> Any:
    try:
        cooperative.connect(address)
    except BaseException:
        cooperative.close()
        raise
    return cooperative


def _unix_socket(path: str) -> Any:
    return _take_over(_connected(gsocket.socket(_plain_socket.AF_UNIX, _plain_socket.SOCK_STREAM), path))


def _take_over(cooperative: Any) -> Any:
    """The C socket underneath gevent's: non-blocking, and without gevent's watchers."""
    import _socket

    raw = _socket.socket(cooperative.family, cooperative.type, cooperative.proto, fileno=cooperative.detach())
    raw.setblocking(False)
    return raw


def _open_tunnel(cooperative: Any, origin: Origin) -> None:
    target = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
    cooperative.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("latin-1"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = cooperative.recv(1024)
        if not data or len(answer) > 65536:
            raise ConnectionClosed("the proxy closed the connection")
        answer += data
    status = answer.split(b" ", 2)[1:2]
    if not status or not status[0].startswith(b"2"):
        line = answer.split(b"\r\n", 1)[0].decode("latin-1")
        raise ConnectError(f"the proxy refused to connect: {line}")


def _reason(error: OSError) -> str:
    if isinstance(error, _plain_socket.gaierror):
        return f"the name does not resolve ({error.strerror})"
    return error.strerror or str(error)
