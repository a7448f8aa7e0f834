"""Cookies by http.cookiejar's rules: domain, path, expiry, Secure, deletion."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest
from loadhost._http.errors import BadRequest


@pytest.fixture
def server(serve) -> Any:
    """Sets the cookies that the query says, and notes the Cookie line of each request."""

    def talk(peer: Any) -> None:
        from urllib.parse import unquote

        while head := peer.read_head():
            target = head.split(b" ")[1].decode()
            lines = [line for line in head.decode("latin-1").split("\r\n") if line.lower().startswith("cookie:")]
            assert len(lines) < 2
            server.requests.append((lines[0][8:] if lines else "", b""))
            sets = [unquote(part) for part in target.partition("?")[2].split("&") if part]
            fields = "".join(f"Set-Cookie: {each}\r\n" for each in sets)
            peer.send(f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n".encode("latin-1"))

    server = serve(talk)
    return server


@pytest.fixture
def sent(server, connect):
    """Asks pages, one after the other, and returns the Cookie field of the last one."""
    session = connect(server.url)

    def sent(*urls: str, **keywords: Any) -> str:
        for url in urls:
            session.get(url, **keywords)
        return str(server.requests[-1][0])

    sent.session = session  # type: ignore[attr-defined]
    return sent


def sets(*cookies: str) -> str:
    from urllib.parse import quote

    return "&".join(quote(cookie, safe="") for cookie in cookies)


def test_without_cookies_there_is_no_cookie_line(sent):
    assert sent("/", "/") == ""


def test_what_is_set_is_sent_back(sent):
    assert sent("/?" + sets("a=1; Path=/", "b=x y; Path=/"), "/other") == "a=1; b=x y"


def test_a_cookie_goes_below_its_path_only(sent):
    sent("/?" + sets("a=1; Path=/shop"))
    assert sent("/shop/cart") == "a=1"
    assert sent("/shopping") == ""
    assert sent("/") == ""


def test_without_a_path_it_is_for_the_folder_that_set_it(sent):
    sent("/shop/login?" + sets("a=1"))
    assert sent("/shop/cart") == "a=1"
    assert sent("/") == ""


def test_a_new_value_replaces_the_old_one(sent):
    assert sent("/?" + sets("a=1; Path=/"), "/?" + sets("a=2; Path=/"), "/") == "a=2"


@pytest.mark.parametrize("end", ["Max-Age=0", "Expires=" + formatdate(0, usegmt=True)])
def test_a_cookie_is_deleted_by_its_end(end, sent):
    assert sent("/?" + sets("a=1; Path=/", "b=2; Path=/"), "/?" + sets(f"a=; Path=/; {end}"), "/") == "b=2"


def test_an_expired_cookie_is_not_sent(sent):
    assert sent("/?" + sets("a=1; Path=/; Max-Age=1", "b=2; Path=/"), "/") == "a=1; b=2"
    time.sleep(1.05)
    assert sent("/") == "b=2"


def test_a_secure_cookie_goes_through_tls_only(sent):
    sent("/?" + sets("a=1; Path=/; Secure", "b=2; Path=/"))
    assert sent("/") == "b=2"
    cookies = sent.session.cookies
    assert cookies.line("https://127.0.0.1/") == b"Cookie: a=1; b=2\r\n"


def test_a_cookie_for_another_domain_is_refused(sent):
    assert sent("/?" + sets("a=1; Path=/; Domain=example.com"), "/") == ""


def test_a_cookie_of_one_host_does_not_go_to_another(server, sent):
    sent("/?" + sets("a=1; Path=/"))
    assert sent(f"http://localhost:{server.port}/") == ""


def test_cookies_of_one_request_join_those_of_the_session(sent):
    sent("/?" + sets("a=1; Path=/", "b=2; Path=/"))
    assert sent("/", cookies={"b": "3", "c": "4"}) == "a=1; b=3; c=4"
    assert sent("/") == "a=1; b=2"


def test_a_cookie_header_of_the_callers_own_goes_alone(sent):
    sent("/?" + sets("a=1; Path=/"))
    assert sent("/", headers={"cookie": "z=9"}) == "z=9"


def test_cookies_can_be_set_by_hand(sent):
    cookies = sent.session.cookies
    cookies.set("a", "1")
    cookies["b"] = "2"
    cookies.update({"c": "3"})
    assert sent("/") == "a=1; b=2; c=3"
    assert ("a" in cookies, cookies["b"], cookies.get("c"), cookies.get("d")) == (True, "2", "3", None)
    assert cookies.get_dict() == {"a": "1", "b": "2", "c": "3"}
    cookies.clear()
    assert sent("/") == ""


def test_a_cookie_that_would_break_the_head_apart_is_refused(sent):
    with pytest.raises(BadRequest, match="line break"):
        sent.session.cookies.set("a", "1\r\nX-Evil: 1")
    assert "line break" in str(sent.session.get("/", cookies={"a": "1\r\nX-Evil: 1"}).error)


def test_two_users_share_no_cookies(server, connect, sent):
    sent("/?" + sets("a=1; Path=/"))
    connect(server.url).get("/")
    assert server.requests[-1][0] == ""


def test_cookiejar_is_locusts_name_for_them(sent):
    assert sent.session.cookiejar is sent.session.cookies
