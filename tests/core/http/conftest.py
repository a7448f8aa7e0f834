"""Real servers in threads of this process, which say exactly what they are told to, and sessions to ask them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from loadhost import Environment, PluginManager, hookimpl
from loadhost._http.origin import Route
from loadhost._http.prepared import Preparer
from loadhost._http.session import FastHttpSession

DEFAULT_HEADERS = {"User-Agent": "test", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
Talk = Callable[["Peer"], None]


class Peer:
    """The server's end of one connection. `number`: which one, from 0."""

    def __init__(self, raw: socket.socket, number: int, server: Server) -> None:
        self.socket = raw
        self.number = number
        self._server = server

    def read_head(self) -> bytes:
        """The head of the next request; b"" at the end."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                return b""
            head += byte
        return head

    def read_request(self) -> tuple[bytes, bytes]:
        """(head, body) of the next request."""
        head = self.read_head()
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        body = bytearray()
        while len(body) < length:
            piece = self.socket.recv(min(65536, length - len(body)))
            if not piece:
                break
            body += piece
        return head, bytes(body)

    def send(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        """Send these pieces, each in a segment of its own."""
        for piece in pieces:
            self.socket.sendall(piece)
            if pause_s:
                threading.Event().wait(pause_s)

    def pause(self, seconds: float = 20) -> None:
        """Say nothing for so long, or until the test is over; `paused` of the server tells that it has come to this."""
        self._server.paused.set()
        self._server.ended.wait(seconds)

    def reset(self) -> None:
        """Close in the rudest way."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


@dataclass
class Server:
    """`url`: its address. `connections`: how many were made. `requests`: what `answering` talks have read.

    `paused`: a talk has come to its pause. `ended`: the test is over.
    """

    listener: socket.socket
    talk: Talk
    tls: ssl.SSLContext | None = None
    connections: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)
    peers: list[socket.socket] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    paused: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        thread = threading.Thread(target=self._accept, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self.listener.accept()
                if raw.family != socket.AF_UNIX:
                    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                number, self.connections = self.connections, self.connections + 1
                self.peers.append(raw)
                thread = threading.Thread(target=self._serve, args=(raw, number), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _serve(self, raw: socket.socket, number: int) -> None:
        try:
            raw.settimeout(20)
            if self.tls:
                raw = self.tls.wrap_socket(raw, server_side=True)
                self.peers.append(raw)
            self.talk(Peer(raw, number, self))
        except OSError:
            pass
        finally:
            raw.close()

    def stop(self) -> None:
        self.ended.set()
        for each in (self.listener, *self.peers):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self.threads:
            thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts a server with a talk: a function that is given each connection, in a thread of its own."""
    servers: list[Server] = []

    def serve(
        talk: Talk,
        *,
        tls: ssl.SSLContext | None = None,
        family: int = socket.AF_INET,
        address: Any = ("127.0.0.1", 0),
    ) -> Server:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind(address)
        listener.listen(200)
        server = Server(listener, talk, tls)
        servers.append(server)
        server.start()
        return server

    yield serve
    for server in servers:
        server.stop()


@pytest.fixture
def answering(serve: Callable[..., Server]) -> Callable[..., Server]:
    """Starts a server that answers request after request with these bytes, the last of them again and again."""

    def answering(*answers: bytes, **keywords: Any) -> Server:
        def talk(peer: Peer) -> None:
            at = 0
            while True:
                request = peer.read_request()
                if not request[0]:
                    return
                server.requests.append(request)
                peer.send(answers[min(at, len(answers) - 1)])
                at += 1

        server = serve(talk, **keywords)
        return server

    return answering


@pytest.fixture
def environment(loadhost_manager: PluginManager) -> Environment:
    """A real environment, with a plugin manager of its own."""
    return Environment(plugin_manager=loadhost_manager)


@pytest.fixture
def connect(environment: Environment) -> Iterator[Callable[..., FastHttpSession]]:
    """Makes sessions for a host; closed at the end."""
    sessions: list[FastHttpSession] = []

    def connect(host: str = "", *, headers: dict[str, Any] | None = None, **settings: Any) -> FastHttpSession:
        known = ("timeout_s", "insecure", "certificate", "proxy", "context_factory")
        route = {name: settings.pop(name) for name in known if name in settings}
        preparer = Preparer(host, {**DEFAULT_HEADERS, **(headers or {})}, through_proxy="proxy" in route)
        session = FastHttpSession(environment, preparer=preparer, route=Route(**route), **settings)
        sessions.append(session)
        return session

    yield connect
    for session in sessions:
        session.close()
    gevent.sleep(0)


@pytest.fixture
def heard(loadhost_manager: PluginManager) -> list[dict[str, Any]]:
    """What loadhost_request told, in order."""
    calls: list[dict[str, Any]] = []

    class Listener:
        @hookimpl
        def loadhost_request(
            self,
            request_type: str,
            name: str,
            response_time: float,
            response_length: int,
            response: Any,
            context: Any,
            exception: Any,
        ) -> None:
            calls.append({key: value for key, value in locals().items() if key != "self"})

    loadhost_manager.register(Listener())
    return calls


@pytest.fixture
def counts(environment: Environment) -> Callable[[], tuple[int, int, int, int]]:
    """(requests, failures, interrupted, retried) so far."""

    def counts() -> tuple[int, int, int, int]:
        total = environment.stats.totals_figures()
        return total.requests, total.failures, total.interrupted, total.retried

    return counts
