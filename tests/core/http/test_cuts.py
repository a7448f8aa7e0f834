"""However the bytes of a response are cut on their way, and whatever stands before it, the same is read."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loadhost._http.errors import BadResponse, ConnectionClosed
from loadhost._http.head import Head
from loadhost._http.reader import ResponseReader
from loadhost._http.response import Response

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABC-0123456789", min_size=1, max_size=12)
VALUE = st.text('abc XYZ019,;="/é', max_size=20).map(str.strip)
INTERIM = st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"])


@dataclass(frozen=True)
class Made:
    """A response as bytes, and what a client should read from it. `closes`: it ends with the connection."""

    wire: bytes
    status: int
    body: bytes
    fields: tuple[tuple[str, str], ...]
    is_head: bool = False
    closes: bool = False


@st.composite
def responses(draw, may_close: bool = True) -> Made:
    status = draw(st.sampled_from([200, 200, 200, 201, 204, 304, 404, 500]))
    is_head = draw(st.integers(0, 5)) == 0
    fields = tuple((f"X-{name}", value) for name, value in draw(st.lists(st.tuples(TOKEN, VALUE), max_size=4)))
    body = draw(st.binary(max_size=60))
    if draw(st.booleans()):
        body = gzip.compress(body)
    kind = draw(st.sampled_from(["length", "chunked", "close"] if may_close else ["length", "chunked"]))
    bare = status in (204, 304) or is_head
    lines = [f"HTTP/1.1 {status} {draw(st.sampled_from(['OK', '', 'Not at all']))}"]
    lines += [f"{name}:{draw(st.sampled_from(['', ' ', '  ']))}{value}" for name, value in fields]
    content = body
    if kind == "length" and status != 204:
        lines.append(f"Content-Length: {len(body)}")
    elif kind == "chunked" and status not in (204, 304):
        lines.append("Transfer-Encoding: chunked")
        content, rest = b"", body
        while rest:
            size = draw(st.integers(1, len(rest)))
            content += b"%x\r\n%b\r\n" % (size, rest[:size])
            rest = rest[size:]
        content += b"0\r\n" + draw(st.sampled_from([b"", b"X-Trailer: 1\r\n"])) + b"\r\n"
    closes = not bare and not any(line.startswith(("Content-Length", "Transfer")) for line in lines)
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    interim = b"".join(draw(st.lists(INTERIM, max_size=2)))
    wire = interim + head + (b"" if bare else content)
    return Made(wire, status, b"" if bare else body, fields, is_head, closes)


def feed(reader: ResponseReader, made: Made, cuts: list[int]) -> None:
    """Give it the response in pieces; it must be complete with the last one, not before."""
    reader.expect(made.is_head)
    places = sorted({cut % len(made.wire) for cut in cuts} - {0})
    pieces = [made.wire[a:b] for a, b in zip([0, *places], [*places, len(made.wire)], strict=True)]
    done = [reader.feed(piece) for piece in pieces]
    assert not any(done[:-1])
    if made.closes:
        assert not done[-1]
        assert not reader.feed(b"")
        reader.closed()
    else:
        assert done[-1]


class Asked(NamedTuple):
    url: str = "http://x/"
    method: str = "GET"


def response_of(reader: ResponseReader) -> Response:
    """What a transport makes of what was read."""
    return Response(Head(reader.head, reader.status), b"".join(reader.chunks), Asked())


def check(reader: ResponseReader, made: Made) -> None:
    response = response_of(reader)
    assert response.status_code == made.status
    assert response._body == made.body
    for name, _ in made.fields:
        expected = [value for other, value in made.fields if other.lower() == name.lower()]
        assert response.headers.get_all(name) == expected
    assert reader.keep_alive is not made.closes


@given(responses(), st.lists(st.integers(0, 10_000), max_size=12))
def test_a_response_cut_anywhere_reads_the_same(made, cuts):
    reader = ResponseReader()
    feed(reader, made, cuts)
    check(reader, made)


@given(responses())
def test_a_response_that_comes_byte_by_byte_reads_the_same(made):
    reader = ResponseReader()
    feed(reader, made, list(range(len(made.wire))))
    check(reader, made)


@given(st.lists(responses(may_close=False).filter(lambda made: not made.closes), min_size=2, max_size=5), st.data())
def test_several_responses_on_one_connection_do_not_disturb_each_other(all_made, data):
    reader = ResponseReader()
    for made in all_made:
        feed(reader, made, data.draw(st.lists(st.integers(0, 10_000), max_size=5)))
        check(reader, made)


@given(responses(may_close=False).filter(lambda made: not made.closes), st.binary(min_size=1, max_size=30))
@example(Made(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b"", ()), b"HTTP/1.1 200")
def test_what_comes_behind_a_response_ends_the_connection_not_the_response(made, junk):
    if not junk.strip(b"\r\n"):
        return
    reader = ResponseReader()
    reader.expect(made.is_head)
    assert reader.feed(made.wire + junk)
    assert (reader.status, b"".join(reader.chunks)) == (made.status, made.body)
    assert not reader.keep_alive


@given(responses().filter(lambda made: not made.closes), st.integers(0, 10_000))
def test_a_response_that_ends_too_early_is_never_complete(made, cut):
    reader = ResponseReader()
    reader.expect(made.is_head)
    assert not reader.feed(made.wire[: cut % len(made.wire)])
    assert not reader.feed(b"")
    with pytest.raises(ConnectionClosed):
        reader.closed()


def read_anything(pieces: list[bytes], is_head: bool = False) -> str | int:
    """The status, or the error's name; nothing else may come of it."""
    reader = ResponseReader()
    reader.expect(is_head)
    try:
        for piece in [*pieces, b""]:
            if reader.feed(piece):
                return reader.status
        reader.closed()
    except (BadResponse, ConnectionClosed) as error:
        return type(error).__name__
    response = response_of(reader)
    _ = response.headers, response.reason, response.text, response.encoding
    return reader.status


