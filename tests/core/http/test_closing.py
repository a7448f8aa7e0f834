"""Connections that close, uploads that nobody reads, and time: nothing is sent twice, nothing waits for ever."""

from __future__ import annotations

import socket
import threading
import time

import gevent
import pytest
from loadhost._http.errors import ConnectTimeout, RequestTimeout

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def once(answer: bytes):
    """A talk: read a request, send this, close."""

    def talk(peer):
        peer.read_request()
        peer.send(answer)

    return talk


# --- connections that the server closes


def test_a_server_that_closes_after_each_answer_costs_no_failure(serve, connect, counts):
    server = serve(once(OK))
    session = connect(server.url)
    for method in ("GET", "POST", "GET", "POST", "POST"):
        assert session.request(method, "/").ok
        gevent.sleep(0.02)
    assert counts() == (5, 0, 0, 0)
    assert server.connections == 5


@pytest.mark.parametrize("method", ["POST", "PATCH", "GET"])
def test_a_close_that_the_loop_has_not_seen_costs_no_failure_either(method, serve, connect, counts):
    """The user was busy, without a turn of the loop: what can't be sent twice asks before it is sent."""
    session = connect(serve(once(OK)).url)
    for _ in range(3):
        assert session.request(method, "/").ok
        time.sleep(0.03)
    assert counts()[:2] == (3, 0)


@pytest.mark.parametrize("reset", [False, True])
def test_a_get_whose_idle_connection_dies_as_it_goes_out_is_sent_again_once(reset, serve, connect, counts):
    seen = []

    def talk(peer):
        seen.append(peer.read_request())
        peer.send(OK)
        if peer.number == 0:
            seen.append(peer.read_request())
            if reset:
                peer.reset()

    session = connect(serve(talk).url)
    assert session.get("/").ok
    assert session.get("/again").text == "ok"
    assert [head.split()[1] for head, _ in seen] == [b"/", b"/again", b"/again"]
    assert counts() == (2, 0, 0, 1)


def test_a_post_whose_idle_connection_dies_as_it_goes_out_is_a_failure_and_never_sent_twice(serve, connect, counts):
    seen = []

    def talk(peer):
        seen.append(peer.read_request())
        peer.send(OK)
        if peer.number == 0:
            seen.append(peer.read_request())

    session = connect(serve(talk).url)
    assert session.post("/").ok
    assert "closed the connection" in str(session.post("/", data=b"order").error)
    assert [body for _, body in seen] == [b"", b"order"]
    assert counts() == (2, 1, 0, 0)


def test_a_server_that_never_answers_on_reused_connections_ends_no_loop(serve, connect, counts):
    """Several stale connections: one retry, on a fresh one."""

    def talk(peer):
        peer.read_request()
        peer.send(OK)
        time.sleep(0.1)
        peer.read_request()

    server = serve(talk)
    session = connect(server.url)
    gevent.joinall([gevent.spawn(session.get, "/") for _ in range(4)])
    assert server.connections == 4
    assert session.get("/").ok
    assert server.connections == 5
    assert counts() == (5, 0, 0, 1)


def test_a_request_on_a_fresh_connection_is_never_sent_again(serve, connect, counts):
    server = serve(once(b""))
    assert not connect(server.url).get("/").ok
    assert server.connections == 1
    assert counts() == (1, 1, 0, 0)


# --- uploads that the server does not read

TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"


@pytest.mark.parametrize("closes", [False, True])
def test_an_answer_before_the_body_was_read_counts(closes, serve, connect, heard):
    done = threading.Event()

    def talk(peer):
        peer.read_head()
        peer.send(TOO_LARGE)
        if not closes:
            done.wait(5)

    response = connect(serve(talk).url).post("/", data=bytes(20_000_000))
    done.set()
    assert (response.status_code, response.text) == (413, "big")
    assert str(heard[0]["exception"]).startswith("413 Client Error")


def test_an_answer_before_any_request_was_read_counts(serve, connect):
    """A balancer without servers behind it: it says so at once, and closes."""
    server = serve(lambda peer: peer.send(b"HTTP/1.0 503 Busy\r\n\r\nsorry"))
    for _ in range(5):
        response = connect(server.url).post("/", data=bytes(100))
        assert response.status_code in (503, 0)  # 0: the reset that follows took the answer with it
        assert response.status_code == 503 or "closed" in str(response.error) or "reset" in str(response.error)


def test_a_slow_reader_gets_all_of_a_large_body(serve, connect):
    received = []

    def talk(peer):
        received.append(len(peer.read_request()[1]))
        peer.send(OK)

    assert connect(serve(talk).url).post("/", data=bytes(30_000_000)).ok
    assert received == [30_000_000]


# --- time


@pytest.mark.parametrize(("timeout", "tolerance"), [(1.0, 0.4), (0.3, 0.2), (0.05, 0.2)])
def test_a_server_that_says_nothing_is_a_timeout_in_time(timeout, tolerance, serve, connect, counts, held_up):
    session = connect(serve(lambda peer: peer.pause()).url)
    started = time.perf_counter()
    response = session.get("/", timeout=timeout)
    took = time.perf_counter() - started
    assert isinstance(response.error, RequestTimeout)
    assert timeout <= took + 0.002
    assert took < timeout + tolerance + held_up()
    assert counts() == (1, 1, 0, 0)


@pytest.mark.parametrize("timeout", [1.0, 0.3])
def test_a_body_that_keeps_coming_is_no_timeout(timeout, serve, connect):
    """As in requests, the time counts from byte to byte, not from the first to the last."""

    def talk(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        peer.send(*[b"x"] * 6, pause_s=timeout * 0.25)

    assert connect(serve(talk).url, network_timeout=timeout).get("/").text == "xxxxxx"


def test_a_body_that_stops_coming_is_a_timeout(serve, connect):
    def talk(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nx")
        peer.pause()

    assert isinstance(connect(serve(talk).url).get("/", timeout=0.2).error, RequestTimeout)


def test_an_upload_that_nobody_reads_is_a_timeout(serve, connect):
    session = connect(serve(lambda peer: peer.pause()).url)
    assert isinstance(session.post("/", data=bytes(50_000_000), timeout=0.3).error, RequestTimeout)


def test_connecting_has_a_timeout_of_its_own(connect, counts, held_up):
    """A listener whose queue is full: connecting takes for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        started = time.perf_counter()
        response = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.3).get("/")
        assert 0.29 < time.perf_counter() - started < 1.0 + held_up()
        assert isinstance(response.error, ConnectTimeout)
        assert "within 0.3 s" in str(response.error)
        assert counts() == (1, 1, 0, 0)
        for filler in fillers:
            filler.close()
