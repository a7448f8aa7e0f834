"""Servers that misbehave in every way: a failed sample with a readable error, never a dead user or a lost count."""

from __future__ import annotations

import gzip
import os
import time

import gevent
import pytest
from loadhost._http import reader as reader_module
from loadhost._http import response as response_module
from loadhost._http.errors import BadResponse, ConnectError, ConnectionClosed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def once(answer: bytes, *, reset: bool = False):
    """A talk: read a request, send this, close."""

    def talk(peer):
        peer.read_request()
        peer.send(answer)
        if reset:
            peer.reset()

    return talk


# --- what is no complete response

# Each was, or could be, the death of some client. (what comes, a part of the error)
NASTY = {
    "nothing": (b"", "before it sent a response"),
    "half a status line": (b"HTTP/1.1 20", "before it sent a response"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Len", "before it sent a response"),
    "body too short": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "middle of the response"),
    "no body at all": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "middle of the response"),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "middle of the response"),
    "no last chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "middle of the response"),
    "interim only": (b"HTTP/1.1 100 Continue\r\n\r\n", "before it sent a response"),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not an HTTP response"),
    "length no number": (b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "not an HTTP response"),
    "length beyond all numbers": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "not an HTTP"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk", "not an HTTP response"),
    "bad chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n", "not an HTTP response"),
    "negative chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n", "not an HTTP"),
    "chunk too long": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "not an HTTP"),
    "huge chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "not an HTTP"),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "not an HTTP response"),
    "smtp": (b"220 mail.example ESMTP\r\n\r\n", "not an HTTP response"),
    "tls alert": (b"\x15\x03\x01\x00\x02\x02\x46", "not an HTTP response"),
    "html without a head": (b"<html><body>hello</body></html>\r\n\r\n", "not an HTTP response"),
    "zeros": (b"\0" * 500, "not an HTTP response"),
    "http 2": (b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64", "not an HTTP response"),
    "version 9": (b"HTTP/9.9 200 OK\r\n\r\n", "not an HTTP response"),
    "status no number": (b"HTTP/1.1 abc OK\r\n\r\n", "not an HTTP response"),
    "header without colon": (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "not an HTTP response"),
    "a request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not an HTTP response"),
    "empty lines first, then nothing": (b"\r\n\r\n\r\n\r\n", "before it sent a response"),
}


@pytest.mark.parametrize("case", NASTY)
def test_what_is_no_complete_response_is_one_failed_sample(case, serve, connect, counts, heard):
    answer, text = NASTY[case]
    session = connect(serve(once(answer)).url)
    response = session.get("/")
    assert (response.status_code, response.content) == (0, b"")
    assert text in str(response.error)
    assert isinstance(response.error, BadResponse | ConnectionClosed)
    assert heard[0]["exception"] is response.error
    assert counts() == (1, 1, 0, 0)


@pytest.mark.parametrize("case", NASTY)
def test_the_user_goes_on_after_it(case, serve, connect):
    def talk(peer):
        peer.read_request()
        peer.send(NASTY[case][0] if peer.number == 0 else OK)

    session = connect(serve(talk).url)
    assert not session.get("/").ok
    assert session.get("/").text == "ok"


def test_both_a_length_and_chunks_are_refused_as_smuggling(serve, connect):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    assert "not an HTTP response" in str(connect(serve(once(answer)).url).get("/").error)


def test_a_reset_in_the_middle_of_a_body_is_a_failure_and_no_retry(serve, connect, counts):
    def talk(peer):
        peer.read_request()
        peer.send(OK)
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        time.sleep(0.05)
        peer.reset()

    server = serve(talk)
    session = connect(server.url)
    assert session.get("/").ok
    assert not session.get("/").ok
    assert counts() == (2, 1, 0, 0)
    assert server.connections == 1


def test_more_bytes_than_the_length_says_count_for_nothing(serve, connect):
    """They would be taken for the answer to the next request."""

    def talk(peer):
        while peer.read_request()[0]:
            peer.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")

    server = serve(talk)
    session = connect(server.url)
    assert [session.get("/").text for _ in range(3)] == ["ok"] * 3
    assert server.connections == 3


