"""A database whose answers are written beforehand, and deliveries to it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gevent
import pytest
from gevent.threadpool import ThreadPool
from loadhost_influx import _delivery
from loadhost_influx._delivery import Delivery
from loadhost_influx._settings import Settings
from loadhost_influx._spool import Spool


@dataclass
class Reply:
    """What the server says. `stores`: whether it keeps the lines that it doesn't refuse."""

    status: int = 204
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stores: bool = False
    hang_s: float = 0.0
    hang_up: bool = False


class ScriptedDatabase(ThreadingHTTPServer):
    """Takes lines over HTTP as InfluxDB does. Each write uses up one reply of `script`; without, `usual` answers.

    `points`: how often each line was stored. `bad(line)`: whether a line is refused with a 400, as InfluxDB 1 does.
    """

    daemon_threads = True
    request_queue_size = 50

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script: list[Reply] = []
        self.usual: Callable[[list[str]], Reply] = lambda lines: Reply()
        self.points: Counter[str] = Counter()
        self.writes: list[list[str]] = []
        self.seen: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []
        self.queries: list[str] = []
        self.released = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def reply_to(self, lines: list[str]) -> Reply:
        """Of the script, or the usual one."""
        self.writes.append(lines)
        reply = self.script.pop(0) if self.script else self.usual(lines)
        if reply.status == 204 or reply.stores:
            self.points.update(lines)
        return reply

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the tests."""

    def close(self) -> None:
        """Let go of those that hang, and end."""
        self.released.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedDatabase
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {}, dict(self.headers)))
        self._say(Reply(204, headers={"X-Influxdb-Version": "scripted"}))

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = parse_qs(parts.query)
        self.server.seen.append((parts.path, query, dict(self.headers)))
        if parts.path == "/query":
            self.server.queries.append(query["q"][0])
            self._say(Reply(200, '{"results":[{"statement_id":0}]}'))
            return
        assert self.headers["Content-Encoding"] == "gzip"
        self._say(self.server.reply_to(gzip.decompress(body).decode().split("\n")))

    def _say(self, reply: Reply) -> None:
        self.server.released.wait(reply.hang_s)
        if reply.hang_up:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        body = reply.body.encode()
        with suppress(OSError):
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Not on our console."""


def points(count: int, name: str = "m") -> list[str]:
    """So many different points."""
    return [f"{name},n={number} v={number}.0 1700000000000000000" for number in range(count)]


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Let the greenlets work until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        gevent.sleep(0.01)


@pytest.fixture
def scripted() -> Iterator[ScriptedDatabase]:
    """A scripted database, which takes everything."""
    server = ScriptedDatabase()
    yield server
    server.close()


@pytest.fixture
def background() -> Iterator[ThreadPool]:
    """What `environment.background` is."""
    pool = ThreadPool(1)
    yield pool
    pool.kill()


@pytest.fixture
def deliver(
    tmp_path: Path, background: ThreadPool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Delivery]]:
    """Starts a delivery: `deliver(url, **settings)`. It writes to disk at once, and waits little between attempts."""
    monkeypatch.setattr(_delivery, "FLUSH_S", 0.02)
    started: list[Delivery] = []

    def start(url: str, *, timeout_s: float = 10.0, first_s: float = 0.01, **settings: Any) -> Delivery:
        chosen = {"database": "load", "run_id": "r1", "spool": tmp_path / "spool", **settings}
        delivery = Delivery(Settings(url=url, **chosen), background, timeout_s=timeout_s)
        delivery.start()
        delivery._sender._backoff._first_s = first_s
        started.append(delivery)
        return delivery

    yield start
    for delivery in started:
        delivery.close()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """An empty spool on disk."""
    spool = Spool.create(tmp_path / "r1" / "1.spool", {}, 1 << 30)
    yield spool
    spool.abandon()


@pytest.fixture(scope="session")
def make_points() -> Callable[..., list[str]]:
    """`points` of this file."""
    return points


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """`wait_until` of this file."""
    return wait_until


@pytest.fixture(scope="session")
def reply() -> type[Reply]:
    """`Reply` of this file."""
    return Reply
