"""LazyResponse: a requests.Response whose parts are made when somebody looks at them."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.response import GzipDecoder

from loadhost._http.headers import parse_fields
from loadhost._http.raw import RawResponse

if TYPE_CHECKING:
    from loadhost._http.raw import Body

REDIRECTS = frozenset((301, 302, 303, 307, 308))


class lazily:  # used as a decorator
    """An attribute made on first use. Whatever is set on the instance goes before it: a response that another adapter
    has filled in may be turned into one of these. (functools.cached_property takes a lock on Python 3.11.)"""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value


def headers_of(stored: dict[str, tuple[str, Any]]) -> CaseInsensitiveDict[Any]:
    """requests' headers from {name in small letters: (name, value)}. Their own constructor takes ten times as long."""
    headers: Any = CaseInsensitiveDict.__new__(CaseInsensitiveDict)
    headers._store = OrderedDict(stored)
    return headers  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def _encoding_of(content_type: str | None) -> str | None:
    return get_encoding_from_headers(CaseInsensitiveDict({"content-type": content_type} if content_type else {}))


class LazyResponse(requests.Response):
    """Most responses of a load test are counted and never looked into; to fill in all that requests does costs more
    than to send the request."""

    _body: Body
    _head: bytes
    _fields: list[tuple[str, str]]
    _elapsed_s: float

    @classmethod
    def of(cls, status: int, head: bytes, body: Body, request: Any, connection: Any, elapsed_s: float) -> LazyResponse:
        """A response whose head has come. `connection`: the adapter, as requests calls it."""
        response = cls.__new__(cls)
        response.__dict__.update(
            status_code=status, url=request.url, request=request, connection=connection, _content=False,
            _content_consumed=False, _next=None, _body=body, _head=head, _elapsed_s=elapsed_s,
        )  # fmt: skip
        return response

    @property
    def is_plain(self) -> bool:
        """Whether it neither leads elsewhere nor sets a cookie: requests would do nothing with it but read it."""
        return self.status_code not in REDIRECTS and b"\nset-cookie" not in self._head.lower()

    def read_body(self) -> None:
        """What looking at `content` does, without the way through urllib3 where there is nothing to decode."""
        body = self._body
        content = None
        if body.drain():
            chunks = body.chunks
            content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            if b"\ncontent-encoding" in self._head.lower():
                content = self._unzipped(content)
        if content is None:
            self.content  # noqa: B018  # read by looking
            return
        body.chunks = []
        self._content = content
        self._content_consumed = True

    def _unzipped(self, content: bytes) -> bytes | None:
        """What urllib3 makes of a gzipped body; None if it is coded otherwise, or broken: then urllib3 shall say it."""
        if self.headers["content-encoding"].lower() != "gzip":
            return None
        decoder = GzipDecoder()
        try:
            return decoder.decompress(content) + decoder.flush()
        except zlib.error:
            return None

    if not TYPE_CHECKING:  # to the type checker they are what requests declares

        @lazily
        def _fields(self):
            return parse_fields(self._head)

        @lazily
        def headers(self):
            joined = {}
            for name, value in self._fields:
                first, before = joined.get(name.lower(), (name, None))
                joined[name.lower()] = (first, value if before is None else f"{before}, {value}")
            return headers_of(joined)

        @lazily
        def reason(self):
            return self._head.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2].partition(" ")[2].strip()

        @lazily
        def encoding(self):
            return _encoding_of(self.headers.get("content-type"))

        @lazily
        def cookies(self):
            jar = RequestsCookieJar()
            if b"\nset-cookie" in self._head.lower():
                extract_cookies_to_jar(jar, self.request, self.raw)
            return jar

        @lazily
        def elapsed(self):
            return timedelta(seconds=self._elapsed_s)

        @lazily
        def history(self):
            return []

        @lazily
        def raw(self):
            version = self._head[:8].decode("latin-1")
            return RawResponse(
                self._body,
                self._fields,
                "/".join(self.url.split("/", 3)[:3]),
                status=self.status_code,
                version=10 if version == "HTTP/1.0" else 11,
                version_string=version,
                reason=self.reason,
                request_method=self.request.method,
                request_url=self.request.path_url,
            )
