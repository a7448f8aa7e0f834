"""ResponseReader: one strict C parser per connection, reused for every response, without callbacks per header."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import httptools

from loadhost._http.errors import BadResponse, ConnectionClosed

_HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 1 << 20
"""Bytes of a head after which it is called a flood."""


class ResponseReader:
    """Knows when a response is complete, and holds it then.

    `status`, `head` (the raw bytes up to the empty line), `chunks` (of the body, as transferred, chunked coding
    undone), `keep_alive`. The head's fields are not read here: response.py does, when somebody asks.
    """

    __slots__ = (
        "_careful", "_complete", "_is_head", "_parser", "_plain", "_raw", "chunks", "head", "keep_alive", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        # Two parsers, both reused: the plain one has no callback for the begin of a message, which would cost every
        # response what its lengths tell as well; the careful one is for those whose lengths do not.
        self._plain: Any = None
        self._careful: Any = None
        self._parser: Any = None  # the one that reads the response under way
        self._raw = b""
        self._complete = self._is_head = False
        self.chunks: list[bytes] = []
        self.head = b""
        self.status = 0
        self.keep_alive = True

    def expect(self, is_head: bool) -> None:
        """A response is about to come, to a HEAD request or to another."""
        self._complete = False
        self._is_head = is_head
        self._parser = None
        self._raw = self.head = b""
        self.chunks = []
        self.status = 0

    def feed(self, data: bytes) -> bool:
        """Take in bytes; True once the response is complete. Raises BadResponse."""
        parser = self._parser
        if parser is None:
            end = data.find(_HEAD_END)
            # In one piece, of the usual kind: no 1xx before it, no chunks.
            if end > 0 and data[9:10] != b"1" and not self._is_head:
                head = data[:end]
                if b"ransfer-" not in head:
                    self.head = head
                    if self._plain is None:
                        self._plain = httptools.HttpResponseParser(self)
                    self._parser = self._plain
                    return self._feed_plain(data, len(data) - end - 4)
            return self._feed_carefully(data)
        return self._feed_plain(data, len(data)) if parser is self._plain else self._feed_carefully(data)

    def _feed_plain(self, data: bytes, length: int) -> bool:
        """Feed a response with a length; the last `length` bytes of `data` are its body or part of it."""
        chunks = self.chunks
        count = len(chunks)
        self._parse(data)
        if self._complete:
            body = len(chunks[-1]) if len(chunks) > count else 0
            if body != length:
                self.keep_alive = False  # something nobody asked for comes behind the response
            return True
        return False

    def _feed_carefully(self, data: bytes) -> bool:
        if self._parser is None:
            if self._careful is None:
                self._careful = httptools.HttpResponseParser(_Careful(self))
            self._parser = self._careful
        if not self.head:
            self._raw = raw = self._raw + data if self._raw else data
            end = raw.find(_HEAD_END)
            if end >= 0:
                if self._is_head:
                    return self._feed_head_only(raw)
                self.head = raw[:end]
            elif len(raw) > HEAD_LIMIT:
                raise BadResponse(f"the response's head is longer than {HEAD_LIMIT} bytes")
            if self._is_head:
                return False
        self._parse(data)
        return self._complete

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keep_alive = False
        except httptools.HttpParserError as error:
            if not self._complete:
                raise BadResponse(f"not an HTTP response: {error}") from None
            self.keep_alive = False  # junk after a complete response: it counts, the connection does not

    @property
    def head_is_complete(self) -> bool:
        """Whether the head of the response proper has been read, perhaps without its body."""
        return bool(self.head) and not 100 <= self.current_status < 200

    @property
    def current_status(self) -> int:
        """The status, also while the body is still coming."""
        status: int = self.status or self._parser.get_status_code()
        return status

    @property
    def has_begun(self) -> bool:
        """Whether any byte of the response has come."""
        return bool(self._raw or self.head)

    def closed(self) -> None:
        """The server has closed: complete if nothing told the length, else ConnectionClosed."""
        if not self.head:
            raise ConnectionClosed("the server closed the connection before it sent a response")
        if _has_length(self.head):
            raise ConnectionClosed("the server closed the connection in the middle of the response")
        self.status = self._parser.get_status_code()
        self.keep_alive = False

    def release(self) -> None:
        """Break the circle of reader and parsers, so that neither waits for the garbage collector."""
        self._parser = self._plain = self._careful = None

    # --- called by the parser

    def on_body(self, data: bytes) -> None:
        if not self._complete:
            self.chunks.append(data)

    def on_message_complete(self) -> None:
        if self._complete:
            return  # a second response that nobody asked for
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._skip_interim_head()
            return
        self._complete = True
        self.status = status
        self.keep_alive = self._parser.should_keep_alive()

    # --- the rare cases

    def _skip_interim_head(self) -> None:
        """Behind 100 Continue or 103 Early Hints comes the response proper, perhaps in the same bytes."""
        self._raw = self._raw[self._raw.find(_HEAD_END) + 4 :]
        end = self._raw.find(_HEAD_END)
        self.head = self._raw[:end] if end >= 0 else b""

    def _feed_head_only(self, raw: bytes) -> bool:
        """A response to HEAD ends with its head, whatever its Content-Length says, which the parser can't know."""
        parser = httptools.HttpResponseParser(_Ignore())
        end = raw.find(_HEAD_END)
        try:
            with suppress(httptools.HttpParserUpgrade):
                parser.feed_data(raw[: end + 4])
        except httptools.HttpParserError as error:
            raise BadResponse(f"not an HTTP response: {error}") from None
        status = parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._raw = raw[end + 4 :]
            return self._feed_head_only(self._raw) if _HEAD_END in self._raw else False
        self.head, self.status = raw[:end], status
        # Not as the parser says: it takes a head without a length for one whose body ends with the connection.
        self.keep_alive = status != 101 and _stays_open(self.head) and end + 4 == len(raw)
        return True


class _Careful:
    """The protocol of the careful parser: the reader's own, and the begin of a message."""

    __slots__ = ("_reader", "on_body", "on_message_complete")

    def __init__(self, reader: ResponseReader) -> None:
        self._reader = reader
        self.on_body = reader.on_body
        self.on_message_complete = reader.on_message_complete

    def on_message_begin(self) -> None:
        if self._reader._complete:
            self._reader.keep_alive = False  # something nobody asked for comes behind the response


class _Ignore:
    """A parser's protocol without callbacks."""


def _stays_open(head: bytes) -> bool:
    tokens = re.findall(rb"\nconnection:[ \t]*([^\r\n]*)", head.lower())
    words = {word.strip() for token in tokens for word in token.split(b",")}
    return b"close" not in words and (b"keep-alive" in words or not head.startswith(b"HTTP/1.0"))


def _has_length(head: bytes) -> bool:
    lowered = head.lower()
    return b"\ncontent-length:" in lowered or b"\ntransfer-encoding:" in lowered
