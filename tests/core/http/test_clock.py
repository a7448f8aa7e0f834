"""The true clock: the kernel says when the bytes came, however busy this process was."""

from __future__ import annotations

import sys
import threading
import time

import gevent
import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel tells")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def prompt(serve):
    """A server that answers after 20 ms, and notes how long it took itself, in ms."""
    truths: list[float] = []

    def talk(peer):
        while peer.read_head():
            began = time.perf_counter()
            # Not a wait of gevent's: a thread of its own, which this process's users do not delay for long.
            threading.Event().wait(0.02)
            peer.send(OK)
            truths.append((time.perf_counter() - began) * 1000)

    server = serve(talk)
    server.truths = truths
    return server


def least_of_five(measure) -> float:
    """The machine may stall while one is measured, or two."""
    return min(measure() for _ in range(5))


def during_a_busy_spell(session) -> float:
    """How long a request is told to have taken, in ms, while no greenlet could read its response for 0.1 s."""

    def busy():
        gevent.sleep(0.005)
        time.sleep(0.1)  # lets the server's thread run, but no greenlet of ours

    other = gevent.spawn(busy)
    response = session.get("/", name="delayed")
    other.join()
    return response.elapsed_ms


@linux
def test_the_time_a_response_lies_waiting_is_lag_not_service_time(prompt, connect, environment):
    session = connect(prompt.url)
    session.get("/")
    assert 19 < least_of_five(lambda: during_a_busy_spell(session)) < 90
    assert environment.stats.lag.percentile(1.0) > 10


@linux
def test_a_streamed_response_is_timed_to_its_head(prompt, connect):
    assert 19 < least_of_five(lambda: connect(prompt.url).get("/", stream=True).elapsed_ms) < 60


@pytest.mark.parametrize("step", [-3600.0, 3600.0, -0.5, 0.5])
def test_a_wall_clock_that_steps_leaves_the_plain_clock(step, prompt, connect, monkeypatch):
    """What the kernel says is believed only if it lies within what was measured here."""
    from loadhost._http import session as module

    session = connect(prompt.url)
    session.get("/")
    monkeypatch.setattr(module, "time", lambda: time.time() + step)
    assert 19 < least_of_five(lambda: session.get("/").elapsed_ms) < 200


def test_tls_has_the_kernels_clock_too(serve, connect):
    import ssl
    from pathlib import Path

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("tls") / "localhost.pem")

    def talk(peer):
        while peer.read_request()[0]:
            peer.pause(0.02)
            peer.send(OK)

    session = connect(serve(talk, tls=context).url, insecure=True)
    session.get("/")
    if sys.platform == "linux":
        assert 19 < least_of_five(lambda: during_a_busy_spell(session)) < 60
