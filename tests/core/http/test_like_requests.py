"""The same server asked by requests and by the fast client: the same is sent, and the same is read."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

OTHER_HOST = "localhost"  # the server listens on 127.0.0.1, which is this name's address as well


def echo(method: bytes, target: bytes, head: bytes, body: bytes) -> bytes:
    """The request as JSON."""
    fields = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:] if line]
    seen = [method.decode(), target.decode("latin-1"), fields, body.decode("latin-1")]
    content = json.dumps(seen).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


@pytest.fixture
def pages() -> dict[bytes, bytes]:
    """What the server answers under a path, bytes for bytes; everything else is echoed."""
    return {}


@pytest.fixture
def server(serve, pages) -> Any:
    def talk(peer: Any) -> None:
        while True:
            head, body = peer.read_request()
            if not head:
                return
            if b"transfer-encoding: chunked" in head.lower():
                body = read_chunks(peer)
            method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
            server.requests.append((head, body))
            answer = pages.get(target.split(b"?")[0]) or echo(method, target, head, body)
            peer.send(answer)
            if b"Connection: close" in answer:
                return

    server = serve(talk)
    return server


def read_chunks(peer: Any) -> bytes:
    content = b""
    while not content.endswith(b"0\r\n\r\n"):
        content += peer.socket.recv(65536)
    body, rest = b"", content
    while rest != b"0\r\n\r\n":
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


@pytest.fixture
def reference() -> Iterator[requests.Session]:
    """A plain requests.Session with the same default headers, which asks nothing of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers = {"User-Agent": "test", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}  # type: ignore[assignment]
        yield session


@pytest.fixture
def fast(connect, server) -> Any:
    return connect(server.url)


@pytest.fixture
def both(reference, fast, server) -> Callable[..., tuple[Any, Any]]:
    """Sends one request with each; arguments that can be read once are given as functions."""

    def both(method: str, path: str, **keywords: Any) -> tuple[Any, Any]:
        def made() -> dict[str, Any]:
            return {name: value() if callable(value) else value for name, value in keywords.items()}

        url = path if "://" in path else server.url + path
        return reference.request(method, url, **made()), fast.request(method, path, **made())

    return both


def seen(response: Any) -> tuple[Any, ...]:
    """What the server saw of a request, without what may differ: order, and empty bodies' lengths."""
    method, target, fields, body = response.json()
    kept = {name.lower(): value for name, value in fields if name.lower() not in ("connection", "transfer-encoding")}
    length = kept.pop("content-length", "0")
    assert length in ("0", str(len(body.encode("latin-1"))))
    boundary = kept.get("content-type", "").partition("boundary=")[2]
    if boundary:
        kept["content-type"] = kept["content-type"].replace(boundary, "B")
        body = body.replace(boundary, "B")
    return method, target, sorted(kept.items()), body


# --- what is sent

SENT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "params dict": {"params": {"a": 1, "b": "x y", "c": "ü&=?/#"}},
    "params lists": {"params": {"a": [1, 2, None], "b": None, "c": ()}},
    "params pairs": {"params": [("a", "1"), ("a", "2")]},
    "params text": {"params": "a=1&b=ü"},
    "params bytes": {"params": b"a=1"},
    "params empty": {"params": {}},
    "header": {"headers": {"X-One": "1", "x-two": "zwei ü"}},
    "header bytes": {"headers": {"X-One": b"1"}},
    "header in place of a default": {"headers": {"accept": "text/html"}},
    "header removed": {"headers": {"accept": None, "Accept-Encoding": "identity"}},
    "header removed that is not there": {"headers": {"X-None": None}},
    "host": {"headers": {"Host": "other.example"}},
    "auth": {"auth": ("me", "sécret")},
    "auth bytes": {"auth": (b"me", b"secret")},
    "auth object": {"auth": lambda: requests.auth.HTTPBasicAuth("me", "secret")},
    "auth over header": {"auth": ("me", "x"), "headers": {"authorization": "Bearer y"}},
    "bearer": {"headers": {"Authorization": "Bearer y"}},
    "cookies": {"cookies": {"a": "1", "b": "2"}},
    "cookie header": {"headers": {"Cookie": "z=1"}},
}

BODIES: dict[str, dict[str, Any]] = {
    "form": {"data": {"a": "1", "b": "x y", "c": "ü", "d": [1, 2], "e": None}},
    "form pairs": {"data": [("a", "1"), ("a", "2")]},
    "form tuple": {"data": (("a", "1"), ("b", "2"))},
    "text": {"data": "ünï"},
    "bytes": {"data": b"\0\xff"},
    "empty text": {"data": ""},
    "empty dict": {"data": {}},
    "empty dict and json": {"data": {}, "json": [1]},
    "file": {"data": lambda: io.BytesIO(b"from a file")},
    "empty file": {"data": lambda: io.BytesIO(b"")},
    "generator": {"data": lambda: (part for part in (b"one", b"two"))},
    "json": {"json": {"a": [1, None, "ü"], "b": 1.5}},
    "json empty": {"json": {}},
    "json zero": {"json": 0},
    "json with its own type": {"json": [], "headers": {"content-type": "application/vnd.api+json"}},
    "data goes before json": {"data": "x", "json": {"a": 1}},
    "wrong length": {"data": "abc", "headers": {"Content-Length": "99"}},
    "file upload": {"files": {"f": ("name.txt", b"content", "text/plain")}},
    "upload of an open file": {"files": lambda: {"f": io.BytesIO(b"content")}},
    "upload with fields": {"files": [("f", ("ü.txt", "text"))], "data": {"a": "1", "b": ["2", "3"]}},
}


