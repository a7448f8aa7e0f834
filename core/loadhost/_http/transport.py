"""Transport: the connections of one session, and how requests go over them: reuse, retries, redirects."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import urljoin, urlsplit

from loadhost._http.connection import Connection
from loadhost._http.cookies import Cookies
from loadhost._http.errors import ConnectError, ConnectionClosed, TooManyRedirects
from loadhost._http.headers import field_line
from loadhost._http.origin import Origin, Route, open_connection
from loadhost._http.prepared import Prepared, Preparer
from loadhost._http.response import Response
from loadhost._http.stream import StreamedResponse
from loadhost._http.sweeper import EXACT_BELOW_S

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
_GONE = (ConnectionClosed, BrokenPipeError, ConnectionResetError)


class Transport:
    """Free connections by origin, for one user: no pool that others share, no locks.

    `max_retries`: how often a request is sent anew when no connection could be made. A request is also sent anew,
    without limit but on a fresh connection in the end, when an idle connection turns out to be closed: once only per
    connection, and only if the method is idempotent.
    """

    def __init__(
        self,
        route: Route,
        preparer: Preparer,
        cookies: Cookies,
        requests: Any,
        max_retries: int = 0,
        max_redirects: int = 30,
    ) -> None:
        self._route = route
        self._prepare = preparer
        self._cookies = cookies
        self._requests = requests
        self._max_retries = max_retries
        self._max_redirects = max_redirects
        self._free: dict[Origin, list[Connection]] = {}

    def send(
        self, prepared: Prepared, wire: bytes, started: float, timeout_s: float, stream: bool
    ) -> tuple[Response, float]:
        """(response, the kernel's time of its arrival or 0.0). Sends anew what may be sent anew."""
        tries_left = self._max_retries
        while True:
            connection: Connection | None = None
            try:
                free = self._free.get(prepared.origin)
                connection = free.pop() if free else None
                if connection is None or connection.dead:
                    connection = self._connection(prepared.origin, connection)
                    connection.deadline = perf_counter() + timeout_s
                else:
                    connection.deadline = started + timeout_s
                if stream or timeout_s < EXACT_BELOW_S:
                    response = self._exchange_specially(connection, prepared, wire, timeout_s, stream)
                else:
                    response = self._exchange(connection, prepared, wire)
            except _GONE:
                # An idle connection that the server closed just as the request went out: nobody's failure.
                if connection is None or not connection.used or prepared.method not in IDEMPOTENT:
                    raise
            except ConnectError:
                if tries_left <= 0:
                    raise
                tries_left -= 1
            else:
                if b"et-cookie:" in response._head or b"et-Cookie:" in response._head:
                    self._cookies.take(response.headers, prepared.url)
                return response, connection.arrival
            self._requests.retried(prepared.method, prepared.name)
            started = perf_counter()

    def _connection(self, origin: Origin, dead: Connection | None) -> Connection:
        """A connection to the origin: another free one that is still alive, else a new one."""
        free = self._free.get(origin)
        while dead is not None:
            dead.close()
            dead = free.pop() if free else None
            if dead is not None and not dead.dead:
                return dead
        return open_connection(origin, self._route)

    def _exchange(self, connection: Connection, prepared: Prepared, wire: bytes) -> Response:
        try:
            reader = connection.exchange(wire, prepared.is_head)
        except OSError:
            connection.close()
            raise
        except BaseException:
            # Killed: the request was sent, its answer will never be read.
            connection.close()
            self._requests.interrupted(prepared.method, prepared.name)
            raise
        if connection.dead:
            connection.close()
        else:
            self._give_back(prepared.origin, connection)
        return Response(reader.status, reader.head, reader.chunks, prepared.url, prepared.method)

    def _exchange_specially(
        self, connection: Connection, prepared: Prepared, wire: bytes, timeout_s: float, stream: bool
    ) -> Response:
        """With a streamed body, or with a timeout so short that it wants a timer of its own."""
        timer = connection.exact_timer(timeout_s) if timeout_s < EXACT_BELOW_S else None
        try:
            if not stream or prepared.is_head:
                return self._exchange(connection, prepared, wire)
            try:
                return StreamedResponse(connection, wire, prepared, self._give_back)
            except BaseException as error:
                connection.close()
                if not isinstance(error, OSError):
                    self._requests.interrupted(prepared.method, prepared.name)
                raise
        finally:
            if timer is not None:
                timer.stop()
                timer.close()

    def _give_back(self, origin: Origin, connection: Connection) -> None:
        try:
            self._free[origin].append(connection)
        except KeyError:
            self._free[origin] = [connection]

    def follow(
        self, response: Response, first: Prepared, body: bytes, timeout_s: float, stream: bool
    ) -> tuple[Response, float]:
        """Go where redirects lead, as requests does: 303 and (but for HEAD) 301 and 302 become GET without a body."""
        history: list[Response] = []
        prepared, arrival = first, 0.0
        while response.is_redirect:
            if len(history) >= self._max_redirects:
                raise TooManyRedirects(f"more than {self._max_redirects} redirects, the last to {response.url}")
            history.append(response)
            response.close()
            method = prepared.method
            changes = response.status_code == 303 or (response.status_code in (301, 302) and method == "POST")
            if changes and method != "HEAD":
                method, body = "GET", b"\r\n"
            address = urljoin(prepared.url, response.headers["location"])
            lines = None if _same_host(prepared.url, address) else _without_credentials(self._prepare.fields)
            prepared = self._prepare.make(method, address, first.name, lines)
            wire = prepared.head + body
            if self._cookies.any:
                wire = with_line(wire, prepared, self._cookies.line(prepared.url))
            response, arrival = self.send(prepared, wire, perf_counter(), timeout_s, stream)
        response.history.extend(history)
        return response, arrival

    def close(self) -> None:
        """Close all free connections."""
        for connections in self._free.values():
            for connection in connections:
                connection.close()
        self._free.clear()


def with_line(wire: bytes, prepared: Prepared, line: bytes) -> bytes:
    """The request with one more header line."""
    return prepared.head + line + wire[len(prepared.head) :] if line else wire


def merged_lines(defaults: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """The header lines of default fields and the fields that go before them; a value of None leaves a field out."""
    replaced = {name.lower() for name in fields}
    kept = {name: value for name, value in defaults.items() if name.lower() not in replaced}
    return "".join(field_line(name, value) for name, value in {**kept, **fields}.items() if value is not None)


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).hostname == urlsplit(other).hostname


def _without_credentials(fields: Mapping[str, str]) -> str:
    return merged_lines({name: value for name, value in fields.items() if name.lower() != "authorization"}, {})
