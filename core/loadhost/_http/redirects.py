"""Redirects as requests follows them: which method, which fields, where to; credentials stay with their host."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from loadhost._http.errors import BadRequest
from loadhost._http.headers import parse_fields
from loadhost._http.prepared import DEFAULT_PORTS
from loadhost._http.response import Response

_FOLLOWED = ("http", "https", "http+unix", "")  # "": a path on a Unix socket, which urljoin knows nothing of
_ABOUT_THE_BODY = frozenset({"content-length", "content-type", "transfer-encoding"})


class Hop(NamedTuple):
    """The request that a redirect asks for."""

    method: str
    url: str
    fields: dict[str, str]
    body: bytes


def next_hop(response: Response, method: str, wire: bytes) -> Hop:
    """What to ask next, after the request `wire` got this response.

    303 becomes GET, as do 302 (but for HEAD) and 301 of a POST; only 307 and 308 keep the body.
    """
    head, _, body = wire.partition(b"\r\n\r\n")
    fields = dict(parse_fields(head))
    status = response.status_code
    if (status in (302, 303) and method != "HEAD") or (status == 301 and method == "POST"):
        method = "GET"
    url = urljoin(response.url, _location(response))
    if urlsplit(url).scheme not in _FOLLOWED:
        raise BadRequest(f"redirected to {url!r}; http and https are followed")
    dropped = {"cookie"}  # the jar says what goes to the new address
    if status not in (307, 308):
        dropped |= _ABOUT_THE_BODY
        body = b""
    if urlsplit(url).hostname != urlsplit(response.url).hostname:
        dropped.add("host")
    if _leaves(response.url, url):
        dropped.add("authorization")
    if "host" not in dropped and fields.get("Host") == urlsplit(response.url).netloc:
        dropped.add("host")  # not the caller's own
    return Hop(method, url, {name: value for name, value in fields.items() if name.lower() not in dropped}, body)


def _location(response: Response) -> str:
    # Headers are read as Latin-1; servers that put more into a Location mean UTF-8.
    location = response.headers["location"]
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def _leaves(one: str, other: str) -> bool:
    """Whether credentials for one address are none of the other's business."""
    here, there = urlsplit(one), urlsplit(other)
    if here.hostname != there.hostname:
        return True
    ports = _port(here.scheme, here.port), _port(there.scheme, there.port)
    if (here.scheme, there.scheme) == ("http", "https") and ports == (80, 443):
        return False  # the same host, and safer
    return here.scheme != there.scheme or ports[0] != ports[1]


def _port(scheme: str, port: int | None) -> int | None:
    return port or DEFAULT_PORTS.get(scheme)
