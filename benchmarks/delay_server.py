"""The target of the accuracy case: answers after known delays, and keeps the truth.

A program of its own: `python benchmarks/delay_server.py PORT`, with uvloop if that is there. 80 % of the answers take
5 ms, 17 % 50 ms, 3 % 500 ms. GET /truth tells the percentiles of the times from a request's arrival to its answer,
in ms, and forgets them. Requests whose connection is closed before the answer don't count, as they don't for a client.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from time import perf_counter

DELAYS_S = ((0.80, 0.005), (0.97, 0.050), (1.00, 0.500))
MEAN_DELAY_S = 0.80 * 0.005 + 0.17 * 0.050 + 0.03 * 0.500
PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}

times_s: list[float] = []


class Delaying(asyncio.Protocol):
    """One connection; one request at a time, each in one segment, as small ones are."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        """A request came."""
        arrived = perf_counter()
        if data.startswith(b"GET /truth"):
            self.transport.write(answer(json.dumps(truth()).encode()))
            return
        asyncio.get_running_loop().call_later(draw(), self.reply, arrived)

    def reply(self, arrived: float) -> None:
        """Its delay is over."""
        if not self.transport.is_closing():
            self.transport.write(answer(b"ok"))
            times_s.append(perf_counter() - arrived)


def draw() -> float:
    """A delay in seconds."""
    chance = random.random()
    return next(delay for limit, delay in DELAYS_S if chance <= limit)


def truth() -> dict[str, float]:
    """Since the last time it was asked: how many, and percentiles in ms."""
    ordered = sorted(times_s)
    times_s.clear()
    figures = {name: ordered[int(len(ordered) * quantile)] * 1000 for name, quantile in PERCENTILES.items() if ordered}
    return {"requests": len(ordered), **figures}


def answer(body: bytes) -> bytes:
    """A response."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def serve(port: int) -> None:
    """Until we are killed."""
    server = await asyncio.get_running_loop().create_server(Delaying, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


def main() -> None:
    """Serve, on the faster loop if there is one."""
    try:
        from uvloop import run  # type: ignore[import-not-found]  # of the peers' environment only
    except ImportError:
        from asyncio import run
    run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
