"""Response: what the user gets. Status at once; headers, text and JSON are read from the bytes when asked for."""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Protocol

from loadhost._catching import Judged
from loadhost._http.errors import BadResponse
from loadhost._http.head import NO_HEAD, Head
from loadhost._http.headers import Headers
from loadhost.exception import ResponseError

DECODED_LIMIT = 1 << 30
"""Bytes that a compressed body may grow to; more is called a bomb."""
_USUAL_LIMIT = 1 << 20


class Asked(Protocol):
    """The request that a response answers."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def method(self) -> str:
        """Its method."""


class Response(Judged):
    """Offers what a response of requests does. `elapsed_ms`: the service time."""

    # Most responses are never looked into, and each attribute set costs every request. So `_read` is made when there
    # is something to keep in it, "encoding" or "history", as is `_content`. `elapsed_ms` is set by the session.
    __slots__ = ("_asked", "_body", "_content", "_head", "_read", "elapsed_ms", "status_code")

    error: Exception | None = None
    """Why there is no response; see FailedResponse."""
    _content: bytes
    _read: dict[str, Any]
    elapsed_ms: float

    def __init__(self, head: Head, body: bytes, asked: Asked) -> None:
        self.status_code = head.status
        self._head = head
        self._body = body
        self._asked = asked

    @property
    def url(self) -> str:
        """The address that answered: after redirects the last one."""
        return self._asked.url

    @property
    def request_method(self) -> str:
        """The method that was answered."""
        return self._asked.method

    def _lazily(self, name: str, read: Callable[[], Any]) -> Any:
        try:
            kept = self._read
        except AttributeError:
            kept = self._read = {}
        if name not in kept:
            kept[name] = read()
        return kept[name]

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"

    def __bool__(self) -> bool:
        return self.ok

    @property
    def headers(self) -> Headers:
        """The header fields; names in any case."""
        return self._head.headers

    @property
    def history(self) -> list[Response]:
        """The redirects that led here, in order."""
        history: list[Response] = self._lazily("history", list)
        return history

    @property
    def length(self) -> int:
        """Bytes of the body as it was transferred."""
        return len(self._body)

    @property
    def content(self) -> bytes:
        """The body, decompressed."""
        try:
            return self._content
        except AttributeError:
            body, codings = self._body, self._head.codings
            self._content = decode(body, codings) if codings and body else body
            return self._content

    @property
    def encoding(self) -> str | None:
        """The charset of the Content-Type; ISO-8859-1 for other text; None if unknown. Settable, as in requests."""
        encoding: str | None = self._lazily("encoding", lambda: _charset(self.headers.get("content-type", "")))
        return encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._lazily("encoding", lambda: value)
        self._read["encoding"] = value

    @property
    def text(self) -> str:
        """The body as text; bytes that don't fit the encoding are replaced."""
        try:
            return self.content.decode(self.encoding or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self, **keywords: Any) -> Any:
        """The body as JSON. Raises ValueError (json.JSONDecodeError)."""
        try:
            return json.loads(self.content, **keywords)
        except UnicodeDecodeError:
            return json.loads(self.text, **keywords)

    @property
    def ok(self) -> bool:
        """Whether there is a response with a status below 400, and `failure` was not called."""
        return self.error is None and 0 < self.status_code < 400 and not isinstance(self._verdict, Exception)

    @property
    def reason(self) -> str:
        """The reason phrase that the server sent."""
        parts = self._head.raw.split(b"\r\n", 1)[0].split(b" ", 2)
        return parts[2].decode("latin-1") if len(parts) == 3 else ""

    @property
    def elapsed(self) -> timedelta:
        """The service time."""
        return timedelta(milliseconds=self.elapsed_ms)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that this response sets."""
        pairs = (line.split(";", 1)[0].partition("=") for line in self.headers.get_all("set-cookie"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def is_redirect(self) -> bool:
        """Whether it says where to go instead."""
        return self.status_code in (301, 302, 303, 307, 308) and "location" in self.headers

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The Link header, by relation."""
        from requests.utils import parse_header_links

        found = parse_header_links(self.headers.get("link", "")) if "link" in self.headers else []
        return {link.get("rel") or link["url"]: link for link in found}

    def _wire_error(self) -> BaseException | None:
        return self.error

    def _status_error(self) -> Exception | None:
        return failure_of(self, self.url)

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The body in pieces of at most `chunk_size` bytes, or as text with `decode_unicode`."""
        pieces = self._pieces(chunk_size)
        return self._as_text(pieces) if decode_unicode and self.encoding else pieces

    def _pieces(self, size: int | None) -> Iterator[bytes]:
        content = self.content
        step = size or len(content) or 1
        return (content[start : start + step] for start in range(0, len(content), step))

    def _as_text(self, pieces: Iterator[bytes]) -> Iterator[str]:
        try:
            decoder = codecs.getincrementaldecoder(self.encoding or "utf-8")("replace")
        except LookupError:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for piece in pieces:
            if text := decoder.decode(piece):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text

    def iter_lines(
        self, chunk_size: int | None = 512, decode_unicode: bool = False, delimiter: Any = None
    ) -> Iterator[Any]:
        """The lines of the body as they come, without their ends: bytes, or text with `decode_unicode`."""
        rest: Any = "" if decode_unicode else b""
        end: Any = delimiter or ("\n" if decode_unicode else b"\n")
        encoding = self.encoding or "utf-8"
        pieces = self._as_text(self._pieces(None)) if decode_unicode and encoding else self._pieces(None)
        for piece in pieces:
            # Cut at line feeds only: a carriage return at the end of a piece may have its line feed in the next one.
            *lines, rest = (rest + piece).split(end)
            for line in lines:
                yield from _lines(line, delimiter)
        if rest:
            yield from _lines(rest, delimiter)

    def close(self) -> None:
        """Nothing to do: the body has been read."""


class FailedResponse(Response):
    """There is none: `status_code` is 0, `content` is empty, and `error` says why."""

    __slots__ = ("error",)

    def __init__(self, asked: Asked, error: Exception | None = None) -> None:
        super().__init__(NO_HEAD, b"", asked)
        self.error = error
        self.elapsed_ms = 0.0


def failure_of(response: Response, name: str) -> Exception | None:
    """Why a response counts as a failure by itself: its error, or a status of 400 and more."""
    if response.error is not None:
        return response.error
    if response.status_code >= 400:
        return ResponseError(status_text(response.status_code, response.reason, name))
    return None


def _lines(text: Any, delimiter: Any) -> list[Any]:
    return [text] if delimiter else text.splitlines() or [text]


def status_text(status: int, reason: str, url: str) -> str:
    """The text of a failure by status: "404 Client Error: Not Found for url: http://..."."""
    kind = "Client" if status < 500 else "Server"
    if not reason:
        reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return f"{status} {kind} Error: {reason} for url: {url}"


def decode(body: bytes, coding: str) -> bytes:
    """Undo a Content-Encoding (several are undone last to first). Raises BadResponse; unknown ones stay as they are."""
    if coding == "gzip":  # as nearly all servers write it
        return _inflate(body, 31)
    for name in reversed([part.strip().lower() for part in coding.split(",")]):
        if name in ("gzip", "x-gzip"):
            body = _inflate(body, 31)
        elif name == "deflate":
            try:
                body = _inflate(body, 15)
            except BadResponse:
                body = _inflate(body, -15)  # some servers send deflate without zlib's wrapping
    return body


def _inflate(body: bytes, window_bits: int) -> bytes:
    inflater = zlib.decompressobj(window_bits)
    try:
        whole = inflater.decompress(body, _USUAL_LIMIT)
    except zlib.error as error:
        raise BadResponse(f"the compressed body is broken: {error}") from None
    if inflater.eof and not inflater.unused_data:
        return whole
    return _inflate_in_parts(body, window_bits)


def _inflate_in_parts(body: bytes, window_bits: int) -> bytes:
    """One that is longer than usual, ends too early, or is several, one behind the other."""
    inflater = zlib.decompressobj(window_bits)
    parts, size = [], 0
    try:
        while body:
            parts.append(inflater.decompress(body, DECODED_LIMIT - size + 1))
            size += len(parts[-1])
            if size > DECODED_LIMIT:
                raise BadResponse(f"the compressed body grows beyond {DECODED_LIMIT} bytes")
            body = inflater.unconsumed_tail
            if not body and inflater.eof and window_bits == 31 and inflater.unused_data.startswith(b"\x1f\x8b"):
                # gzip files may be several, one behind the other
                body, inflater = inflater.unused_data, zlib.decompressobj(window_bits)
    except zlib.error as error:
        raise BadResponse(f"the compressed body is broken: {error}") from None
    return b"".join(parts)


def _charset(content_type: str) -> str | None:
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip("'\" ")
    if "text" in kind:
        return "ISO-8859-1"
    return "utf-8" if "application/json" in kind else None
