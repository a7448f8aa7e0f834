"""A user that is killed in the middle of a request: counted as interrupted exactly when the request had been sent."""

from __future__ import annotations

import os
import socket
import threading
import time

import gevent
import pytest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def kill_during(request, server=None, after_s: float = 0.15) -> None:
    """Kill a request once the server's talk has come to its pause, or after a while."""
    greenlet = gevent.spawn(request)
    if server is not None:
        with gevent.Timeout(20):
            while not server.paused.is_set():
                gevent.sleep(0.005)
        after_s = 0.05  # for what the server has sent to be read
    gevent.sleep(after_s)
    greenlet.kill()


def test_before_the_answer_began(serve, connect, counts):
    server = serve(lambda peer: (peer.read_request(), peer.pause()))
    session = connect(server.url)
    kill_during(lambda: session.get("/"), server)
    assert counts() == (0, 0, 1, 0)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("begun", [b"HTTP/1.1 2", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_in_the_head(begun, stream, serve, connect, counts):
    server = serve(lambda peer: (peer.read_request(), peer.send(begun), peer.pause()))
    session = connect(server.url)
    kill_during(lambda: session.get("/", stream=stream), server)
    assert counts() == (0, 0, 1, 0)


def test_in_the_body(serve, connect, counts):
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    server = serve(lambda peer: (peer.read_request(), peer.send(begun), peer.pause()))
    session = connect(server.url)
    kill_during(lambda: session.get("/"), server)
    assert counts() == (0, 0, 1, 0)


def test_in_the_body_of_a_streamed_response_that_is_counted_already(serve, connect, counts):
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    server = serve(lambda peer: (peer.read_request(), peer.send(begun), peer.pause()))
    session = connect(server.url)
    kill_during(lambda: session.get("/", stream=True).content, server)
    assert counts() == (1, 0, 0, 0)


def test_while_a_large_request_goes_out(serve, connect, counts):
    server = serve(lambda peer: peer.pause())
    session = connect(server.url)
    kill_during(lambda: session.post("/", data=bytes(50_000_000)), server)
    assert counts() == (0, 0, 1, 0)


def test_while_connecting_nothing_was_sent(connect, counts):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        before = len(os.listdir("/proc/self/fd"))
        kill_during(lambda: connect(f"http://127.0.0.1:{listener.getsockname()[1]}").get("/"))
        assert len(os.listdir("/proc/self/fd")) == before
        for filler in fillers:
            filler.close()
    assert counts() == (0, 0, 0, 0)


def test_while_agreeing_on_tls_nothing_was_sent(serve, connect, counts):
    server = serve(lambda peer: peer.pause())
    kill_during(lambda: connect(server.url.replace("http:", "https:")).get("/"), server)
    assert counts() == (0, 0, 0, 0)


def test_while_connecting_for_the_second_hop_of_a_redirect_the_first_was_sent(answering, connect, counts):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        there = f"http://127.0.0.1:{listener.getsockname()[1]}/".encode()
        server = answering(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + there + b"\r\n\r\n")
        kill_during(lambda: connect(server.url).get("/"))
        for filler in fillers:
            filler.close()
    assert counts() == (0, 0, 1, 0)


def test_on_the_second_hop_it_is_interrupted_once(serve, connect, counts):
    def talk(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /slow\r\n\r\n")
        peer.read_request()
        peer.pause()

    server = serve(talk)
    session = connect(server.url)
    kill_during(lambda: session.get("/"), server)
    assert counts() == (0, 0, 1, 0)


def test_a_timeout_of_the_callers_own_is_a_failure_not_an_interruption(serve, connect, counts, heard):
    session = connect(serve(lambda peer: (peer.read_request(), peer.pause())).url)
    with gevent.Timeout(0.1, False) as timeout:
        session.get("/")
    assert counts() == (1, 1, 0, 0)
    assert heard[0]["exception"] is timeout


def test_the_next_request_gets_an_answer_of_its_own(serve, connect):
    """The answer to the one that was killed may still come."""

    def talk(peer):
        while True:
            head, _ = peer.read_request()
            if not head:
                return
            time.sleep(0.2 if b"/slow" in head else 0)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + head.split()[1])

    session = connect(serve(talk).url)
    assert session.get("/fast").text == "/fast"
    kill_during(lambda: session.get("/slow"), after_s=0.1)
    time.sleep(0.2)
    assert session.get("/next").text == "/next"


def test_greenlets_of_one_user_have_a_connection_each(serve, connect, counts):
    barrier = threading.Barrier(5)

    def talk(peer):
        while peer.read_request()[0]:
            barrier.wait(30)
            peer.send(OK)

    server = serve(talk)
    session = connect(server.url)
    for _ in range(3):
        gevent.joinall([gevent.spawn(session.get, "/") for _ in range(5)])
    assert server.connections == 5
    assert counts() == (15, 0, 0, 0)
