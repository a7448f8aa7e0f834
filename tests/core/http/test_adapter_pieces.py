"""A response of requests is the same, in whatever pieces its bytes come and however it is read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.server import StreamServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loadhost import Environment
from loadhost._plugins.manager import PluginManager
from loadhost.clients import HttpSession

BODY = bytes(range(256)) * 2
ZIPPED = gzip.compress(BODY, mtime=0)
CHUNKED = b"".join(b"%x\r\n%b\r\n" % (len(BODY[at : at + 100]), BODY[at : at + 100]) for at in range(0, 512, 100))
ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 512\r\n\r\n" + BODY,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED + b"0\r\nX: y\r\n\r\n",
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 512\r\n\r\n" + BODY,
}


class PieceServer:
    """Answers each request with `pieces`, one write for each."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.connections = 0
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.stop = self._server.stop

    def _serve(self, connection: Any, address: Any) -> None:
        self.connections += 1
        connection.setsockopt(6, 1, 1)  # TCP_NODELAY
        while connection.recv(65536):
            for piece in self.pieces:
                connection.sendall(piece)
                gevent.sleep(0)


@pytest.fixture(scope="module")
def server() -> Iterator[PieceServer]:
    """A PieceServer in this process."""
    server = PieceServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def session(server) -> Iterator[HttpSession]:
    """A session for it."""
    with HttpSession(server.url, Environment(plugin_manager=PluginManager())) as session:
        session.trust_env = False
        yield session


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % len(data) for place in places} - {0})
    return [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True)]


def read_at_once(response):
    return response.content


def read_in_steps(response):
    return b"".join(response.iter_content(7))


def read_as_it_comes(response):
    return b"".join(response.iter_content(None))


def read_through_raw(response):
    pieces = iter(lambda: response.raw.read(33, decode_content=True), b"")
    return b"".join(pieces)


@pytest.mark.parametrize("read", [read_at_once, read_in_steps, read_as_it_comes, read_through_raw])
@given(case=st.sampled_from(sorted(ANSWERS)), places=st.lists(st.integers(0, 2000), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_make_no_difference(server, session, read, case, places):
    server.pieces = cut(ANSWERS[case], places)
    response = session.get("/", stream=read is not read_at_once, timeout=20)
    assert response.status_code == 200
    assert read(response) == BODY


def test_all_that_came_over_one_connection(server, session):
    server.pieces = [ANSWERS["length"]]
    before = server.connections
    session.get("/")
    connections = server.connections
    for answer in ANSWERS.values():
        server.pieces = cut(answer, list(range(40, 400, 50)))
        for read in (read_in_steps, read_as_it_comes, read_through_raw):
            read(session.get("/", stream=True))
        session.get("/")
    assert server.connections == connections <= before + 1
