"""Redirects, beside requests: method, body, fields, credentials, cookies, history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from loadhost._http.errors import TooManyRedirects


@pytest.fixture
def reference() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers = {"User-Agent": "test", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}  # type: ignore[assignment]
        yield session


@pytest.fixture
def pages() -> dict[bytes, bytes]:
    """What the server answers under a path; everything else is `done`."""
    return {}


@pytest.fixture
def server(serve, pages) -> Any:
    def talk(peer: Any) -> None:
        while True:
            head, body = peer.read_request()
            if not head:
                return
            server.requests.append((head, body))
            peer.send(pages.get(head.split(b" ")[1], b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"))

    server = serve(talk)
    return server


@pytest.fixture
def fast(connect, server) -> Any:
    return connect(server.url)


def to(location: str, status: int = 302, *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Moved", f"Location: {location}", "Content-Length: 0", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def taken(server) -> list[tuple[bytes, dict[bytes, bytes], bytes]]:
    """(request line, fields, body) of each request since the last call."""
    found = []
    for head, body in server.requests:
        line, *fields = head.split(b"\r\n")
        pairs = dict(field.lower().split(b": ", 1) for field in fields if field)
        pairs.pop(b"connection", None)
        if pairs.get(b"content-length") == b"0":
            del pairs[b"content-length"]
        found.append((line, pairs, body))
    server.requests.clear()
    return found


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_the_same_requests_follow(method, status, server, pages, reference, fast):
    pages[b"/start"] = to("/end?x=1", status)
    keywords = {"data": "body", "headers": {"X-Own": "1", "Content-Type": "text/x"}} if method != "HEAD" else {}
    if method == "HEAD":
        pages[b"/end?x=1"] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    by_requests = reference.request(method, server.url + "/start", allow_redirects=True, **keywords)
    expected = taken(server)
    by_us = fast.request(method, "/start", allow_redirects=True, **keywords)
    assert taken(server) == expected
    assert (by_us.url, by_us.status_code, len(by_us.history)) == (by_requests.url, 200, 1)
    assert by_us.history[0].status_code == status


@pytest.mark.parametrize(
    "location",
    [
        "/end",
        "end",
        "?q=1",
        "../end",
        "//{host}/end",
        "http://{host}/end",
        "HTTP://{host}/end",
        "/ü",
        "/a b",
        "/%C3%BC",
    ],
)
def test_the_same_address_is_gone_to(location, server, pages, reference, fast):
    pages[b"/deep/start"] = to(location.format(host=f"127.0.0.1:{server.port}"))
    reference.get(server.url + "/deep/start")
    expected = taken(server)
    assert fast.get("/deep/start").text == "done"
    assert taken(server) == expected


@pytest.mark.parametrize("own", [{"auth": ("me", "secret")}, {"headers": {"Authorization": "Bearer x", "X-Own": "1"}}])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_credentials_stay_with_their_host(host, own, server, pages, reference, fast):
    pages[b"/start"] = to(f"http://{host}:{server.port}/end")
    reference.get(server.url + "/start", **own)
    expected = taken(server)
    fast.get("/start", **own)
    assert taken(server) == expected
    assert (b"authorization" in expected[1][1]) == (host == "127.0.0.1")


def test_credentials_of_the_host_setting_stay_with_it(server, pages, connect):
    session = connect(server.url.replace("://", "://me:secret@"))
    pages[b"/start"] = to(f"http://localhost:{server.port}/end")
    session.get("/start")
    first, second = taken(server)
    assert b"authorization" in first[1]
    assert b"authorization" not in second[1]


def test_cookies_stay_with_their_host_and_those_set_on_the_way_count(server, pages, reference, fast):
    pages[b"/start"] = to("/middle", 302, "Set-Cookie: a=1; Path=/")
    pages[b"/middle"] = to(f"http://localhost:{server.port}/end", 302, "Set-Cookie: b=2; Path=/")
    for _ in range(2):
        reference.get(server.url + "/start")
    expected = taken(server)
    for _ in range(2):
        fast.get("/start")
    assert taken(server) == expected
    assert [fields.get(b"cookie") for _, fields, _ in expected] == [None, b"a=1", None, b"a=1; b=2", b"a=1; b=2", None]


def test_a_loop_is_too_many_redirects(server, pages, connect, counts):
    pages[b"/a"], pages[b"/b"] = to("/b"), to("/a")
    response = connect(server.url, max_redirects=5).get("/a")
    assert isinstance(response.error, TooManyRedirects)
    assert len(server.requests) == 6
    assert counts() == (1, 1, 0, 0)


def test_a_redirected_request_is_one_under_its_first_name(server, pages, fast, heard):
    pages[b"/a"] = to("/b", 301)
    fast.get("/a")
    assert [(call["name"], call["response_length"]) for call in heard] == [("/a", 4)]


def test_without_allow_redirects_the_answer_is_the_redirect(server, pages, fast):
    pages[b"/a"] = to("/b")
    response = fast.get("/a", allow_redirects=False)
    assert (response.status_code, response.is_redirect, response.history) == (302, True, [])


def test_a_location_that_is_empty_is_no_redirect(server, pages, fast):
    pages[b"/a"] = to("")
    assert fast.get("/a").status_code == 302


@pytest.mark.parametrize("location", ["ftp://x/", "mailto:me@x", "http://", "http://[x/", "javascript:alert(1)"])
def test_a_location_that_leads_nowhere_is_a_failed_sample(location, server, pages, fast, counts):
    pages[b"/a"] = to(location)
    assert fast.get("/a").status_code == 0
    assert counts() == (1, 1, 0, 0)


def test_a_streamed_request_follows_redirects_too(server, pages, fast):
    pages[b"/a"] = to("/b")
    assert fast.get("/a", stream=True).content == b"done"
