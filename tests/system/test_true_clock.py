"""Percentiles from a generator that has no time left, against a server that logs the truth."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

# Answers after 5 ms, one in ten after 50 ms, and keeps how long it really took, from the arrival of the request (by
# its own kernel clock) to the answer.
SERVER = """
import asyncio, json, random, sys, time

truths = []
chance = random.Random(7)

class Peer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if data.startswith(b"GET /truth"):
            self.answer(json.dumps(sorted(truths)).encode())
            return
        delay = 0.05 if chance.random() < 0.1 else 0.005
        began = time.perf_counter()
        loop.call_later(delay, self.late, began)

    def late(self, began):
        self.answer(b"ok")
        truths.append((time.perf_counter() - began) * 1000)

    def answer(self, body):
        self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)

async def main():
    global loop
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Peer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""

# A user burns a millisecond per request: forty of them want three cores of the one they have.
LOADFILE = """
from time import perf_counter
from loadhost import FastHttpUser, task


class Busy(FastHttpUser):
    @task
    def ask(self):
        self.client.get("/", name="ask")
        end = perf_counter() + 0.001
        while perf_counter() < end:
            pass
"""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the server, in a child."""
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(SERVER)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel tells when the bytes came")
def test_a_saturated_generator_tells_the_truth_and_its_lag_beside_it(server, loadhost_run):
    import requests

    outcome = loadhost_run(LOADFILE, users=40, spawn_rate=200, run_time=3, host=server)
    truth = json.loads(requests.get(f"{server}/truth", timeout=5).text)
    told = outcome.entry("ask")["service_time_ms"]
    assert len(truth) > 500
    for name, quantile in (("p50", 0.5), ("p95", 0.95)):
        right = truth[int(len(truth) * quantile)]
        # Two machines' clocks are one here; the wire and the server's loop are not in its truth.
        assert told[name] == pytest.approx(right, rel=0.02, abs=0.6), (name, right, told, outcome.report["instrument"])
    lag = outcome.report["instrument"]["lag_ms"]
    assert lag["p50"] > 10, "the clock that everybody reads would have been this wrong"