@pytest.mark.parametrize("case", SENT)
@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_the_same_is_sent(method, case, both):
    by_requests, by_us = both(method, "/x", **SENT[case])
    assert seen(by_us) == seen(by_requests)


@pytest.mark.parametrize("case", {**SENT, **BODIES})
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_same_body_is_sent(method, case, both):
    by_requests, by_us = both(method, "/x", **{**SENT, **BODIES}[case])
    assert seen(by_us) == seen(by_requests)


@pytest.mark.parametrize("method", ["get", "Post", "PATCH", "M-SEARCH", "PROPFIND"])
def test_the_same_method_is_sent(method, both):
    by_requests, by_us = both(method, "/x")
    assert seen(by_us) == seen(by_requests)


@pytest.mark.parametrize(
    "path",
    [
        "/a/../b", "/a/./b", "/ü/x y", "/%C3%BC%20", "/a%2Fb", "/a?b=c d&e=ü", "/a?b=c?d/e", "/a#fragment", "/a?b#c?d",
        "/a//b", "/a;b=c", "/%zz", "/a|b", "/a\"b<c>", "/[x]", "/a'b(c)!*", "?q=1", "/😀",
    ],
)  # fmt: skip
def test_the_same_address_is_asked(path, both, reference, fast, server):
    if path.startswith("?"):
        by_requests, by_us = reference.get(server.url + path), fast.get(path)
    else:
        by_requests, by_us = both("GET", path)
    assert seen(by_us)[1] == seen(by_requests)[1]


@pytest.mark.parametrize("path", ["/a?b=1", "/a?", "/a?b=1#f", "/a#f", "/a"])
def test_params_join_the_query_alike(path, both):
    by_requests, by_us = both("GET", path, params={"c": "2"})
    assert seen(by_us)[1] == seen(by_requests)[1]


def test_what_requests_tidies_up_is_sent_as_given(fast):
    """An empty query, escapes that need not be, a default field that is left out: the load is the loadfile's."""
    assert seen(fast.get("/?"))[1] == "/?"
    assert seen(fast.get("/%7e"))[1] == "/%7E"
    names = [name for name, _ in fast.get("/", headers={"User-Agent": None, "Accept": None}).json()[2]]
    assert names == ["Host", "Accept-Encoding"]


def test_a_name_beyond_ascii_is_asked_for_by_its_idna_name(connect):
    prepared = connect()._prepare("GET", "http://bücher.example/ü", None)
    expected = requests.Request("GET", "http://bücher.example/ü").prepare()
    assert prepared.url == expected.url
    assert prepared.origin.host == "xn--bcher-kva.example"


def test_credentials_in_an_address_become_basic_authentication(reference, fast, server):
    url = server.url.replace("://", "://me:p%40ss@") + "/x"
    assert seen(fast.get(url)) == seen(reference.get(url))


# --- what is read


