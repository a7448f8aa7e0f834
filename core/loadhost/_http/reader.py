"""ResponseReader: one strict C parser per connection, reused for every response, without callbacks per header."""

from __future__ import annotations

import re
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import httptools

from loadhost._http.errors import BadResponse, ConnectionClosed
from loadhost._http.head import END, find_known, remember

HEAD_LIMIT = 1 << 20
"""Bytes of a head after which it is called a flood."""


class ResponseReader:
    """Knows when a response is complete, and holds it then.

    `status`, `head` (the raw bytes up to the empty line), `chunks` (of the body, as transferred, chunked coding
    undone), `keep_alive`. The head's fields are not read here: response.py does, when somebody asks.

    Two parsers, both reused. The plain one calls nothing of Python: its callbacks are methods of lists. It reads
    responses whose head comes in one piece, over HTTP/1.1 and with a length or none, which is nearly all of them. The
    careful one reads the others.
    """

    __slots__ = (
        "_begun", "_body", "_careful", "_complete", "_is_head", "_is_tidy", "_parser", "_plain", "_raw", "chunks",
        "head", "keep_alive", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._plain: Any = None
        self._body: list[bytes] = []  # what the plain parser has read of the body
        self._begun: list[None] = []  # empty once the plain parser's message is complete
        self._careful: Any = None
        self._parser: Any = None  # the one that reads the response under way
        self._raw = b""
        self._complete = self._is_head = False
        self._is_tidy = True  # nothing came behind the response
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
            end = data.find(END)
            if end > 0 and not self._is_head:
                known = find_known(data[: end + 4])
                if known is not None and known.total == len(data):
                    return self._take_known(known.raw, known.status, data[known.size :])
                # HTTP/1.1, and a status of three digits that is no 1xx.
                if data[:9] == b"HTTP/1.1 " and data[9:10] != b"1" and b"ransfer-" not in data[:end]:
                    return self._feed_first(data, end + 4)
            return self._feed_carefully(data)
        return self._feed_plain(data, len(data)) if parser is self._plain else self._feed_carefully(data)

    def _take_known(self, head: bytes, status: int, body: bytes) -> bool:
        """A head that was read before, and just the bytes that belong to it."""
        self.head, self.status = head, status
        if body:
            self.chunks.append(body)
        self.keep_alive = self._complete = True
        return True

    def _feed_first(self, data: bytes, size: int) -> bool:
        """Begin with the plain parser. The head takes the first `size` bytes of `data`."""
        self.head = data[: size - 4]
        self._parser = self._plain or self._make_plain()
        self._begun.append(None)
        if not self._feed_plain(data, len(data) - size):
            return False
        if not self._is_tidy:
            return self._read_again(data)
        if self.keep_alive:
            remember(data[:size], self.status, len(data) - size)
        return True

    def _make_plain(self) -> Any:
        protocol = SimpleNamespace(on_body=self._body.append, on_message_complete=self._begun.clear)
        self._plain = httptools.HttpResponseParser(protocol)
        return self._plain

    def _feed_plain(self, data: bytes, length: int) -> bool:
        """Feed the plain parser; the last `length` bytes of `data` are body, or something that does not belong."""
        parser, body = self._parser, self._body
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._begun.clear()
            length += 1  # whatever comes next, it is not HTTP
        except httptools.HttpParserError as error:
            if self._begun:
                body.clear()
                self._begun.clear()
                raise BadResponse(f"not an HTTP response: {error}") from None
        if body:
            # A second piece would be of a second response, which nobody asked for: one piece comes of each feed.
            self.chunks.append(body[0])
            length -= len(body[0])
            body.clear()
        if self._begun:
            return False
        self._complete = True
        head = self.head
        self.status = int(head[9:12])  # the parser's may be that of something behind the response
        self._is_tidy = not length
        # The search for "close", which few heads have, spares most of them the look at their fields.
        unsaid = b"lose" not in head and b"LOSE" not in head
        self.keep_alive = not length and (unsaid or _stays_open(head))
        return True

    def _read_again(self, data: bytes) -> bool:
        """Something came behind the response, so the plain parser can't tell whose the body is. The response counts,
        the connection does not."""
        self.head, self.chunks = b"", []
        self._complete = False
        self._parser = self._careful = None
        complete = self._feed_carefully(data)
        self.keep_alive = False
        return complete

    def _feed_carefully(self, data: bytes) -> bool:
        if self._parser is None:
            if self._careful is None:
                self._careful = httptools.HttpResponseParser(_Careful(self))
            self._parser = self._careful
        if not self.head:
            self._raw = raw = self._raw + data if self._raw else data
            end = raw.find(END)
            if end >= 0:
                if self._is_head:
                    return self._feed_head_only(raw)
                self.head = raw[:end]
            elif len(raw) > HEAD_LIMIT:
                raise BadResponse(f"the response's head is longer than {HEAD_LIMIT} bytes")
            if self._is_head:
                return False
        try:
            self._careful.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keep_alive = False
        except httptools.HttpParserError as error:
            if not self._complete:
                raise BadResponse(f"not an HTTP response: {error}") from None
            self.keep_alive = False  # junk after a complete response: it counts, the connection does not
        return self._complete

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
        self._raw = self._raw[self._raw.find(END) + 4 :]
        end = self._raw.find(END)
        self.head = self._raw[:end] if end >= 0 else b""

    def _feed_head_only(self, raw: bytes) -> bool:
        """A response to HEAD ends with its head, whatever its Content-Length says, which the parser can't know."""
        parser = httptools.HttpResponseParser(_Ignore())
        end = raw.find(END)
        try:
            with suppress(httptools.HttpParserUpgrade):
                parser.feed_data(raw[: end + 4])
        except httptools.HttpParserError as error:
            raise BadResponse(f"not an HTTP response: {error}") from None
        status = parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._raw = raw[end + 4 :]
            return self._feed_head_only(self._raw) if END in self._raw else False
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