@given(st.lists(st.binary(max_size=50), max_size=5), st.booleans())
def test_garbage_is_an_error_and_nothing_else(pieces, is_head):
    read_anything(pieces, is_head)


@given(responses(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_response_with_some_bytes_changed_is_read_or_an_error(made, changes):
    wire = bytearray(made.wire)
    for place, byte in changes:
        wire[place % len(wire)] = byte
    outcome = read_anything([bytes(wire)], made.is_head)
    assert isinstance(outcome, int | str)


@given(responses(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3), st.integers(0, 9999))
def test_a_changed_response_is_read_alike_whole_and_cut(made, changes, cut):
    wire = bytearray(made.wire)
    for place, byte in changes:
        wire[place % len(wire)] = byte
    cut %= len(wire)
    whole = read_anything([bytes(wire)], made.is_head)
    halves = read_anything([bytes(wire[:cut]), bytes(wire[cut:])], made.is_head)
    # Behind a complete response nothing is looked at any more, and a cut decides what is behind it.
    assert whole == halves


# What a fuzzer has found before, here or elsewhere: read, or refused, but alike on each way in.
CORPUS = [
    b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nok",
    b"HTTP/1.1 200 OK\rContent-Length: 2\r\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n Folded: first\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000000000002\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + b"x" * 5000 + b"\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello",
    b"HTTP/1.1 101 Switching\r\n\r\n",
    b"HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 099 Odd\r\n\r\n",
    b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 2000 Odd\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/0.9 200 OK\r\n\r\n",
    b"ICY 200 OK\r\n\r\n",
    b"RTSP/1.0 200 OK\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n: empty\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nok",
]


@pytest.mark.parametrize("wire", CORPUS)
@pytest.mark.parametrize("is_head", [False, True])
def test_the_corpus_is_read_alike_whole_and_byte_by_byte(is_head, wire):
    assert read_anything([wire], is_head) == read_anything([bytes([byte]) for byte in wire], is_head)
