"""The times told by a generator that has no time left, against a server that logs the truth."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.alone

# Answers after 5 ms, one in ten after 50 ms, and keeps how long it really took, from the moment at which the kernel had
# the request: a server that has to wait for a processor is slow too, and its own clock would know nothing of it. The
# answer is on its way between the clock before the send and the clock after it, so it keeps both.
SERVER = """
import asyncio, json, random, socket, struct, time

SO_TIMESTAMPNS = 35
truths = {}
chance = random.Random(7)

def accept():
    peer, _ = listener.accept()
    peer.setblocking(False)
    peer.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    loop.add_reader(peer, read, peer)

def read(peer):
    data, ancillary, _, _ = peer.recvmsg(65536, 64)
    if not data:
        loop.remove_reader(peer)
    elif data.startswith(b"GET /truth"):
        peer.setblocking(True)
        answer(peer, json.dumps(truths).encode())
    else:
        seconds, nanoseconds = struct.unpack("@ll", ancillary[0][2])
        delay = 0.05 if chance.random() < 0.1 else 0.005
        loop.call_later(delay, late, peer, int(data[5:].split()[0]), seconds + nanoseconds * 1e-9)

def late(peer, number, arrived):
    before = time.time()
    answer(peer, b"ok")
    truths[number] = ((before - arrived) * 1000, (time.time() - arrived) * 1000)

def answer(peer, body):
    peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)

listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(listener.getsockname()[1], flush=True)
loop = asyncio.new_event_loop()
loop.add_reader(listener, accept)
loop.run_forever()
"""

# A user burns a millisecond per request: forty of them want three cores of the one they have. What each request was
# told to have taken is kept by its number.
LOADFILE = """
import itertools
import json
from time import perf_counter

from loadhost import FastHttpUser, hookimpl, task

numbers = itertools.count()
told = {}


class Busy(FastHttpUser):
    @task
    def ask(self):
        number = next(numbers)
        told[number] = self.client.get(f"/{number}", name="ask").elapsed_ms
        end = perf_counter() + 0.001
        while perf_counter() < end:
            pass


@hookimpl
def loadhost_run_finished():
    with open("told.json", "w") as file:
        json.dump(told, file)
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

    # With a stop timeout every request that was begun is counted, so both sides have the same ones.
    outcome = loadhost_run(LOADFILE, "-s", "10", users=40, spawn_rate=200, run_time=3, host=server)
    truth = json.loads(requests.get(f"{server}/truth", timeout=5).text)
    told = json.loads((outcome.folder / "told.json").read_text())
    assert len(told) > 500
    assert told.keys() == truth.keys()
    # The beginning of a request is read before the kernel has it, so none can be told shorter than it was.
    assert [(ms, truth[number]) for number, ms in told.items() if ms < truth[number][0] - 0.1] == []
    # Longer, if it connected first, or if the machine took the processor away just then; which it may do with a few.
    true = [number for number, ms in told.items() if ms <= truth[number][1] * 1.02 + 0.6]
    lag = outcome.report["instrument"]["lag_ms"]
    assert len(true) > 0.8 * len(told), (len(true), len(told), lag)
    assert lag["p50"] > 10, "the clock that everybody reads would have been this wrong"
    figures, raw = outcome.entry("ask")["service_time_ms"], sorted(told.values())
    for name, quantile in (("p50", 0.5), ("p95", 0.95)):
        assert figures[name] == pytest.approx(raw[math.ceil(len(raw) * quantile) - 1], rel=0.01), name
