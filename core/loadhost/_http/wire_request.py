"""A request of requests as bytes: its head as urllib3 and http.client would write it, each part made once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from requests import PreparedRequest
from requests.exceptions import InvalidHeader, InvalidURL
from urllib3.exceptions import LocationParseError
from urllib3.util import SKIP_HEADER, parse_url
from urllib3.util.request import body_to_chunks

from loadhost._http.origin import Origin

_PORTS = {"http": 80, "https": 443}
_URLLIB3: str = vars(urllib3)["__version__"]
BLOCK_SIZE = 16384


class Target(NamedTuple):
    """Where an address leads. `path`: with the query, as it goes into the request line."""

    origin: Origin
    path: str
    host_line: bytes


@lru_cache(maxsize=4096)
def target_of(url: str) -> Target | None:
    """Where a prepared address leads; None if not over HTTP. Raises InvalidURL."""
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise InvalidURL(*error.args) from error
    if parts.scheme not in _PORTS:
        return None
    if not parts.host:
        raise InvalidURL(f"Invalid URL {url!r}: No host supplied")
    default = _PORTS[parts.scheme]
    port = parts.port or default
    host = parts.host if port == default else f"{parts.host}:{port}"
    split = urlsplit(url)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    if not path.isascii() or any(character <= " " or character == "\x7f" for character in path):
        raise InvalidURL(f"Invalid URL {url!r}: a space, a control character or a letter outside ASCII in its path")
    origin = Origin(parts.scheme, parts.host.strip("[]"), port)
    return Target(origin, path, f"Host: {host}\r\n".encode("ascii"))


def request_line(method: str, path: str) -> bytes:
    """The first line. Raises ValueError if the method would break it."""
    if not method.isascii() or not method.isprintable() or " " in method:
        raise ValueError(f"{method!r} is no method: letters, such as GET")
    return f"{method} {path} HTTP/1.1\r\n".encode("ascii")


def field_lines(headers: Any, host_line: bytes) -> bytes:
    """The header lines, with those that http.client and urllib3 add where requests leaves them out."""
    lines = [] if "host" in headers else [host_line]
    if "accept-encoding" not in headers:
        lines.append(b"Accept-Encoding: identity\r\n")
    if "user-agent" not in headers:
        lines.append(f"User-Agent: python-urllib3/{_URLLIB3}\r\n".encode())
    for name, value in headers.items():
        if value == SKIP_HEADER:
            continue
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if "\n" in text or "\r" in text:
            raise InvalidHeader(f"Header {name!r}: {value!r} has a line break")  # set behind requests' back
        try:
            lines.append(f"{name}: {text}\r\n".encode("latin-1"))
        except UnicodeEncodeError as error:
            raise InvalidHeader(
                f"Header {name!r}: {text!r} has letters outside Latin-1; encode it, as value.encode() does"
            ) from error
    return b"".join(lines)


def written(request: PreparedRequest, target: Target) -> tuple[bytes, Iterable[bytes]]:
    """(what is sent first: the head, with a body that is there already; the rest of the body, as it comes)."""
    method, headers = str(request.method), request.headers
    body: Any = request.body
    chunks, length = body_to_chunks(body, method, BLOCK_SIZE)
    head = request_line(method, target.path) + field_lines(headers, target.host_line)
    # The rules by which requests and urllib3 tell how long a body is.
    framed = body is not None and "content-length" not in headers
    if framed and "transfer-encoding" not in headers:
        head += b"Transfer-Encoding: chunked\r\n"
    elif "content-length" not in headers and "transfer-encoding" in headers:
        framed = True
    elif "content-length" not in headers and length is not None:
        head += b"Content-Length: %d\r\n" % length
    head += b"\r\n"
    if framed:
        return head, _framed(chunks or ())
    if isinstance(chunks, tuple):
        return head + bytes(chunks[0]), ()
    return head, chunks or ()


def _framed(chunks: Iterable[Any]) -> Iterator[bytes]:
    """The chunked coding."""
    for chunk in chunks:
        data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
        if data:
            yield b"%x\r\n%b\r\n" % (len(data), data)
    yield b"0\r\n\r\n"
