"""QuickRequest: the requests.PreparedRequest that a session would prepare, put together from parts made before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from requests import cookies as requests_cookies
from requests import sessions as requests_sessions
from requests.cookies import RequestsCookieJar, merge_cookies
from requests.structures import CaseInsensitiveDict

from loadhost._http.lazy_response import headers_of, lazily
from loadhost._http.wire_request import field_lines, request_line, target_of

_PARTS = frozenset(("headers", "data", "json", "params", "auth"))
# requests' own rules; its types leave them out, or without types.
_encode_params: Any = getattr(requests.PreparedRequest, "_encode_params")  # noqa: B009
_merge_setting: Any = requests_sessions.merge_setting
_get_cookie_header: Any = requests_cookies.get_cookie_header
NO_HOOKS: dict[str, list[Any]] = {"response": []}
_WITHOUT_BODY = ("GET", "HEAD")


def _stored(headers: Any) -> dict[str, tuple[str, Any]]:
    # {name in small letters: (name, value)}: to read it through items() costs ten times as much.
    return headers._store  # type: ignore[no-any-return]


class QuickRequest(requests.PreparedRequest):
    """`path`: path and query. `wire`, in its __dict__ until it is sent: all of its bytes, if it is nothing but a head
    that nobody has changed."""

    path: str
    _stored: dict[str, tuple[str, Any]]
    _session_cookies: RequestsCookieJar

    if not TYPE_CHECKING:  # to the type checker they are what requests declares

        @lazily
        def headers(self):
            return headers_of(self._stored)

        @lazily
        def _cookies(self):
            return merge_cookies(RequestsCookieJar(), self._session_cookies)


class _Address(NamedTuple):
    url: str
    path: str
    line: bytes
    host_line: bytes


class _Fields(NamedTuple):
    stored: dict[str, tuple[str, Any]]  # as CaseInsensitiveDict keeps them
    has_host: bool
    lines: bytes


def quick_request(session: requests.Session, method: str, url: str, fields: Mapping[str, Any]) -> QuickRequest | None:
    """What `session.prepare_request` would make of a request; None where only that itself can tell.

    `fields`: arguments of requests.Request. Raises what requests raises for a wrong address or header.
    """
    cookies = session.cookies
    if (
        session.trust_env
        or not _PARTS.issuperset(fields)
        or session.hooks != NO_HOOKS
        or type(session.headers) is not CaseInsensitiveDict
        or type(cookies) is not RequestsCookieJar
    ):
        return None
    params = fields.get("params")
    if params or session.params:
        params = _encode_params(_merge_setting(params or {}, session.params))
    own = fields.get("headers")
    try:
        address = _address(method, url, params or "")
        found = _fields(tuple(_stored(session.headers).values()), tuple(own.items()) if own else ())
    except TypeError:  # something that can't be looked up: requests knows what to say
        return None
    if address is None:
        return None
    request = QuickRequest.__new__(QuickRequest)
    state = request.__dict__
    state.update(
        method=method, url=address.url, path=address.path, body=None, hooks={"response": []}, _body_position=None,
        _stored=found.stored, _session_cookies=cookies,
    )  # fmt: skip
    auth = fields.get("auth")
    auth = session.auth if auth is None else auth
    needs_auth = auth is not None or "@" in url
    has_cookies = next(iter(cookies), None) is not None
    data, json = fields.get("data"), fields.get("json")
    if method in _WITHOUT_BODY and data is None and json is None and not needs_auth and not has_cookies:
        host_line = b"" if found.has_host else address.host_line
        state["wire"] = b"".join((address.line, host_line, found.lines, b"\r\n"))
        return request
    # In the order of PreparedRequest.prepare.
    if has_cookies:
        cookie = _get_cookie_header(cookies, request)
        if cookie is not None:
            request.headers["Cookie"] = cookie
    request.prepare_body([] if data is None else data, None, json)
    if needs_auth:
        request.prepare_auth(auth, address.url)
    return request


@lru_cache(maxsize=4096)
def _address(method: str, url: str, params: str) -> _Address | None:
    request = requests.PreparedRequest()
    request.prepare_url(url, params)
    target = target_of(str(request.url))
    if target is None:
        return None
    return _Address(str(request.url), target.path, request_line(method, target.path), target.host_line)


@lru_cache(maxsize=4096)
def _fields(of_session: tuple[tuple[str, Any], ...], own: tuple[tuple[str, Any], ...]) -> _Fields:
    request = requests.PreparedRequest()
    request.prepare_headers(_merge_setting(dict(own), CaseInsensitiveDict(of_session), dict_class=CaseInsensitiveDict))
    headers = request.headers
    return _Fields(dict(_stored(headers)), "host" in headers, field_lines(headers, b""))
