"""WireAdapter: what a requests.Session sends and receives by, on the fast client's connections."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from functools import lru_cache
from time import perf_counter
from typing import Any

import gevent
from requests import PreparedRequest
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, BaseAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout as RequestsConnectTimeout
from requests.exceptions import ReadTimeout, SSLError
from requests.utils import select_proxy
from urllib3.util import Timeout

from loadhost._http.connection import Connection
from loadhost._http.errors import BadResponse, ConnectError, ConnectionClosed, ConnectTimeout, RequestTimeout
from loadhost._http.lazy_response import LazyResponse
from loadhost._http.origin import Origin, Route, open_connection
from loadhost._http.raw import FOREVER_S, Body, receive
from loadhost._http.transport import IDEMPOTENT
from loadhost._http.wire_request import Target, target_of, written
from loadhost._users.transport import Exchange, MarkingAdapter, current_exchange

_GONE = (ConnectionClosed, BrokenPipeError, ConnectionResetError)
_NO_LIMITS = (1e9, FOREVER_S)
_LOCAL = Exchange()
_Key = tuple[Any, Origin, Any]


class WireAdapter(BaseAdapter):
    """Connections to any origin, for one session. What they can't do goes the way of requests' own adapter: proxies,
    client certificates, a folder of authorities, urllib3's Timeout objects.

    A request is sent anew, on another connection, if its idle connection turns out to be closed and the method is
    idempotent; the current Exchange counts that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._free: dict[_Key, list[Connection]] = {}
        self._fallback: MarkingAdapter | None = None

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        """Send a request and return its response once the head has come."""
        extra = request.__dict__
        answer = extra.pop("answer", None)
        if answer is not None:  # HttpSession.send has asked already, and now lets requests go on from there
            return answer
        wire, rest = extra.pop("wire", None), ()
        target = target_of(str(request.url))
        limits = _NO_LIMITS if timeout is None else _limits(timeout)
        if (
            target is None
            or limits is None
            or cert
            or (proxies and select_proxy(str(request.url), proxies))
            or (verify is not True and target.origin.scheme == "https" and not _is_plain(verify))
        ):
            if self._fallback is None:
                self._fallback = MarkingAdapter()
            return self._fallback.send(request, stream, timeout, verify, cert, proxies)
        if wire is None:
            wire, rest = written(request, target)  # type: ignore[assignment]
        return self._send(request, wire, rest, target, verify, *limits)

    def close(self) -> None:
        """Close all connections; the adapter may be used again, as requests' own."""
        free, self._free = self._free, {}
        for connections in free.values():
            for connection in connections:
                connection.close()
        if self._fallback is not None:
            self._fallback.close()

    def __reduce__(self) -> Any:
        return type(self), ()  # a copied or pickled session has connections of its own

    def __del__(self) -> None:
        self.close()  # the session was not closed; the watch on the timeouts would keep the connections for ever

    def _send(
        self,
        request: PreparedRequest,
        wire: bytes,
        rest: Iterable[bytes],
        target: Target,
        verify: Any,
        connect_s: float,
        read_s: float,
    ) -> LazyResponse:
        method = str(request.method)
        exchange = current_exchange.get() or _LOCAL
        secure = target.origin.scheme == "https"
        key = (gevent.get_hub(), target.origin, verify if secure else None)
        anew = False
        while True:
            connection = self._idle(key, method) if not anew else None
            if connection is None:
                connection = _open(request, target.origin, verify, connect_s)
                exchange.steps += 1
            started = perf_counter()
            try:
                exchange.sent = True
                exchange.steps += 1
                status, body = _begin(connection, wire, rest, method == "HEAD", read_s, self._giver(key))
                return LazyResponse.of(status, connection.reader.head, body, request, self, perf_counter() - started)
            except _GONE as error:
                connection.close()
                # An idle connection that the server closed just as the request went out: nobody's failure.
                if anew or not connection.used or method not in IDEMPOTENT or rest:
                    raise RequestsConnectionError(error, request=request) from error
                anew = True
                exchange.retried += 1
            except RequestTimeout as error:
                connection.close()
                text = f"{target.origin}: Read timed out. (read timeout={read_s:g})"
                raise ReadTimeout(text, request=request) from error
            except OSError as error:
                connection.close()
                raise RequestsConnectionError(error, request=request) from error
            except BaseException:
                connection.close()
                raise

    def _idle(self, key: _Key, method: str) -> Connection | None:
        """A free connection that still lives."""
        free = self._free.get(key)
        while free:
            connection = free.pop()
            # The loop knows of a connection that the server closed once it has run. What can't be sent twice asks.
            if not connection.dead and (method in IDEMPOTENT or not connection.is_readable):
                return connection
            connection.close()
        return None

    def _giver(self, key: _Key) -> Any:
        free = self._free.get(key)
        if free is None:
            free = self._free[key] = []
        return free.append


