"""HttpSession beside a plain requests.Session: what is sent, and what comes of each answer, is the same."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests
from loadhost import Environment, hookimpl
from loadhost.clients import HttpSession
from requests.auth import HTTPDigestAuth


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an echo_server in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("echo_server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        child.kill()


@pytest.fixture
def environment(loadhost_manager):
    """A real environment, with a plugin manager of its own."""
    return Environment(plugin_manager=loadhost_manager)


@pytest.fixture
def ours(environment, server) -> Iterator[HttpSession]:
    """Our session."""
    with HttpSession(server, environment) as session:
        session.trust_env = False
        yield session


@pytest.fixture
def theirs() -> Iterator[requests.Session]:
    """requests' own, which looks into the environment as little as ours."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def raw(answer: bytes, query: str = "") -> str:
    return f"/raw/{answer.hex()}?{query}"


def ok(head: bytes, body: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\n" + body


def with_length(body: bytes, head: bytes = b"") -> bytes:
    return ok(b"Content-Length: %d\r\n" % len(body) + head, body)


def told(response: requests.Response) -> dict[str, Any]:
    """All that a response tells, but for times."""
    content = response.content
    request = response.request
    return {
        "content": content,
        "text": response.text,
        "status": (response.status_code, response.reason, bool(response)),
        "headers": list(response.headers.items()),
        "encoding": response.encoding,
        "url": response.url,
        "cookies": sorted((c.name, c.value, c.domain, c.path, c.expires) for c in response.cookies),
        "history": [(each.status_code, each.url, each.content) for each in response.history],
        "redirect": (response.is_redirect, response.is_permanent_redirect, response.next and response.next.url),
        "links": response.links,
        "raw": (response.raw.status, response.raw.reason, response.raw.version, list(response.raw.headers.items())),
        "raw is read": (response.raw.read(), response.raw.closed),
        "request": (request.method, request.url, request.path_url, list(request.headers.items()), request.body),
        "type": type(response.headers),
    }


def outcome(session: requests.Session, method: str, url: str, **kwargs: Any) -> Any:
    """What a response tells, or the type of the exception, which ours keeps in `error`."""
    try:
        response = session.request(method, url, **kwargs)
    except requests.RequestException as error:
        return type(error)
    error = getattr(response, "error", None)
    return told(response) if error is None else type(error)


# --- what is sent

REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "own header": {"headers": {"X-A": "b", "x-b": b"bytes"}},
    "header replaced": {"headers": {"user-agent": "me", "ACCEPT": "text/plain"}},
    "headers left out": {"headers": {"User-Agent": None, "Accept-Encoding": None, "Connection": None}},
    "own host": {"headers": {"Host": "shop.example"}},
    "latin header": {"headers": {"X-A": "caf\xe9"}},
    "params": {"params": {"a": ["1", "2"], "b": "\xe9 &", "none": None}},
    "params as text": {"params": "a=1&b=2"},
    "params as pairs": {"params": [("a", "1"), ("a", "2")]},
    "form": {"data": {"a": "1", "b": ["x", "y"]}},
    "form with a type": {"data": {"a": "1"}, "headers": {"content-type": "text/x"}},
    "text": {"data": "caf\xe9"},
    "bytes": {"data": b"\x00\x01"},
    "empty bytes": {"data": b""},
    "json": {"json": {"a": [1, None]}},
    "json null": {"json": None},
    "json and data": {"json": {"a": 1}, "data": {"b": "2"}},
    "file": {"data": io.BytesIO(b"x" * 40000)},
    "auth": {"auth": ("me", "p\xe9")},
    "cookies": {"cookies": {"a": "b"}},
    "cookies and header": {"cookies": {"a": "b"}, "headers": {"Cookie": "c=d"}},
    "no keep-alive": {"headers": {"Connection": "close"}},
}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
@pytest.mark.parametrize("case", REQUESTS)
def test_the_server_sees_the_same_request(ours, theirs, server, method, case):
    seen = []
    for session in (ours, theirs):
        kwargs = dict(REQUESTS[case])
        if "file" in case:
            kwargs["data"].seek(0)
        seen.append(told(session.request(method, server + "/echo", **kwargs)))
    assert seen[0] == seen[1]