def page(content: bytes, *fields: str, status: str = "200 OK", close: bool = False) -> bytes:
    """A response as bytes."""
    lines = [f"HTTP/1.1 {status}", *fields, "Connection: close" if close else f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def chunked(*pieces: bytes, fields: str = "") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{fields}\r\n".encode() + body + b"0\r\n\r\n"


TEXT = "Grüße, мир\n\n".encode() * 20
RAW_DEFLATE = zlib.compressobj(wbits=-15)
RAW_DEFLATED = RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()
ANSWERS = {
    "plain": page(b"hello"),
    "empty": page(b""),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    "not modified with a length": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
    "until close": page(b"hello", close=True),
    "old": b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello",
    "chunked": chunked(b"hel", b"lo"),
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    "own reason": page(b"", status="299 Très bien"),
    "404": page(b"none", status="404 Not Found"),
    "500": page(b"oh", status="500 Internal Server Error"),
    "utf-8": page(TEXT, "Content-Type: text/html; charset=utf-8"),
    "quoted charset": page(TEXT, 'Content-Type: text/html; charset="UTF-8"'),
    "latin-1 by default": page("é".encode("latin-1"), "Content-Type: text/plain"),
    "koi8": page("мир".encode("koi8-r"), "Content-Type: text/plain; charset=koi8-r"),
    "unknown charset": page(b"abc", "Content-Type: text/plain; charset=nonsense"),
    "wrong bytes": page(b"a\xffb", "Content-Type: text/plain; charset=utf-8"),
    "json": page(b'{"a": "\xc3\xbc"}', "Content-Type: application/json"),
    "json in latin-1": page('{"a": "ü"}'.encode("latin-1"), "Content-Type: application/json; charset=iso-8859-1"),
    "json in utf-16": page('{"a": 1}'.encode("utf-16"), "Content-Type: application/octet-stream"),
    "no json": page(b"<html>", "Content-Type: application/json"),
    "gzip": page(gzip.compress(TEXT), "Content-Encoding: gzip", "Content-Type: text/plain; charset=utf-8"),
    "x-gzip": page(gzip.compress(TEXT), "Content-Encoding: X-GZIP"),
    "gzip of several members": page(gzip.compress(b"one") + gzip.compress(b"two"), "Content-Encoding: gzip"),
    "gzip and junk behind it": page(gzip.compress(TEXT) + b"\0\0junk", "Content-Encoding: gzip"),
    "gzip cut short": page(gzip.compress(TEXT)[:-6], "Content-Encoding: gzip"),
    "gzip in chunks": chunked(gzip.compress(TEXT)[:9], gzip.compress(TEXT)[9:], fields="Content-Encoding: gzip\r\n"),
    "gzip of nothing": page(b"", "Content-Encoding: gzip"),
    "deflate": page(zlib.compress(TEXT), "Content-Encoding: deflate"),
    "raw deflate": page(RAW_DEFLATED, "Content-Encoding: deflate"),
    "twice compressed": page(gzip.compress(zlib.compress(TEXT)), "Content-Encoding: deflate, gzip"),
    "identity": page(TEXT, "Content-Encoding: identity"),
    "unknown coding": page(TEXT, "Content-Encoding: x-own"),
    "several fields of one name": page(b"", "X-A: 1", "x-a: 2", "X-B:   3"),
    "odd spellings": b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\nCoNtEnT-tYpE:text/plain\r\n\r\nok",
    "links": page(b"", 'Link: <https://x/?p=2>; rel="next", <https://x/?p=9>; rel="last"'),
    "redirect to nowhere": page(b"", status="302 Found"),
    "cookies": page(b"", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; HttpOnly", "SET-COOKIE: c=3"),
    "cookies in capitals": page(b"", "SET-COOKIE: c=3; Path=/"),
}


def read(response: Any) -> dict[str, Any]:
    """All that can be known of a response."""
    try:
        data = response.json()
    except ValueError:
        data = "no json"
    return {
        "status": response.status_code,
        "reason": response.reason,
        "ok": response.ok,
        "content": response.content,
        "encoding": response.encoding,
        "text": response.text if response.encoding else None,  # requests guesses, the fast client says UTF-8
        "json": data,
        "headers": {name.lower(): value for name, value in response.headers.items()},
        "url": response.url,
        "history": [(each.status_code, each.url) for each in response.history],
        "links": response.links,
        "cookies": dict(response.cookies.items()),
        "is_redirect": response.is_redirect,
    }


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_same_is_read(stream, case, both, pages):
    pages[b"/x"] = ANSWERS[case]
    by_requests, by_us = both("GET", "/x", stream=stream)
    assert read(by_us) == read(by_requests)
    # The connection is in order afterwards.
    by_requests, by_us = both("GET", "/y")
    assert seen(by_us) == seen(by_requests)


@pytest.mark.parametrize("case", ["plain", "chunked", "gzip", "404", "no content", "until close"])
def test_the_head_alone_is_read_of_an_answer_to_head(case, both, pages):
    pages[b"/x"] = ANSWERS[case].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    by_requests, by_us = both("HEAD", "/x")
    assert read(by_us) == read(by_requests)
    assert both("GET", "/y")[1].ok


LINES = ["", "a", "a\n", "a\nb", "a\r\nb\r\n", "a\n\nb", "\n", "\r\n\r\n", "a\rb\rc", "ü\nö\n", "a\n" * 2000]


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_the_same_lines_are_read(stream, decode, text, both, pages):
    pages[b"/x"] = page(text.encode(), "Content-Type: text/plain; charset=utf-8")
    by_requests, by_us = both("GET", "/x", stream=stream)
    # In one piece: requests takes a line's end that is cut in two for two ends.
    expected = list(by_requests.iter_lines(chunk_size=100_000, decode_unicode=decode))
    assert list(by_us.iter_lines(decode_unicode=decode)) == expected


@pytest.mark.parametrize("size", [1, 7, 512, None])
@pytest.mark.parametrize("stream", [False, True])
def test_pieces_make_the_whole(stream, size, both, pages):
    pages[b"/x"] = chunked(TEXT, TEXT)
    _, by_us = both("GET", "/x", stream=stream)
    pieces = list(by_us.iter_content(size))
    assert b"".join(pieces) == TEXT * 2
    assert size is None or max(map(len, pieces)) <= size


def test_text_in_pieces_is_never_cut_within_a_character(both, pages):
    pages[b"/x"] = page(TEXT, "Content-Type: text/plain; charset=utf-8")
    _, by_us = both("GET", "/x", stream=True)
    assert "".join(by_us.iter_content(3, decode_unicode=True)) == TEXT.decode()


def test_the_encoding_may_be_set(both, pages):
    pages[b"/x"] = page("мир".encode("koi8-r"), "Content-Type: text/plain")
    for response in both("GET", "/x"):
        response.encoding = "koi8-r"
        assert response.text == "мир"
