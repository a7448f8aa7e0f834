"""The reader: whose bytes are whose, when more comes than was asked for."""

from __future__ import annotations

import pytest
from loadhost._http.reader import ResponseReader

EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
NO_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FORGED = b"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad"


def read(*pieces: bytes) -> ResponseReader:
    reader = ResponseReader()
    reader.expect(is_head=False)
    done = [reader.feed(piece) for piece in pieces]
    assert done[-1]
    return reader


@pytest.mark.parametrize(("first", "status", "body"), [(EMPTY, 204, b""), (NO_BODY, 200, b""), (OK, 200, b"ok")])
@pytest.mark.parametrize("behind", [FORGED, FORGED[:20], b"H", b"junk\r\n\r\n"])
def test_what_comes_behind_a_response_is_not_its_own(first: bytes, status: int, body: bytes, behind: bytes) -> None:
    """Neither its status nor its body changes, and the connection is not used again."""
    reader = read(first + behind)
    assert (reader.status, b"".join(reader.chunks)) == (status, body)
    assert not reader.keep_alive


@pytest.mark.parametrize("behind", [FORGED, b"H"])
def test_what_comes_behind_the_last_piece_of_a_body_is_not_its_own(behind: bytes) -> None:
    reader = read(OK[:-1], OK[-1:] + behind)
    assert (reader.status, b"".join(reader.chunks), reader.keep_alive) == (200, b"ok", False)


@pytest.mark.parametrize("value", [b"close", b"Close", b"CLOSE", b"keep-alive, close"])
def test_a_server_that_says_close_is_taken_by_its_word(value: bytes) -> None:
    assert not read(OK.replace(b"\r\n\r\n", b"\r\nConnection: " + value + b"\r\n\r\n")).keep_alive


def test_a_response_leaves_nothing_behind_for_the_next() -> None:
    """Five on one connection, of every kind."""
    reader = ResponseReader()
    for response, body in ((OK, b"ok"), (NO_BODY, b""), (EMPTY, b""), (OK, b"ok")):
        reader.expect(is_head=False)
        assert reader.feed(response)
        assert (b"".join(reader.chunks), reader.keep_alive) == (body, True)
