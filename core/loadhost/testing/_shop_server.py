"""The shop's server: HTTP/1.1 with asyncio and httptools, made to take little from the machine that makes the load."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from typing import cast

import httptools

from loadhost.testing._faults import EvenDraw, Faults
from loadhost.testing._shop_log import CLIENT_LEFT, RESET, RequestLog
from loadhost.testing._shop_pages import Answer, Pages, Request, answer, failure

_CONTROL = "/_shop/"
_LINGER_NONE = struct.pack("ii", 1, 0)


class ShopServer:
    """What all connections share: pages, faults, log."""

    def __init__(self, *, seed: int, log: RequestLog, faults: Faults) -> None:
        self.log = log
        self._seed = seed
        self._begin(faults)

    def _begin(self, faults: Faults) -> None:
        self.pages = Pages(self._seed)
        self.set_faults(faults)

    def set_faults(self, faults: Faults) -> None:
        """From now on (or from `after_s` after the next request on) go wrong like this."""
        shares = {"reset": faults.reset_ratio, "stall": faults.stall_ratio, "fail": faults.fail_ratio}
        self._faults = faults if faults != Faults() else None
        self._draw = EvenDraw(shares, f"{self._seed} faults")
        self._faults_from: float | None = None

    def fault(self, path: str, now: float) -> tuple[str | None, float]:
        """("reset", "stall", "fail" or None, seconds of latency to add) for a request that arrives now."""
        faults = self._faults
        if faults is None:
            return None, 0.0
        if self._faults_from is None:
            self._faults_from = now + faults.after_s
        if now < self._faults_from or not path.startswith(faults.path):
            return None, 0.0
        return self._draw.draw(), faults.latency_ms / 1000

    def failure(self) -> Answer:
        """The answer to a request that the faults make fail."""
        return failure(self._faults.status if self._faults else 503)

    def control(self, request: Request) -> Answer:
        """Answer on /_shop/: neither counted nor subject to faults."""
        asked = f"{request.method} {request.path}"
        if asked == "GET /_shop/log":
            self.log.flush()
            return answer(200, {"requests": self.log.rows()})
        if asked == "POST /_shop/faults":
            return self._control_faults(request.body)
        if asked == "POST /_shop/reset":
            self._begin(Faults())
            self.log.clear()
            return answer(200, {})
        return answer(404, {"error": "there is GET /_shop/log, POST /_shop/faults and POST /_shop/reset"})

    def _control_faults(self, body: bytes) -> Answer:
        try:
            faults = Faults.from_json(json.loads(body or b"{}"))
        except ValueError as error:
            return answer(400, {"error": str(error)})
        self.set_faults(faults)
        return answer(200, faults.as_json())


class ShopConnection(asyncio.Protocol):
    """One connection. httptools calls the on_ methods; requests are answered in the order of their arrival."""

    def __init__(self, server: ShopServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop = server, loop
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._current: tuple[Request, float] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._url, self._content_type, self._cookie, self._body = b"", "", "", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's. TCP_NODELAY is already set by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: a request under way is counted as left by its client."""
        if self._timer:
            self._timer.cancel()
        if self._current:
            request, arrived = self._current
            self._log(request, CLIENT_LEFT, 0, arrived)

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._transport.close()
        except httptools.HttpParserError:
            self._transport.write(_BAD.head + _BAD.body)
            self._transport.close()

    def on_message_begin(self) -> None:
        """httptools': a request begins."""
        self._url, self._content_type, self._cookie, self._body = b"", "", "", b""

    def on_url(self, url: bytes) -> None:
        """httptools': a piece of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools': the shop cares for two headers only."""
        lowered = name.lower()
        if lowered == b"cookie":
            self._cookie = value.decode("latin-1")
        elif lowered == b"content-type":
            self._content_type = value.decode("latin-1").lower()

    def on_body(self, body: bytes) -> None:
        """httptools': a piece of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """httptools': a request is complete."""
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("ascii")
        request = Request(method, path, query, self._content_type, self._cookie, self._body)
        keep = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        if self._current:
            self._waiting.append((request, keep))
        else:
            self._take(request, keep)

    def _take(self, request: Request, keep: bool) -> None:
        now = self._loop.time()
        self._current = (request, now)
        if request.path.startswith(_CONTROL):
            self._send(self._server.control(request), keep)
            return
        fault, latency_s = self._server.fault(request.path, now)
        if fault == "stall":
            return
        if fault == "reset":
            self._reset()
            return
        reply = self._server.failure() if fault == "fail" else self._server.pages.answer(request)
        delay_s = reply.sleep_s + latency_s
        if delay_s:
            self._timer = self._loop.call_later(delay_s, self._send, reply, keep)
        else:
            self._send(reply, keep)

    def _send(self, reply: Answer, keep: bool) -> None:
        assert self._current is not None
        request, arrived = self._current
        self._current = self._timer = None
        body = b"" if request.method == "HEAD" else reply.body
        self._transport.write(reply.head + body)
        self._log(request, reply.status, len(body), arrived)
        if not keep:
            self._transport.close()
        elif self._waiting and not self._transport.is_closing():
            self._take(*self._waiting.popleft())

    def _reset(self) -> None:
        assert self._current is not None
        request, arrived = self._current
        self._current = None
        # Without a linger of 0 the kernel says goodbye politely, and the client sees an empty answer, not a reset.
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        self._transport.abort()
        self._log(request, RESET, 0, arrived)

    def _log(self, request: Request, status: int, size: int, arrived: float) -> None:
        if not request.path.startswith(_CONTROL):
            took_s = self._loop.time() - arrived
            self._server.log.add(request.method, request.path, request.query, status, size, took_s)


_BAD = answer(400, {"error": "this is not HTTP/1.1"})
