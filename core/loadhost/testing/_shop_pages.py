"""The pages of the shop: what each address answers, as ready-made bytes wherever that is possible."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from loadhost.testing._faults import EvenDraw

PASSWORD = "loadhost"
PRODUCTS = 100

_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_REASONS = {
    200: "OK", 204: "No Content", 301: "Moved Permanently", 400: "Bad Request", 401: "Unauthorized",
    404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class Request(NamedTuple):
    """One request as the connection read it. `query` is what follows the question mark."""

    method: str
    path: str
    query: str
    content_type: str
    cookie: str
    body: bytes


class Answer(NamedTuple):
    """One answer. `sleep_s`: how long the shop thinks first."""

    status: int
    head: bytes
    body: bytes
    sleep_s: float = 0.0


def answer(
    status: int,
    content: Any = "",
    *,
    headers: Mapping[str, str] | None = None,
    sleep_s: float = 0.0,
) -> Answer:
    """An answer: a text is sent as HTML, bytes as they are, everything else as JSON."""
    if isinstance(content, str):
        body, kind = content.encode(), _HTML
    elif isinstance(content, bytes):
        body, kind = content, "application/octet-stream"
    else:
        body, kind = json.dumps(content).encode(), _JSON
    fields = {"Content-Type": kind, "Content-Length": len(body), **(headers or {})}
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", *(f"{name}: {fields[name]}" for name in fields)]
    return Answer(status, "\r\n".join([*lines, "", ""]).encode("latin-1"), body, sleep_s)


def failure(status: int) -> Answer:
    """The answer of a fault."""
    return answer(status, {"error": "the shop was told to fail"})


class Pages:
    """Every page of the shop. The n-th search and the n-th checkout have the same fate in each run with a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._fixed = {"/": _front_page(), "/catalogue": _catalogue(), "/old": _old_address()}
        self._products = {f"/product/{number}": _product(number) for number in range(1, PRODUCTS + 1)}
        self._fixed |= self._products
        self._active: dict[str, Callable[[Request], Answer]] = {
            "/search": self._search,
            "/checkout": self._checkout,
            "/login": self._login,
            "/account": self._account,
        }
        self._sleeps = random.Random(f"{seed} sleeps")
        self._searches = EvenDraw({"nothing found": 0.05}, f"{seed} searches")
        self._payments = EvenDraw({"declined": 0.25}, f"{seed} payments", block=4)
        self._orders = 0

    def answer(self, request: Request) -> Answer:
        """What the shop answers to this request."""
        if request.method in ("GET", "HEAD") and (fixed := self._fixed.get(request.path)):
            return fixed
        if active := self._active.get(request.path):
            return active(request)
        if request.path in self._fixed:
            return _wrong_method("GET, HEAD")
        return _plain(request.path)

    def _search(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return _wrong_method("GET, HEAD")
        sleep_ms = round(self._sleeps.uniform(50, 150), 1)
        word = parse_qs(request.query).get("q", [""])[0]
        found = [] if self._searches.draw() else [1 + (len(word) * 7 + step) % PRODUCTS for step in range(10)]
        content = {"query": word, "results": [{"id": number, "name": f"Product {number}"} for number in found]}
        return answer(200, content, headers=_timing(sleep_ms), sleep_s=sleep_ms / 1000)

    def _checkout(self, request: Request) -> Answer:
        if request.method != "POST":
            return _wrong_method("POST")
        if self._payments.draw():
            return answer(500, {"error": "the payment service does not answer"})
        self._orders += 1
        return answer(200, {"order": self._orders})

    def _login(self, request: Request) -> Answer:
        if request.method != "POST":
            return _wrong_method("POST")
        fields = _fields(request)
        if fields is None:
            return answer(400, {"error": "send user and password as a form or as a JSON object"})
        user = str(fields.get("user", ""))
        if not user or fields.get("password") != PASSWORD:
            return answer(401, {"error": f"wrong user or password; every user has the password {PASSWORD!r}"})
        cookie = f"session={user.encode().hex()}.{self._signature(user)}; Path=/; HttpOnly; SameSite=Lax"
        return answer(200, {"user": user}, headers={"Set-Cookie": cookie})

    def _account(self, request: Request) -> Answer:
        user = self._signed_in(request.cookie)
        if user is None:
            return answer(401, {"error": "log in first: POST /login with user and password"})
        return answer(200, {"user": user, "orders": []})

    # The cookie carries the user and a signature, so the shop keeps no sessions and does not grow.
    def _signature(self, user: str) -> str:
        return hashlib.blake2s(f"{self._seed} {user}".encode(), digest_size=8).hexdigest()

    def _signed_in(self, cookie: str) -> str | None:
        for part in cookie.split(";"):
            name, _, value = part.strip().partition("=")
            user_hex, _, signature = value.partition(".")
            if name == "session":
                try:
                    user = bytes.fromhex(user_hex).decode()
                except ValueError:
                    return None
                return user if signature == self._signature(user) else None
        return None


def _plain(path: str) -> Answer:
    """Addresses for tests: /delay/<ms>, /status/<code>, /bytes/<count>, with any method."""
    kind, _, number_text = path[1:].partition("/")
    number = int(number_text) if number_text.isascii() and number_text.isdigit() else -1
    if kind == "delay" and 0 <= number <= 60_000:
        return answer(200, {"slept_ms": number}, headers=_timing(number), sleep_s=number / 1000)
    if kind == "status" and 200 <= number <= 599:
        return answer(number, b"" if number in (204, 304) else {"status": number})
    if kind == "bytes" and 0 <= number <= 10_000_000:
        return answer(200, b"x" * number)
    return answer(404, {"error": f"the shop has no {path}"})


def _fields(request: Request) -> Mapping[str, Any] | None:
    try:
        if request.content_type.startswith(_JSON):
            fields = json.loads(request.body)
            return fields if isinstance(fields, dict) else None
        return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    except ValueError:
        return None


def _timing(sleep_ms: float) -> dict[str, str]:
    return {"Server-Timing": f"sleep;dur={sleep_ms:g}"}


def _wrong_method(allowed: str) -> Answer:
    return answer(405, {"error": f"only {allowed} here"}, headers={"Allow": allowed})


def _page(title: str, text: str) -> str:
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{text}</html>\n"


def _front_page() -> Answer:
    items = "".join(f'<li><a href="/product/{number}">Product {number}</a></li>' for number in range(1, 21))
    return answer(200, _page("A small shop", f'<p><a href="/catalogue">Catalogue</a></p><ul>{items}</ul>'))


def _product(number: int) -> Answer:
    text = f"<p>{number * 37 % 500 + 1}.00 EUR</p><p>{'Solid, tested, in stock. ' * 20}</p>"
    return answer(200, _page(f"Product {number}", text))


def _catalogue() -> Answer:
    rows = "".join(f"<tr><td>{row}</td><td>Product {row % PRODUCTS + 1}, size {row}</td></tr>\n" for row in range(3850))
    return answer(200, _page("Catalogue", f"<table>{rows}</table>"))


def _old_address() -> Answer:
    return answer(301, "", headers={"Location": "/"})
