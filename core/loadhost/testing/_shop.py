"""Shop: starts the small web shop in a process of its own, steers it, and ends it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

from loadhost.exception import LoadhostError
from loadhost.testing._faults import Faults

_START_TIMEOUT_S = 20.0


class ShopError(LoadhostError):
    """The shop could not be started, or does not answer any more."""


class ShopRequest(NamedTuple):
    """What the shop counts requests by. `status`: 499 if the client left first, 444 if the shop reset it."""

    method: str
    path: str
    status: int


class Shop:
    """A small web shop on loopback, to load-test against. Nothing is imported or patched in this process.

    ::

        with Shop() as shop:
            urllib.request.urlopen(shop.url + "/product/7")
            assert shop.requests["GET", "/product/7", 200] == 1

    Pages: / and /product/<1-100> are fast, /search?q= takes 50 to 150 ms, /catalogue is 200 KB, /old redirects,
    POST /checkout fails one time in four, POST /login takes user and password ("loadhost") as form or JSON and
    sets the cookie that /account needs. For tests: /delay/<ms>, /status/<code>, /bytes/<count>.
    With the same seed, the n-th search and the n-th checkout have the same fate in every run.

    The shop ends when the block ends, when `close` is called, or when this process ends, however it ends.
    """

    def __init__(self, *, port: int = 0, seed: int = 1, log: Path | str | None = None) -> None:
        """`port`: on 127.0.0.1, 0 for a free one. `log`: a file that gets a line per request."""
        self._command = [sys.executable, "-m", "loadhost.testing.shop", "--port", str(port), "--seed", str(seed)]
        self._command += ["--log", str(log)] if log else []
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: IO[bytes] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """The address, such as "http://127.0.0.1:40123", without a slash at the end."""
        if not self._url:
            raise ShopError("the shop is not open; use `with Shop() as shop:` or call shop.start()")
        return self._url

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def requests(self) -> Counter[ShopRequest]:
        """How many requests it answered or lost, by (method, path, status). Asks the shop each time."""
        rows = self._control("GET", "/_shop/log")["requests"]
        return Counter({ShopRequest(method, path, status): count for method, path, status, count in rows})

    def count(self, *, method: str | None = None, path: str | None = None, status: int | None = None) -> int:
        """How many requests match; without arguments, all of them."""
        wanted = (method, path, status)
        return sum(
            count
            for key, count in self.requests.items()
            if all(want is None or want == have for want, have in zip(wanted, key, strict=True))
        )

    def faults(
        self,
        *,
        fail_ratio: float = 0.0,
        status: int = 503,
        latency_ms: float = 0.0,
        reset_ratio: float = 0.0,
        stall_ratio: float = 0.0,
        path: str = "/",
        after_s: float = 0.0,
    ) -> None:
        """Make the shop go wrong from now on; without arguments, make it well again.

        `fail_ratio`: the share (0..1) answered with `status`; `latency_ms`: added to every answer; `reset_ratio`: the
        share whose connection is reset; `stall_ratio`: the share that is never answered; `path`: only where the path
        begins so; `after_s`: begin so many seconds after the next request. Raises ValueError for values that make
        no sense.
        """
        faults = Faults(fail_ratio, status, latency_ms, reset_ratio, stall_ratio, path, after_s)
        self._control("POST", "/_shop/faults", asdict(faults))

    def reset(self) -> None:
        """As freshly started: no counts, no faults, the draws from the beginning. The log file keeps its lines."""
        self._control("POST", "/_shop/reset")

    def start(self) -> None:
        """Start the process and wait until it listens. Raises ShopError with what it said if it does not."""
        if self._process:
            return
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close(): it lives as long as the shop
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,  # held open as long as we live: its closing ends the shop
            stdout=subprocess.PIPE,
            stderr=self._messages,
            start_new_session=True,  # Ctrl-C is for us: the shop must see the load's orderly end
        )
        try:
            self._url = json.loads(self._first_line(self._process.stdout))["url"]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and wait for it. Twice is harmless."""
        process, self._process, self._url = self._process, None, ""
        if process is None:
            return
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._messages:
            self._messages.close()

    def __enter__(self) -> Shop:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _first_line(self, output: IO[bytes] | None) -> bytes:
        assert output, "the process was started with a pipe"
        descriptor, deadline, line = output.fileno(), time.monotonic() + _START_TIMEOUT_S, b""
        # select and os.read, not readline: the same in a process that gevent has patched and in one that it has not.
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(descriptor, 4096) if ready else b""
            if not piece:
                raise ShopError(self._why_not(timed_out=not ready))
            line += piece
        return line

    def _why_not(self, *, timed_out: bool) -> str:
        assert self._messages, "start() opened it"
        self._messages.seek(0)
        said = self._messages.read().decode(errors="replace").strip()
        if timed_out:
            return f"the shop did not start within {_START_TIMEOUT_S:g} s; it said: {said or 'nothing'}"
        return said.splitlines()[-1] if said else "the shop ended before it listened, and said nothing"

    def _control(self, method: str, path: str, content: Any = None) -> Any:
        import http.client  # here: it imports ssl, which must not happen before gevent patches

        address = self.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request(method, path, json.dumps(content or {}), {"Connection": "close"})
            with connection.getresponse() as answer:  # it holds the socket on its own
                body = json.loads(answer.read())
        except OSError as error:
            raise ShopError(f"the shop at {self._url} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(body["error"])
        return body
