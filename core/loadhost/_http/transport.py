"""Transport: the connections of one session, and how requests go over them: reuse, retries, redirects."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import gevent

from loadhost._http.connection import Connection
from loadhost._http.cookies import Cookies
from loadhost._http.errors import ConnectError, ConnectionClosed, TooManyRedirects
from loadhost._http.origin import Origin, Route, open_connection
from loadhost._http.prepared import Prepared, Preparer
from loadhost._http.redirects import next_hop
from loadhost._http.response import Response
from loadhost._http.stream import StreamedResponse
from loadhost._http.sweeper import EXACT_BELOW_S

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
_GONE = (ConnectionClosed, BrokenPipeError, ConnectionResetError)


class Transport:
    """Free connections by origin, for one user: no pool that others share, no locks.

    `max_retries`: how often a request is sent anew when no connection could be made.
    """

    def __init__(
        self,
        route: Route,
        preparer: Preparer,
        requests: Any,
        max_retries: int = 0,
        max_redirects: int = 30,
    ) -> None:
        self._route = route
        self._prepare = preparer
        self.jar: Cookies | None = None
        """The cookies, None as long as there never were any: a jar takes a third of the memory of a user."""
        self._requests = requests
        self._max_retries = max_retries
        self._max_redirects = max_redirects
        self._free: dict[Origin, list[Connection]] = {}

    @property
    def cookies(self) -> Cookies:
        """The cookies; made when first asked for."""
        if self.jar is None:
            self.jar = Cookies()
        return self.jar

    def send(
        self, prepared: Prepared, wire: bytes, started: float, timeout_s: float, stream: bool, sent: bool = False
    ) -> tuple[Response, float]:
        """(response, the kernel's time of its arrival or 0.0).

        A request goes out anew, on a fresh connection and once, if an idle one turns out closed and the method is
        idempotent; and up to max_retries times if no connection could be made. `sent`: whether an earlier request of
        the same exchange has gone out, so that a kill while this one connects interrupts it all the same.
        """
        free = self._free.get(prepared.origin)
        if (
            not free
            or stream
            or timeout_s < EXACT_BELOW_S
            or free[-1].dead
            or (prepared.method not in IDEMPOTENT and free[-1].is_readable)
        ):
            return self._send_carefully(prepared, wire, timeout_s, stream, sent)
        # The common case, written out: a living connection, a response that is read at once.
        connection = free.pop()
        connection.idle_s = timeout_s
        connection.deadline = started + timeout_s
        try:
            head, body = connection.exchange(prepared, wire)
        except BaseException as error:
            self._give_up(connection, prepared, error)
            if not _may_go_anew(error, connection, prepared):
                raise
        else:
            if connection.dead:
                connection.close()
            else:
                free.append(connection)
            if head.sets_cookie:
                self.cookies.take(head.headers, prepared.url)
            return Response(head, body, prepared), connection.arrival
        self._requests.retried(prepared.method, prepared.name)
        return self._send_over(self._open(prepared, True), prepared, wire, timeout_s, stream)

    def _send_carefully(
        self, prepared: Prepared, wire: bytes, timeout_s: float, stream: bool, sent: bool
    ) -> tuple[Response, float]:
        connection = self._living(prepared)
        if connection is not None:
            try:
                return self._send_over(connection, prepared, wire, timeout_s, stream)
            except OSError as error:
                if not _may_go_anew(error, connection, prepared):
                    raise
            sent = True
            self._requests.retried(prepared.method, prepared.name)
        return self._send_over(self._open(prepared, sent), prepared, wire, timeout_s, stream)

    def _send_over(
        self, connection: Connection, prepared: Prepared, wire: bytes, timeout_s: float, stream: bool
    ) -> tuple[Response, float]:
        """With a streamed body, or with a timeout so short that it wants a timer of its own."""
        connection.idle_s = timeout_s
        connection.deadline = perf_counter() + timeout_s
        timer = connection.exact_timer(timeout_s) if timeout_s < EXACT_BELOW_S else None
        try:
            if stream and not prepared.is_head:
                response: Response = StreamedResponse(connection, wire, prepared, self._give_back)
            else:
                response = Response(*connection.exchange(prepared, wire), prepared)
                self._give_back(prepared.origin, connection)
        except BaseException as error:
            self._give_up(connection, prepared, error)
            raise
        finally:
            if timer is not None:
                timer.stop()
                timer.close()
        if response._head.sets_cookie:
            self.cookies.take(response.headers, prepared.url)
        return response, connection.arrival

    def _living(self, prepared: Prepared) -> Connection | None:
        """A free connection that is still alive; those that are not are closed."""
        free = self._free.get(prepared.origin)
        while free:
            connection = free.pop()
            # The loop knows of a connection that the server closed once it has run. What can't be sent twice asks.
            if not connection.dead and (prepared.method in IDEMPOTENT or not connection.is_readable):
                return connection
            connection.close()
        return None

    def _open(self, prepared: Prepared, sent: bool) -> Connection:
        self._requests.stepwise()
        try:
            for _ in range(self._max_retries):
                try:
                    return open_connection(prepared.origin, self._route)
                except ConnectError:
                    self._requests.retried(prepared.method, prepared.name)
            return open_connection(prepared.origin, self._route)
        except BaseException as error:
            if sent:
                self._count_if_killed(prepared, error)
            raise

    def _give_up(self, connection: Connection, prepared: Prepared, error: BaseException) -> None:
        connection.close()
        self._count_if_killed(prepared, error)

    def _count_if_killed(self, prepared: Prepared, error: BaseException) -> None:
        # A gevent.Timeout of the loadfile's own is no kill: the session counts it as a failure.
        if not isinstance(error, Exception | gevent.Timeout):
            # The request was sent, its answer will never be read.
            self._requests.interrupted(prepared.method, prepared.name)

    def _give_back(self, origin: Origin, connection: Connection) -> None:
        if connection.dead:
            connection.close()
        else:
            self._free.setdefault(origin, []).append(connection)

    def follow(
        self, response: Response, first: Prepared, wire: bytes, timeout_s: float, stream: bool
    ) -> tuple[Response, float]:
        """Go where redirects lead. `wire`: the request that got this response."""
        history: list[Response] = []
        prepared, arrival = first, 0.0
        while response.is_redirect and response.headers["location"]:
            if len(history) >= self._max_redirects:
                response.close()
                raise TooManyRedirects(f"more than {self._max_redirects} redirects, the last to {response.url}")
            history.append(response)
            response.close()
            self._requests.stepwise()
            hop = next_hop(response, prepared.method, wire)
            prepared = self._prepare.make(hop.method, hop.url, first.name, hop.fields)
            wire = prepared.head + b"\r\n" + hop.body
            if self.jar is not None and self.jar.any:
                wire = with_line(wire, prepared, self.jar.line(prepared.url))
            response, arrival = self.send(prepared, wire, perf_counter(), timeout_s, stream, sent=True)
        response.history.extend(history)
        return response, arrival

    def close(self) -> None:
        """Close all free connections."""
        for connections in self._free.values():
            for connection in connections:
                connection.close()
        self._free.clear()


def _may_go_anew(error: BaseException, connection: Connection, prepared: Prepared) -> bool:
    """Whether the server closed an idle connection just as the request went out: nobody's failure."""
    gone = isinstance(error, _GONE) and connection.used and not connection.reader.has_begun
    return gone and prepared.method in IDEMPOTENT


def with_line(wire: bytes, prepared: Prepared, line: bytes) -> bytes:
    """The request with one more header line."""
    return prepared.head + line + wire[len(prepared.head) :] if line else wire