def _begin(
    connection: Connection, wire: bytes, rest: Iterable[bytes], is_head: bool, read_s: float, give_back: Any
) -> tuple[int, Body]:
    """(status, body): send a request and read until its response's head is there."""
    reader = connection.reader
    reader.expect(is_head)
    connection.deadline = FOREVER_S if read_s == FOREVER_S else perf_counter() + read_s
    try:
        connection.begin(wire)
        for block in rest:
            if connection.dead:  # the server has answered early
                break
            connection.send(block)
    except BrokenPipeError:
        if connection.used:
            raise
        # The server may have said why before it closed.
    body = Body(connection, read_s, give_back)
    while True:
        data = receive(connection, read_s)
        try:
            complete = reader.feed(data)
        except BadResponse as error:
            status = reader.current_status
            if not reader.head_is_complete or status < 100:
                raise
            body.fail(error)
            return status, body
        if not data and not complete:
            reader.closed()
            complete = True
        if complete:
            status = reader.status
            body.finish()
            return status, body
        if reader.head_is_complete:
            return reader.current_status, body


def _open(request: PreparedRequest, origin: Origin, verify: Any, timeout_s: float) -> Connection:
    """A new connection; what goes wrong is told in requests' exceptions, with the cause that failures go by."""
    certificate = DEFAULT_CA_BUNDLE_PATH if verify is True else verify or None
    try:
        return open_connection(origin, Route(timeout_s, insecure=not verify, certificate=certificate))
    except ConnectTimeout as error:
        raise RequestsConnectTimeout(error, request=request) from error
    except ConnectError as error:
        cause = error.__cause__
        if isinstance(cause, ssl.SSLCertVerificationError):
            named = ConnectError(
                f"{origin}: the certificate does not verify: {cause.verify_message}; verify=False goes on without "
                "verifying, verify='authority.pem' trusts another authority"
            )
            raise SSLError(named, request=request) from named
        if isinstance(cause, ssl.SSLError):
            raise SSLError(error, request=request) from error
        if isinstance(cause, TimeoutError):
            raise RequestsConnectTimeout(error, request=request) from error
        raise RequestsConnectionError(cause or error, request=request) from (cause or error)


def _limits(timeout: Any) -> tuple[float, float] | None:
    """(seconds to connect, seconds without a byte). None for urllib3's own Timeout. Raises ValueError, as requests."""
    return None if isinstance(timeout, Timeout) else _checked_limits(timeout)


@lru_cache(maxsize=256)
def _checked_limits(timeout: Any) -> tuple[float, float]:
    if isinstance(timeout, tuple) and len(timeout) != 2:
        raise ValueError(
            f"Invalid timeout {timeout}. Pass a (connect, read) timeout tuple, or a single float to set both timeouts "
            "to the same value."
        )
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    Timeout(connect=connect, read=read)  # refuses what is no time
    return (
        _NO_LIMITS[0] if connect is None else float(connect),
        _NO_LIMITS[1] if read is None else float(read),
    )


def _is_plain(verify: Any) -> bool:
    """Whether `verify` is False or names a file of authorities."""
    return verify is False or (isinstance(verify, str) and os.path.isfile(verify))
