"""Prepared: the parts of a request that never change, worked out once and shared by all users of a class."""

from __future__ import annotations

import enum
import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from loadhost._http.errors import BadRequest
from loadhost._http.headers import field_line, merged_fields
from loadhost._http.origin import Origin

DEFAULT_PORTS = {"http": 80, "https": 443}
CACHE_LIMIT = 2000
"""Addresses kept per class; a loadfile with more of them pays for preparing, not with memory."""

_has_scheme = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*://").match
# Nothing here needs quoting; "%" does not belong, since what follows it has to be looked at.
# Nor does "/.", which might lead up.
_is_plain = re.compile(r"/(?:[A-Za-z0-9\-_~!$&'()*+,;=:@?]|(?<!/)\.|/(?!/))*").fullmatch
_is_method = re.compile(r"[A-Za-z][A-Za-z0-9!#$%&'*+\-.^_`|~]*").fullmatch
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


class Prepared:
    """`head`: the request line and the header fields that every request has. `wire`: head and the end, ready to send
    (for a method that has a body by nature, with Content-Length: 0). `name`: what it is counted under. `head_size`:
    bytes that the head of the last response had, a guess where that of the next one ends."""

    __slots__ = ("head", "head_size", "is_head", "method", "name", "origin", "url", "wire")

    def __init__(self, method: str, name: str, url: str, origin: Origin, head: bytes) -> None:
        self.method = method
        self.name = name
        self.url = url
        self.origin = origin
        self.head = head
        self.is_head = method == "HEAD"
        self.head_size = 0
        self.wire = head + (b"Content-Length: 0\r\n\r\n" if method in ("POST", "PUT", "PATCH") else b"\r\n")


class FieldKind(enum.Enum):
    """What a header field that a request brings along means for its head."""

    PLAIN = "one more line"
    DEFAULT = "takes the place of a default field"
    TYPE = "Content-Type"
    LENGTH = "Content-Length"
    COOKIE = "Cookie"


_KINDS = {
    "content-type": FieldKind.TYPE,
    "content-length": FieldKind.LENGTH,
    "cookie": FieldKind.COOKIE,
}


class Preparer:
    """Prepares requests against one base address with one set of default headers."""

    def __init__(self, base_url: str, headers: Mapping[str, str], *, through_proxy: bool = False) -> None:
        self._through_proxy = through_proxy
        self.base_url, self.authorization = split_credentials(base_url)
        fields = dict(headers)
        if self.authorization and "authorization" not in {name.lower() for name in fields}:
            fields["Authorization"] = self.authorization
        self.kinds: dict[str, FieldKind] = {}
        """By name as it was written: what `kind_of` has found so far."""
        self._default_names = frozenset(name.lower() for name in fields) | {"host"}
        self.fields = fields = {name: value for name, value in fields.items() if value is not None}
        self._lines = "".join(field_line(name, value) for name, value in fields.items())
        self.kept: dict[tuple[str, str, str | None], Prepared] = {}
        """What `__call__` has prepared, by its arguments."""
        self._base = _parse(self.base_url) if self.base_url else None

    def kind_of(self, name: str) -> FieldKind:
        """What a field of this name means. Raises BadRequest for what can't be one."""
        field_line(name, "")
        lowered = name.lower()
        otherwise = FieldKind.DEFAULT if lowered in self._default_names else FieldKind.PLAIN
        kind = _KINDS.get(lowered, otherwise)
        if len(self.kinds) >= CACHE_LIMIT:
            self.kinds.clear()
        self.kinds[name] = kind
        return kind

    def __call__(self, method: str, url: str, name: str | None) -> Prepared:
        """The prepared request. Raises BadRequest for an address that can't be one."""
        prepared = self.kept.get((method, url, name))
        if prepared is None:
            prepared = self.make(method, url, name)
            if len(self.kept) >= CACHE_LIMIT:
                self.kept.clear()
            self.kept[method, url, name] = prepared
        return prepared

    def make(self, method: str, url: str, name: str | None, fields: Mapping[str, str] | None = None) -> Prepared:
        """Prepare, past the cache. `fields`: header fields in place of the default ones; a Host among them counts."""
        url, authorization = split_credentials(url) if "@" in url and _has_scheme(url) else (url, None)
        if self._base is not None and _is_plain(url):
            origin, host, target, full = self._base.joined(url)
        else:
            address = _parse(url if _has_scheme(url) else self._join(url))
            origin, host, target, full = address.joined("")
        if not _is_method(method):
            raise BadRequest(f"{method!r} is no method; it is a word such as GET")
        method = method.upper()
        if self._through_proxy and origin.scheme == "http":
            target = full
        lines = self._lines
        if fields is not None or authorization:
            fields = dict(self.fields if fields is None else fields)
            if authorization:
                fields = merged_fields(fields, {"Authorization": authorization})
            given = [field for field in fields if field.lower() == "host"]
            host = fields.pop(given[0]) if given else host
            lines = "".join(field_line(field, value) for field, value in fields.items())
        head = f"{method} {target} HTTP/1.1\r\n{field_line('Host', host)}{lines}"
        return Prepared(method, name or _default_name(url), full, origin, head.encode("latin-1"))

    def _join(self, url: str) -> str:
        if not self.base_url:
            raise BadRequest(f"{url!r} is relative, and there is no host: give --host URL, or a whole address")
        if not url or url[0] in "?#":
            return self.base_url + url
        return f"{self.base_url.rstrip('/')}/{url.removeprefix('/')}"


