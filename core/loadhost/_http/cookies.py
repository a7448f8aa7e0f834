"""Cookies by http.cookiejar's rules; while there are none they cost nothing, and their header is cached."""

from __future__ import annotations

from email.message import Message
from http.cookiejar import Cookie, CookieJar
from time import time
from typing import Any
from urllib.request import Request

from loadhost._http.headers import Headers, field_line

_CACHE_LIMIT = 256


class Cookies(CookieJar):
    """A CookieJar that also reads like a dict: `client.cookies["session"]`, `client.cookies.set("name", "value")`."""

    def __init__(self) -> None:
        super().__init__()
        self.any = False
        """Whether there is any cookie: what each request asks first."""
        self._lines: dict[str, bytes] = {}
        self._lines_until = float("inf")

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self)

    def __getitem__(self, name: str) -> str:
        for cookie in self:
            if cookie.name == name and cookie.value is not None:
                return cookie.value
        raise KeyError(name)

    def __setitem__(self, name: str, value: str) -> None:
        self.set(name, value)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a cookie, wherever it belongs."""
        return next((cookie.value for cookie in self if cookie.name == name), default)

    def get_dict(self) -> dict[str, str]:
        """{name: value} of all cookies."""
        return {cookie.name: cookie.value or "" for cookie in self}

    def set(self, name: str, value: str, domain: str = "", path: str = "/") -> None:
        """Set a cookie; without a domain it goes to every host. Raises BadRequest for what would break a header."""
        field_line("Cookie", f"{name}={value}")
        self.set_cookie(
            Cookie(
                version=0, name=name, value=value, port=None, port_specified=False, domain=domain,
                domain_specified=bool(domain), domain_initial_dot=domain.startswith("."), path=path,
                path_specified=True, secure=False, expires=None, discard=True, comment=None, comment_url=None,
                rest={}, rfc2109=False,
            )
        )  # fmt: skip

    def update(self, cookies: dict[str, str]) -> None:
        """Set several cookies, for every host."""
        for name, value in cookies.items():
            self.set(name, value)

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep a cookie."""
        super().set_cookie(cookie)
        self._forget_lines()

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Forget cookies: all of them, or those of a domain, of a path, of a name."""
        super().clear(domain, path, name)
        self._forget_lines()

    def take(self, headers: Headers, url: str) -> None:
        """Keep what a response sets."""
        message = Message()
        for value in headers.get_all("set-cookie"):
            message["Set-Cookie"] = value
        self.extract_cookies(_Answer(message), Request(url))  # type: ignore[arg-type]  # only info() is asked

    def line(self, url: str) -> bytes:
        """The Cookie line of a request's head, b"" if no cookie goes there."""
        key = url.partition("?")[0]
        if time() > self._lines_until:
            self._forget_lines()
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= _CACHE_LIMIT:
                self._forget_lines()
            line = self._lines[key] = self._make_line(url)
        return line

    def _make_line(self, url: str) -> bytes:
        request = Request(url)
        self.add_cookie_header(request)
        found = request.get_header("Cookie")
        return f"Cookie: {found}\r\n".encode("latin-1", "replace") if found else b""

    def pairs(self, url: str) -> list[str]:
        """What goes to this address, as "name=value"."""
        line = self.line(url) if self.any else b""
        return line.decode("latin-1").strip().removeprefix("Cookie: ").split("; ") if line else []

    def _forget_lines(self) -> None:
        self._lines.clear()
        self.any = any(True for _ in self)
        ends = [cookie.expires for cookie in self if cookie.expires is not None]
        self._lines_until = min(ends, default=float("inf"))


class _Answer:
    """What http.cookiejar asks of a response."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def info(self) -> Any:
        return self._message