@pytest.mark.parametrize(
    "junk", [b"x", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfor", b"\r\n\r\nHTT"]
)
def test_half_an_answer_behind_the_answer_does_not_reach_the_next_request(junk, serve, connect):
    def talk(peer):
        while peer.read_request()[0]:
            peer.send(OK + junk)

    session = connect(serve(talk).url)
    assert [session.get("/").text for _ in range(3)] == ["ok"] * 3


def test_junk_that_comes_late_kills_the_connection_not_the_next_request(serve, connect):
    def talk(peer):
        while peer.read_request()[0]:
            peer.send(OK)
            time.sleep(0.02)
            peer.send(b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n")

    server = serve(talk)
    session = connect(server.url)
    for _ in range(3):
        assert session.get("/").text == "ok"
        gevent.sleep(0.05)
    assert server.connections == 3


# --- floods


def test_an_endless_head_is_a_flood(serve, connect, monkeypatch):
    monkeypatch.setattr(reader_module, "HEAD_LIMIT", 100_000)

    def talk(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.send(b"X-More: " + b"y" * 1000 + b"\r\n")

    response = connect(serve(talk).url).get("/")
    assert "longer than 100000 bytes" in str(response.error)


def test_ten_thousand_headers_are_read(serve, connect):
    head = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    response = connect(serve(once(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + head + b"\r\n")).url).get("/")
    assert response.headers["x-9999"] == "y"


def test_a_compressed_bomb_is_an_error_not_a_dead_process(answering, connect, monkeypatch):
    monkeypatch.setattr(response_module, "DECODED_LIMIT", 1_000_000)
    body = gzip.compress(bytes(2_000_000))
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    response = connect(server.url).get("/")
    with pytest.raises(BadResponse, match="grows beyond 1000000 bytes"):
        _ = response.content


@pytest.mark.parametrize("body", [b"no gzip at all", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff"])
def test_broken_gzip_is_an_error_where_the_body_is_asked_for(body, answering, connect):
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    response = connect(server.url).get("/")
    with pytest.raises(BadResponse, match="compressed body is broken"):
        _ = response.content


# --- interim responses and trailers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_interim_responses_are_skipped(method, serve, connect):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    body = b"" if method == "HEAD" else b"ok"

    def talk(peer):
        while peer.read_request()[0]:
            peer.send(interim, pause_s=0.01)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)

    server = serve(talk)
    session = connect(server.url)
    for _ in range(2):
        response = session.request(method, "/")
        assert (response.status_code, response.content, response.reason) == (200, body, "OK")
        assert "link" not in response.headers
    assert server.connections == 1


def test_trailers_end_a_body(answering, connect):
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
    server = answering(answer)
    session = connect(server.url)
    assert [session.get("/").text for _ in range(2)] == ["ok", "ok"]
    assert server.connections == 1


# --- nobody there


def test_a_refused_connection_is_a_failure(connect):
    response = connect("http://127.0.0.1:1").get("/")
    assert isinstance(response.error, ConnectError)
    assert str(response.error) == "no connection to http://127.0.0.1:1: Connection refused"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "a..b"])
def test_a_name_that_does_not_resolve_is_a_failure(host, connect, counts):
    response = connect(f"http://{host}").get("/")
    assert response.status_code == 0
    assert "no connection" in str(response.error) or "no address" in str(response.error)
    assert counts() == (1, 1, 0, 0)


def test_max_retries_counts_for_connections_that_can_not_be_made(connect, counts):
    assert not connect("http://127.0.0.1:1", max_retries=2).post("/").ok
    assert counts() == (1, 1, 0, 2)


# --- nothing is left behind


def test_no_descriptor_is_left_after_faults_and_close(serve, connect):
    server = serve(once(NASTY["half a chunk"][0]))
    session = connect(server.url)
    session.get("/")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        session.get("/")
        session.get("/", timeout=0.2, stream=True)
        connect("http://127.0.0.1:1").get("/")
    session.close()
    time.sleep(0.2)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_no_watcher_is_left_after_close(answering, connect):
    hub = gevent.get_hub()
    session = connect(answering(OK).url)
    before = hub.loop.activecnt
    session.get("/")
    assert hub.loop.activecnt > before
    session.close()
    gevent.sleep(0)
    assert hub.loop.activecnt <= before