class _Address:
    """An absolute address in parts."""

    __slots__ = ("host", "origin", "prefix", "target")

    def __init__(self, origin: Origin, host: str, prefix: str, target: str) -> None:
        self.origin, self.host, self.prefix, self.target = origin, host, prefix, target

    def joined(self, path: str) -> tuple[Origin, str, str, str]:
        """(origin, Host, target, whole address) of a path below it."""
        target = self.target.rstrip("/") + path if path else self.target
        return self.origin, self.host, target, self.prefix + target


def _parse(url: str) -> _Address:
    if url.lower().startswith("http+unix://"):
        socket_path, _, rest = url[len("http+unix://") :].partition("/")
        if "%" not in socket_path:
            raise BadRequest(f"{url!r}: the socket's path is written with %2F, as http+unix://%2Frun%2Fapp.sock/page")
        origin = Origin("http+unix", unquote(socket_path), 0)
        return _Address(origin, "localhost", f"http+unix://{socket_path}", _quoted_target("/" + rest))
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise BadRequest(f"{url!r} is no address; it looks like https://shop.example/path") from None
    scheme = (parts.scheme or "").lower()
    if scheme not in DEFAULT_PORTS:
        raise BadRequest(f"{url!r}: the scheme is {scheme or 'missing'}; http, https and http+unix are understood")
    if not parts.host:
        raise BadRequest(f"{url!r} has no host")
    shown = parts.host if parts.port in (None, DEFAULT_PORTS[scheme]) else f"{parts.host}:{parts.port}"
    origin = Origin(scheme, parts.host.strip("[]"), parts.port or DEFAULT_PORTS[scheme])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query is not None else "")
    prefix = f"{scheme}://{shown}"
    return _Address(origin, shown, prefix, target)


def _quoted_target(target: str) -> str:
    if _UNSAFE.search(target):
        raise BadRequest(f"{target!r} has a space or a control character; quote it")
    return target.partition("#")[0]


def _default_name(url: str) -> str:
    """Path and query of the address, as it was given."""
    if not _has_scheme(url):
        return url or "/"
    rest = url.partition("://")[2].partition("#")[0]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def split_credentials(url: str) -> tuple[str, str | None]:
    """(address without user and password, the Authorization that they make or None)."""
    scheme, separator, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    credentials, at, host = netloc.rpartition("@")
    if not at or ":" not in credentials:
        return url, None
    user, _, password = credentials.partition(":")
    return f"{scheme}{separator}{host}{slash}{path}", basic_authorization(unquote(user), unquote(password))


def basic_authorization(user: str | bytes, password: str | bytes) -> str:
    """The Authorization of RFC 7617. Text is encoded as UTF-8 where Latin-1 can't hold it, as browsers do."""
    user = user.decode("latin-1") if isinstance(user, bytes) else user
    password = password.decode("latin-1") if isinstance(password, bytes) else password
    pair = f"{user}:{password}"
    try:
        encoded = pair.encode("latin-1")
    except UnicodeEncodeError:
        encoded = pair.encode()
    return "Basic " + b64encode(encoded).decode("ascii")
