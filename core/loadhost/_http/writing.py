"""Writing a request that has header fields, a body, credentials or cookies of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadhost._http.body import encode_body
from loadhost._http.cookies import Cookies
from loadhost._http.errors import BadRequest
from loadhost._http.headers import field_line, is_plain_value, merged_fields
from loadhost._http.prepared import FieldKind, Prepared, Preparer, basic_authorization

_NEED_BODY = frozenset({"POST", "PUT", "PATCH"})


def write(
    prepare: Preparer,
    prepared: Prepared,
    target: tuple[str, str | None],
    headers: Mapping[str, Any],
    content: tuple[Any, Any, Any],
    auth: Any,
    cookies: Mapping[str, str] | None,
    jar: Cookies | None,
) -> tuple[Prepared, bytes]:
    """(the prepared request, its bytes). `target`: url and name. `content`: data, json, files. Raises BadRequest.

    A field that replaces a default one has the head written anew; all others are lines behind the prepared head.
    """
    body, content_type = encode_body(*content)
    kinds = prepare.kinds
    lines: list[str] = []
    own_type = own_cookie = False
    if auth is not None or cookies:
        headers = _with_credentials(headers, auth, cookies, prepared, jar)
    for name, value in headers.items():
        kind = kinds.get(name) or prepare.kind_of(name)
        if kind is FieldKind.LENGTH:
            continue  # it is what it is: two of them, or a wrong one, would put the connection out of step
        if kind is FieldKind.DEFAULT or value is None:
            return _write_anew(prepare, prepared, target, headers, body, content_type, jar)
        own_type = own_type or kind is FieldKind.TYPE
        own_cookie = own_cookie or kind is FieldKind.COOKIE
        # Values differ from request to request (ids, tokens), so they are looked at, not looked up.
        lines.append(f"{name}: {value}\r\n" if is_plain_value(value) else field_line(name, value))
    return prepared, prepared.head + _rest(prepared, lines, body, content_type, jar, own_type, own_cookie)


def _write_anew(
    prepare: Preparer,
    prepared: Prepared,
    target: tuple[str, str | None],
    headers: Mapping[str, Any],
    body: bytes,
    content_type: str | None,
    jar: Cookies | None,
) -> tuple[Prepared, bytes]:
    given = {name: value for name, value in headers.items() if prepare.kind_of(name) is not FieldKind.LENGTH}
    kinds = {prepare.kind_of(name) for name in given}
    url, name = target
    anew = prepare.make(prepared.method, url, name, merged_fields(prepare.fields, given))
    own_type, own_cookie = FieldKind.TYPE in kinds, FieldKind.COOKIE in kinds
    return anew, anew.head + _rest(anew, [], body, content_type, jar, own_type, own_cookie)


def _rest(
    prepared: Prepared,
    lines: list[str],
    body: bytes,
    content_type: str | None,
    jar: Cookies | None,
    own_type: bool,
    own_cookie: bool,
) -> bytes:
    if content_type and not own_type:
        lines.append(f"Content-Type: {content_type}\r\n")
    if jar is not None and jar.any and not own_cookie:
        lines.append(jar.line(prepared.url).decode("latin-1"))
    if body or prepared.method in _NEED_BODY:
        lines.append(f"Content-Length: {len(body)}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1") + body


def _with_credentials(
    headers: Mapping[str, Any], auth: Any, cookies: Mapping[str, str] | None, prepared: Prepared, jar: Cookies | None
) -> dict[str, Any]:
    fields = dict(headers)
    if auth is not None:
        fields = {name: value for name, value in fields.items() if name.lower() != "authorization"}
        fields["Authorization"] = _authorization(auth)
    if cookies and not any(name.lower() == "cookie" for name in fields):
        kept = [pair for pair in (jar.pairs(prepared.url) if jar else ()) if pair.partition("=")[0] not in cookies]
        fields["Cookie"] = "; ".join(kept + [f"{name}={value}" for name, value in cookies.items()])
    return fields


def _authorization(auth: Any) -> str:
    if hasattr(auth, "username") and hasattr(auth, "password"):
        auth = auth.username, auth.password  # requests' HTTPBasicAuth
    if not isinstance(auth, tuple | list) or len(auth) != 2:
        raise BadRequest(f"auth is {type(auth).__name__}; give (user, password), or write the Authorization header")
    return basic_authorization(*auth)
