"""Known heads: a response that begins as an earlier one did is read without a parser, and just as strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost._http import head as heads
from loadhost._http.errors import BadResponse, ConnectionClosed
from loadhost._http.reader import ResponseReader

START = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


@pytest.fixture(autouse=True)
def nothing_known():
    """Each test begins without known heads."""
    heads._KNOWN.clear()


def read(reader: ResponseReader, *pieces: bytes, is_head: bool = False) -> tuple[int, bytes, bool]:
    reader.expect(is_head)
    assert [reader.feed(piece) for piece in pieces][-1]
    return reader.status, b"".join(reader.chunks), reader.keep_alive


def test_a_head_is_known_once_its_response_was_read():
    read(ResponseReader(), START + b"ok")
    known = heads.find_known(START)
    assert known is not None
    assert (known.status, known.size, known.total) == (200, len(START), len(START) + 2)


@pytest.mark.parametrize(
    "pieces", [(START + b"no",), (START, b"no"), (START + b"n", b"o"), (START[:9], START[9:] + b"no")]
)
def test_the_next_body_is_its_own(pieces):
    reader = ResponseReader()
    read(reader, START + b"ok")
    assert read(reader, *pieces) == (200, b"no", True)


@pytest.mark.parametrize("behind", [b"!", START + b"ok"])
def test_what_comes_behind_it_still_ends_the_connection(behind):
    reader = ResponseReader()
    read(reader, START + b"ok")
    assert read(reader, START + b"no" + behind) == (200, b"no", False)


def test_an_answer_to_head_has_no_body_though_its_head_is_known():
    reader = ResponseReader()
    read(reader, START + b"ok")
    assert read(reader, START, is_head=True) == (200, b"", True)


def test_a_known_head_whose_body_never_comes_is_a_closed_connection():
    reader = ResponseReader()
    read(reader, START + b"ok")
    reader.expect(is_head=False)
    assert not reader.feed(START + b"o")
    assert not reader.feed(b"")
    with pytest.raises(ConnectionClosed):
        reader.closed()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        START + b"ok and more",
    ],
)
def test_only_what_leaves_the_connection_open_and_has_a_length_is_kept(response):
    read(ResponseReader(), response)
    assert not heads._KNOWN


def test_a_response_without_a_length_is_not_kept():
    reader = ResponseReader()
    reader.expect(is_head=False)
    assert not reader.feed(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    reader.closed()
    assert not heads._KNOWN


def test_heads_that_are_never_the_same_take_no_more_memory():
    reader = ResponseReader()
    for number in range(3 * heads.KNOWN_LIMIT):
        read(reader, b"HTTP/1.1 204 No Content\r\nX-Request-Id: %d\r\n\r\n" % number)
    assert 0 < len(heads._KNOWN) <= heads.KNOWN_LIMIT


def outcome(reader: ResponseReader, pieces: list[bytes]) -> object:
    try:
        reader.expect(is_head=False)
        done = [reader.feed(piece) for piece in pieces]
        if not done[-1]:
            reader.closed()
    except (BadResponse, ConnectionClosed) as error:
        return type(error).__name__
    return reader.status, b"".join(reader.chunks), reader.keep_alive


FIELDS = st.sampled_from(
    [b"", b"Connection: close\r\n", b"Content-Length: 2\r\n", b"Content-Encoding: gzip\r\n", b"A: b\r\n"]
)
LENGTHS = st.sampled_from(
    [b"", b"Content-Length: 0\r\n", b"Content-Length: 2\r\n", b"Content-Length: 3\r\n", b"Content-Length: x\r\n"]
)
STATUSES = st.sampled_from([b"200 OK", b"204 No Content", b"304 Not Modified", b"404 Not Found", b"99 Odd"])


@given(
    st.lists(
        st.tuples(STATUSES, LENGTHS, FIELDS, st.sampled_from([b"", b"a", b"ab", b"abc", b"abcd"]), st.integers(0, 99)),
        max_size=12,
    )
)
def test_reading_with_known_heads_is_as_without(responses):
    """Whatever was read before, each response is what a reader that knows nothing makes of it."""
    knowing = ResponseReader()
    heads._KNOWN.clear()
    for status, length, field, body, cut in responses:
        wire = b"HTTP/1.1 " + status + b"\r\n" + length + field + b"\r\n" + body
        pieces = [piece for piece in (wire[: cut % len(wire)], wire[cut % len(wire) :]) if piece]
        found = outcome(knowing, pieces)
        known, heads_then = dict(heads._KNOWN), heads._KNOWN
        heads_then.clear()
        assert found == outcome(ResponseReader(), pieces)
        heads_then.update(known)
        if isinstance(found, str) or not knowing.keep_alive:
            knowing = ResponseReader()  # such a connection is not used again
