"""Head: what the head of a response says, worked out once for all responses that have the same bytes there."""

from __future__ import annotations

import re
from typing import Final

from loadhost._http.headers import Headers, parse_head

END: Final = b"\r\n\r\n"
KNOWN_LIMIT = 512
"""Heads kept, of all servers together. A date in them makes new ones each second, an id in them each time."""

_find_codings = re.compile(rb"\r\ncontent-encoding:([^\r\n]*)", re.IGNORECASE).findall
_has_cookie = re.compile(rb"\r\nset-cookie:", re.IGNORECASE).search


class Head:
    """`raw`: the bytes up to the empty line. `status`: 0 if there is no response.

    Of a known head (see `remember`) `size` counts its bytes with the empty line, and `total` those of the whole
    response: as many bytes of the same beginning are a complete response, on a connection that stays open.
    """

    __slots__ = ("_codings", "_headers", "raw", "sets_cookie", "size", "status", "total")

    def __init__(self, raw: bytes, status: int) -> None:
        self.raw = raw
        self.status = status
        self.sets_cookie = _has_cookie(raw) is not None
        self.size = self.total = -1
        self._headers: Headers | None = None
        self._codings: str | None = None

    @property
    def headers(self) -> Headers:
        """The header fields; names in any case."""
        if self._headers is None:
            self._headers = parse_head(self.raw)
        return self._headers

    @property
    def codings(self) -> str:
        """The Content-Encoding, "" if there is none."""
        if self._codings is None:
            self._codings = b",".join(_find_codings(self.raw)).decode("latin-1").strip()
        return self._codings


_KNOWN: dict[bytes, Head] = {}

find_known = _KNOWN.get
"""The Head of these bytes, the empty line among them, or None.

What a parser makes of a head does not change: a server sends the same one thousands of times, and to look each up
costs a fifth of reading it.
"""


def remember(start: bytes, status: int, body_size: int) -> Head:
    """Keep the head of a response that was read to its end, on a connection that stays open.

    `start`: the head with the empty line. The parser took `body_size` bytes behind it, and no transfer coding.
    """
    head = Head(start[: -len(END)], status)
    head.size = len(start)
    head.total = head.size + body_size
    if len(_KNOWN) >= KNOWN_LIMIT:
        _KNOWN.clear()
    _KNOWN[start] = head
    return head


NO_HEAD = Head(b"", 0)
"""That of a request without a response."""