def test_an_upload_is_the_same_but_for_its_boundary(ours, theirs, server):
    upload = {"files": {"f": ("name.txt", b"content")}, "data": {"a": "b"}}
    one, other = (session.post(server + "/echo", **upload).text for session in (ours, theirs))
    assert re.sub("[0-9a-f]{32}", "BOUNDARY", one) == re.sub("[0-9a-f]{32}", "BOUNDARY", other)


ADDRESSES = [
    "/echo",
    "/echo?a=b c&d=%20%zz",
    "/caf\xe9/../x/./y?\xfc",
    "/echo#part",
    "/echo;p=1?",
    "/%7Euser/%2F",
    "//echo",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_are_written_as_requests_writes_them(ours, theirs, server, address):
    assert outcome(ours, "GET", server + address) == outcome(theirs, "GET", server + address)


def test_credentials_in_an_address_become_basic_authentication(ours, theirs, server):
    url = server.replace("http://", "http://me:p%40ss@") + "/echo"
    assert told(ours.get(url)) == told(theirs.get(url))
    assert "Authorization: Basic bWU6cEBzcw==" in ours.get(url).text


def change_headers(session):
    session.headers.update({"X-Session": "1", "Accept": None})
    session.headers["user-agent"] = "me"


def replace_headers(session):
    session.headers = {"X-Only": "1"}


def change_params(session):
    session.params = {"key": "k"}


def change_auth(session):
    session.auth = ("me", "secret")


def change_cookies(session):
    session.cookies.set("a", "1")
    session.cookies.set("b", "2", domain="127.0.0.1", path="/echo")
    session.cookies.set("c", "3", domain="other.example")


def add_hook(session):
    session.hooks["response"].append(lambda response, **_: response.headers.update({"X-Hook": "1"}))


@pytest.mark.parametrize(
    "change", [change_headers, replace_headers, change_params, change_auth, change_cookies, add_hook]
)
@pytest.mark.parametrize("kwargs", [{}, {"headers": {"X-A": "b"}, "params": {"p": "q"}}, {"data": {"a": "b"}}])
def test_settings_of_the_session_count_from_the_next_request_on(ours, theirs, server, change, kwargs):
    for session in (ours, theirs):
        session.post(server + "/echo")
        change(session)
    assert told(ours.post(server + "/echo", **kwargs)) == told(theirs.post(server + "/echo", **kwargs))
    assert told(ours.get(server + "/echo", **kwargs)) == told(theirs.get(server + "/echo", **kwargs))


def test_a_generator_is_sent_in_chunks(ours, theirs, server):
    def parts():
        yield b"one"
        yield b""
        yield b"two"

    one, other = (session.post(server + "/echo", data=parts()).text for session in (ours, theirs))
    assert one == other
    assert one.endswith("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_a_large_body_goes_out_whole(ours):
    body = bytes(range(256)) * 40000
    assert ours.post("/echo", data=body).content.endswith(body)


def test_an_upload_arrives_whole(ours):
    response = ours.post("/echo", files={"f": ("name.txt", io.BytesIO(b"content" * 10000))}, data={"a": "b"})
    assert b"content" * 10000 in response.content
    assert b'filename="name.txt"' in response.content


# --- what comes

TEXT = b"Content-Type: text/html; charset=utf-8\r\n"
REDIRECT = b"Location: /echo?moved\r\nContent-Length: 2\r\n"

ANSWERS: dict[str, bytes] = {
    "plain": with_length(b"hello", TEXT),
    "empty": with_length(b""),
    "no content": ok(b"", status=b"204 No Content"),
    "not modified": ok(b"ETag: x\r\n", status=b"304 Not Modified"),
    "no reason": ok(b"Content-Length: 2\r\n", b"ok", status=b"200"),
    "odd reason": ok(b"Content-Length: 2\r\n", b"ok", status=b"299 Caf\xe9 au  lait"),
    "not found": ok(b"Content-Length: 2\r\n", b"no", status=b"404 Not Found"),
    "error": ok(b"Content-Length: 2\r\n", b"no", status=b"500 Oops"),
    "doubled fields": with_length(b"ok", b"X-A: 1\r\nx-a: 2\r\nX-B:  spaced\r\n"),
    "latin field": with_length(b"ok", b"X-A: caf\xe9\r\n"),
    "links": with_length(b"ok", b'Link: </next>; rel="next"\r\n'),
    "no charset": with_length("caf\xe9".encode(), b"Content-Type: text/plain\r\n"),
    "json": with_length(b'{"a": 1}', b"Content-Type: application/json\r\n"),
    "chunked": ok(b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-T: 1\r\n\r\n"),
    "empty chunked": ok(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "gzip": with_length(gzip.compress(b"hello" * 999), b"Content-Encoding: gzip\r\n"),
    "gzip in two members": with_length(gzip.compress(b"a") + gzip.compress(b"b"), b"content-encoding: GZIP\r\n"),
    "deflate": with_length(zlib.compress(b"hello" * 999), b"Content-Encoding: deflate\r\n"),
    "unknown coding": with_length(b"hello", b"Content-Encoding: own\r\n"),
    "broken gzip": with_length(b"hello", b"Content-Encoding: gzip\r\n"),
    "cut gzip": with_length(gzip.compress(b"hello" * 999)[:-9], b"Content-Encoding: gzip\r\n"),
    "gzip in chunks": ok(
        b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(b"hi", mtime=0)), gzip.compress(b"hi", mtime=0)),
    ),
    "cookies": with_length(
        b"ok", b"Set-Cookie: a=1; Path=/\r\nset-cookie: b=2; Expires=Wed, 01 Jan 2098 00:00:00 GMT\r\n"
    ),
    "cookie of another host": with_length(b"ok", b"Set-Cookie: a=1; Domain=other.example\r\n"),
    "large": with_length(b"x" * 1000000),
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(b"ok"),
    "301": ok(REDIRECT, b"no", status=b"301 Moved"),
    "302": ok(REDIRECT, b"no", status=b"302 Found"),
    "303": ok(REDIRECT, b"no", status=b"303 See Other"),
    "307": ok(REDIRECT, b"no", status=b"307 Again"),
    "308": ok(REDIRECT + b"Set-Cookie: r=1\r\n", b"no", status=b"308 For Ever"),
    "300 without location": ok(b"Content-Length: 2\r\n", b"no", status=b"300 Choose"),
    "302 without location": ok(b"Content-Length: 2\r\n", b"no", status=b"302 Found"),
    "redirect to a wrong address": ok(b"Location: http://[\r\nContent-Length: 0\r\n", status=b"302 Found"),
    "redirect to another scheme": ok(b"Location: ftp://h/\r\nContent-Length: 0\r\n", status=b"302 Found"),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_tells_the_same(ours, theirs, server, method, case):
    url = server + raw(ANSWERS[case])
    try:
        other = outcome(theirs, method, url, data=None if method == "GET" else b"body")
    except Exception as error:
        with pytest.raises(type(error)):
            outcome(ours, method, url, data=None if method == "GET" else b"body")
        return
    one = outcome(ours, method, url, data=None if method == "GET" else b"body")
    assert one == other
    assert ours.cookies.get_dict() == theirs.cookies.get_dict()


@pytest.mark.parametrize("case", sorted(ANSWERS.keys() - {"redirect to a wrong address"}))
def test_a_streamed_answer_tells_the_same(ours, theirs, server, case):
    url = server + raw(ANSWERS[case])
    one, other = (list(taken(session.get(url, stream=True, allow_redirects=False))) for session in (ours, theirs))
    assert one == other


def taken(response: requests.Response) -> Iterator[Any]:
    yield response.status_code, list(response.headers.items())
    try:
        yield b"".join(response.iter_content(7))
    except requests.RequestException as error:
        yield type(error)


@pytest.mark.parametrize("case", ["plain", "chunked", "gzip", "302", "cookies", "not found"])
def test_without_following_redirects_an_answer_tells_the_same(ours, theirs, server, case):
    url = server + raw(ANSWERS[case])
    assert outcome(ours, "GET", url, allow_redirects=False) == outcome(theirs, "GET", url, allow_redirects=False)


@pytest.mark.parametrize("case", ["plain", "chunked", "gzip", "302", "cookies", "broken gzip"])
def test_with_a_hook_an_answer_tells_the_same(ours, theirs, server, case):
    heard = []

    def hook(response, **kwargs):
        heard.append(
            (response.status_code, response.headers.get("Content-Length"), sorted(kwargs), response.raw.closed)
        )

    url = server + raw(ANSWERS[case])
    one, other = (outcome(session, "GET", url, hooks={"response": hook}) for session in (ours, theirs))
    assert one == other
    assert heard[: len(heard) // 2] == heard[len(heard) // 2 :]


def test_a_head_request_has_no_body(ours, theirs, server):
    assert told(ours.head(server + "/echo")) == told(theirs.head(server + "/echo"))


FAILURES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "close"),
    "no http": (b"220 smtp ready\r\n\r\n", "close"),
    "cut by length": (ok(b"Content-Length: 10\r\n", b"hello"), "close"),
    "cut in a chunk": (ok(b"Transfer-Encoding: chunked\r\n", b"a\r\nhello"), "close"),
    "cut between chunks": (ok(b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"), "close"),
    "bad chunk size": (ok(b"Transfer-Encoding: chunked\r\n", b"xyz\r\nhello\r\n"), "close"),
    "to the end": (ok(b"", b"hello"), "close"),
    "late head": (b"HTTP/1.1 200 OK\r\n|Content-Length: 2\r\n\r\nok", "pause=0.6"),
    "late body": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no|k", "pause=0.6"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_goes_wrong_is_called_the_same(ours, theirs, server, case):
    answer, query = FAILURES[case]
    url = server + raw(answer, query)
    one, other = (outcome(session, "GET", url, timeout=(5, 0.3)) for session in (ours, theirs))
    assert one == other


def test_a_redirect_is_followed_even_if_its_body_was_cut(ours, theirs, server):
    cut = ok(b"Location: /echo\r\nContent-Length: 9\r\n", b"no", status=b"302 Found")
    for session in (ours, theirs):
        response = session.get(server + raw(cut, "close"))
        assert (response.status_code, len(response.history)) == (200, 1)


def test_half_a_head_is_no_response(ours):
    """http.client takes it for one without fields."""
    assert isinstance(ours.get(raw(b"HTTP/1.1 200 OK\r\nConte", "close")).error, requests.ConnectionError)


@pytest.mark.parametrize("timeout", [(1, 2, 3), 0, -1, "soon", (1, "soon")])
def test_a_wrong_timeout_is_refused_as_requests_refuses_it(ours, theirs, server, timeout):
    for session in (ours, theirs):
        with pytest.raises(ValueError, match="imeout"):
            session.get(server + "/echo", timeout=timeout)


def test_a_timeout_counts_from_byte_to_byte(ours):
    answer = ok(b"Content-Length: 2\r\n", b"a|b")
    assert ours.get(raw(answer, "pause=0.2"), timeout=(1, 1.05)).content == b"ab"
    assert isinstance(ours.get(raw(answer, "pause=0.9"), timeout=0.5).error, requests.ConnectionError)


def test_equal_failures_are_counted_as_equal(ours, environment):
    for _ in range(2):
        for answer, query in FAILURES.values():
            ours.get(raw(answer, query), timeout=0.2, name="/raw")
    assert {each.count % 2 for each in environment.stats.error_counts()} == {0}


def test_urllib3s_own_timeouts_go_by_requests_own_adapter(ours):
    from urllib3.util import Timeout

    assert ours.get("/echo", timeout=Timeout(connect=1, read=5)).ok


# --- streams


def test_events_are_handed_out_as_they_come(ours, server):
    answer = ok(b"Transfer-Encoding: chunked\r\n", b"4\r\none\n\r\n|4\r\ntwo\n\r\n0\r\n\r\n")
    with ours.get(raw(answer, "pause=0.8"), stream=True) as response, gevent.Timeout(0.5):
        lines = response.iter_lines()
        assert next(lines) == b"one"
    response = ours.get(raw(answer, "pause=0.2"), stream=True)
    assert list(response.iter_lines()) == [b"one", b"two"]


def test_a_stream_is_read_through_raw_too(ours):
    with ours.get(raw(ANSWERS["gzip"]), stream=True) as response:
        assert gzip.decompress(response.raw.read()) == b"hello" * 999
    with ours.get(raw(ANSWERS["gzip"]), stream=True) as response:
        assert response.raw.read(5, decode_content=True) == b"hello"
    with ours.get(raw(ANSWERS["large"]), stream=True) as response:
        assert response.raw.read(3) == b"xxx"
        assert len(response.raw.data) == 999997


def test_a_stream_that_was_read_gives_its_connection_back(ours):
    before = int(ours.get("/connections").text)
    for _ in range(3):
        with ours.get(raw(ANSWERS["large"]), stream=True) as response:
            assert len(b"".join(response.iter_content(4096))) == 1000000
    assert int(ours.get("/connections").text) == before


def test_a_stream_that_was_not_read_closes_its_connection(ours):
    before = int(ours.get("/connections").text)
    ours.get(raw(ANSWERS["large"]), stream=True).close()
    assert int(ours.get("/connections").text) == before + 1


def test_a_stream_that_is_forgotten_closes_its_connection(ours):
    from loadhost._http.sweeper import sweeper

    watched = len(sweeper()._connections)
    response = ours.get(raw(ANSWERS["large"]), stream=True)
    assert len(sweeper()._connections) == watched + 1
    del response
    assert len(sweeper()._connections) == watched


# --- what users do with a session


def test_digest_authentication_sends_again_on_the_same_connection(ours, theirs, server):
    before = int(ours.get("/connections").text)
    auth = HTTPDigestAuth("me", "secret")
    response = ours.get("/digest", auth=auth)
    assert response.status_code == 200
    assert [each.status_code for each in response.history] == [401]
    assert "Cookie: seen=1" in response.text
    assert int(ours.get("/connections").text) == before
    assert ours.get("/digest", auth=auth).history == []


def test_a_prepared_request_may_be_sent(ours, theirs, server):
    for request in (requests.Request("POST", server + "/echo", json={"a": 1}), requests.Request("GET", server + "/x")):
        one, other = (session.send(session.prepare_request(request)) for session in (ours, theirs))
        assert told(one) == told(other)


def test_the_request_of_a_response_may_be_changed_and_sent_again(ours, server):
    request = ours.get("/echo").request
    request.headers["X-Changed"] = "1"
    request.url = server + "/echo?again"
    text = ours.send(request).text
    assert "GET /echo?again HTTP/1.1" in text
    assert "X-Changed: 1" in text


def test_an_adapter_of_the_users_own_serves_its_prefix(ours, server):
    class Own(requests.adapters.BaseAdapter):
        def send(self, request, **kwargs):
            response = requests.Response()
            response.status_code, response.url, response.request = 299, request.url, request
            response.raw = io.BytesIO(b"mine")
            return response

        def close(self):
            pass

    ours.mount(server + "/mine", Own())
    assert ours.get("/mine/x").content == b"mine"
    assert ours.get("/echo").status_code == 200


def test_a_proxy_is_gone_through_by_requests_own_adapter(ours, server):
    text = ours.get("http://shop.example/page", proxies={"http": server}).text
    assert text.startswith("GET http://shop.example/page HTTP/1.1")
    ours.proxies = {"http": server}
    assert ours.get("http://shop.example/page").text.startswith("GET http://shop.example/page HTTP/1.1")


def test_a_client_certificate_is_requests_own_business(ours):
    with pytest.raises(OSError, match=r"no-such\.pem"):
        ours.get("https://127.0.0.1:1/", cert="/no-such.pem")


def test_a_closed_session_may_be_used_again(ours):
    ours.close()
    assert ours.get("/echo").ok


def test_pickled_responses_come_back(ours):
    import pickle

    response = ours.get(raw(ANSWERS["cookies"]))
    again = pickle.loads(pickle.dumps(requests.Response.__getstate__(response)))
    assert (again["_content"], again["status_code"], again["cookies"].get_dict()) == (b"ok", 200, {"a": "1", "b": "2"})


def test_a_copied_session_has_connections_of_its_own(ours):
    import copy

    ours.get("/echo")
    copied = copy.copy(ours.get_adapter("http://"))
    assert copied._free == {}


def test_settings_of_the_session_count_for_prepared_requests_too(ours, server):
    ours.stream = True
    request = ours.prepare_request(requests.Request("GET", server + "/echo"))
    assert not ours.send(request, proxies={})._content_consumed


def test_elapsed_ends_with_the_head(ours):
    response = ours.get(raw(ok(b"Content-Length: 2\r\n", b"a|b"), "pause=0.3"))
    assert response.elapsed.total_seconds() < 0.25
    assert response.request_meta["response_time"] >= 300


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nlines", " padded", "\u20ac", b"two\nlines"])
def test_a_header_that_cannot_be_sent_is_a_failed_request(ours, environment, value):
    response = ours.get("/echo?1", headers={"X-A": value}, name="/echo")
    assert isinstance(response.error, requests.exceptions.InvalidHeader)
    assert response.status_code == 0
    [entry] = environment.stats.entries.values()
    assert (entry.name, entry.method, entry.num_requests, entry.num_failures) == ("/echo", "GET", 1, 1)


def test_users_do_not_wait_for_one_another_in_a_process_without_patches(ours):
    answer = ok(b"Content-Length: 2\r\n", b"|ok")
    with gevent.Timeout(1.5):
        gevent.joinall([gevent.spawn(ours.get, raw(answer, "pause=0.3")) for _ in range(8)], raise_error=True)


def test_what_a_block_adds_to_request_meta_goes_into_the_context(ours, loadhost_manager):
    contexts = []

    class Listener:
        @hookimpl
        def loadhost_request(self, context):
            contexts.append(dict(context))

    loadhost_manager.register(Listener())
    with ours.get("/echo", catch_response=True, context={"a": 1}) as response:
        response.request_meta["b"] = 2
    assert contexts == [{"a": 1, "b": 2}]


# --- idle connections


def test_a_get_on_a_connection_that_the_server_has_closed_is_sent_anew_and_counted_as_retried(ours, environment):
    ours.get("/echo")
    import time

    [[connection]] = [free for free in ours.get_adapter("http://")._free.values() if free]
    ours.get(raw(with_length(b"ok"), "close"))
    time.sleep(0.1)  # without a turn of the loop: the end of the connection lies unseen
    assert not connection.dead
    assert ours.get("/echo").ok
    assert environment.stats.totals_figures().retried == 1
    assert environment.stats.totals_figures().failures == 0


def test_a_post_on_a_connection_that_the_server_has_closed_is_sent_once_on_a_new_one(ours, environment):
    import time

    ours.get(raw(with_length(b"ok"), "close"))
    time.sleep(0.1)
    assert ours.post("/echo", data="x").ok
    assert environment.stats.totals_figures().retried == 0


def test_a_connection_that_the_server_has_closed_is_known_before_it_is_used(ours, environment):
    ours.get(raw(with_length(b"ok"), "close"))
    gevent.sleep(0.1)
    assert ours.get("/echo").ok
    assert environment.stats.totals_figures().retried == 0


# --- the clock


def test_the_kernels_clock_leaves_out_the_time_a_response_lay_waiting(ours, environment):
    import time

    response: list[Any] = []
    greenlet = gevent.spawn(lambda: response.append(ours.get(raw(ok(b"Content-Length: 2\r\n", b"|ok"), "pause=0.1"))))
    gevent.sleep(0.02)
    time.sleep(0.5)  # the process is busy while the answer comes
    greenlet.join()
    assert 100 <= response[0].request_meta["response_time"] < 300
    assert response[0].lag > 200
    assert environment.stats.lag.count == 1


def test_a_streamed_response_has_the_plain_clock(ours, environment):
    assert ours.get("/echo", stream=True).lag is None
    assert environment.stats.lag.count == 0
