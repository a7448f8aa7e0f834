"""What the fast client's requests count as: names, catch_response, rest(), bad input; as HttpSession has it."""

from __future__ import annotations

import gevent
import pytest
from loadhost import FastHttpUser, HttpUser, RescheduleTask, StopUser, UsageError
from loadhost._http.errors import BadRequest, ConnectionClosed
from loadhost._users.user import check
from loadhost.clients import HttpSession
from loadhost.exception import CatchResponseError, LoadhostError, ResponseError


@pytest.fixture(params=["fast", "requests"])
def session(request, connect, environment, loadhost_shop):
    """The session of each kind of user: what is said here holds for both."""
    if request.param == "fast":
        yield connect(loadhost_shop.url)
    else:
        with HttpSession(loadhost_shop.url, environment) as session:
            yield session


@pytest.fixture(params=[FastHttpUser, HttpUser])
def user(request, environment, serve):
    """A user of each kind, whose server answers JSON, but for the front page."""

    def talk(peer):
        while head := peer.read_head():
            body = b"<html>" if b" / " in head else b'{"a": 1}'
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    class Shopper(request.param):
        host = serve(talk).url

    user = Shopper(environment)
    yield user
    user.client.close()


@pytest.fixture
def entries(environment):
    """{(name, method): (requests, failures)} so far."""
    return lambda: {key: (entry.num_requests, entry.num_failures) for key, entry in environment.stats.entries.items()}


@pytest.fixture
def errors(environment):
    return lambda: [each.error for each in environment.stats.error_counts()]


# --- names


def test_a_name_of_its_own_goes_before_the_path(session, entries):
    session.get("/product/1", name="/product/[id]")
    assert entries() == {("/product/[id]", "GET"): (1, 0)}


def test_rename_request_holds_within_its_block(session, entries):
    with session.rename_request("all"):
        session.get("/product/1")
    session.request_name = "rest"
    session.get("/product/2")
    session.get("/product/2", name="own")
    assert list(entries()) == [("all", "GET"), ("rest", "GET"), ("own", "GET")]


# --- catch_response


def test_failure_in_the_block_counts_as_a_failure(session, entries, heard):
    with session.get("/", catch_response=True) as response:
        response.failure("no stock")
        assert not response.ok
        assert entries() == {}
    assert entries() == {("/", "GET"): (1, 1)}
    assert isinstance(heard[0]["exception"], CatchResponseError)
    assert str(heard[0]["exception"]) == "no stock"


def test_success_in_the_block_counts_as_a_success_whatever_the_status(session, entries):
    with session.get("/status/404", catch_response=True) as response:
        response.success()
        response.raise_for_status()
    assert entries() == {("/status/404", "GET"): (1, 0)}


def test_without_a_word_the_status_counts_under_the_name(session, entries, errors):
    with session.get("/status/500", name="oh", catch_response=True):
        pass
    assert entries() == {("oh", "GET"): (1, 1)}
    assert "500 Server Error: " in errors()[0]
    assert "for url: oh" in errors()[0]


def test_the_block_may_change_the_name(session, entries):
    with session.get("/product/1", catch_response=True) as response:
        response.request_meta["name"] = "product"
    assert entries() == {("product", "GET"): (1, 0)}


@pytest.mark.parametrize(("raised", "failures"), [(KeyError("price"), 1), (gevent.Timeout(1), 1), (StopUser(), 0)])
def test_what_leaves_the_block_is_its_failure_unless_it_directs_the_user(raised, failures, session, entries):
    with pytest.raises(type(raised)), session.get("/", catch_response=True):
        raise raised
    assert entries() == {("/", "GET"): (1, failures)}


def test_a_response_error_ends_in_the_block(session, heard):
    with session.get("/", catch_response=True):
        raise ResponseError("too old")
    assert str(heard[0]["exception"]) == "too old"


def test_without_a_block_it_is_counted_at_the_next_request(session, entries):
    session.get("/status/500", catch_response=True)
    assert entries() == {}
    session.get("/")
    assert entries() == {("/status/500", "GET"): (1, 1), ("/", "GET"): (1, 0)}


def test_without_a_block_it_is_counted_at_the_end(session, entries):
    session.get("/", catch_response=True)
    session.close()
    assert entries() == {("/", "GET"): (1, 0)}


def test_two_that_nobody_judges_are_both_counted(session, entries):
    first = session.get("/", catch_response=True)
    second = session.get("/product/1", catch_response=True)
    session.count_unjudged()
    assert list(entries()) == [("/", "GET"), ("/product/1", "GET")]
    for response in (first, second):
        with pytest.raises(LoadhostError, match="counted already"):
            response.__enter__()


def test_judging_without_catch_response_says_how_to_ask_for_it(session):
    with pytest.raises(LoadhostError, match=r"write `with self\.client\.get\(\.\.\., catch_response=True\)"):
        session.get("/").failure("no")


def test_a_plain_response_may_stand_in_a_block(session, entries):
    with session.get("/bytes/50") as response:
        assert response.ok
    assert entries() == {("/bytes/50", "GET"): (1, 0)}


def test_a_streamed_response_can_be_caught_and_read_in_the_block(session, entries, heard):
    with session.get("/bytes/50000", stream=True, catch_response=True) as response:
        assert len(response.content) == 50_000
        response.success()
    assert entries() == {("/bytes/50000", "GET"): (1, 0)}
    assert heard[0]["response_length"] == 50_000


def test_a_broken_connection_in_a_block_is_a_failure(serve, connect, heard):
    server = serve(lambda peer: peer.read_request())
    with connect(server.url).get("/", catch_response=True) as response:
        assert isinstance(response.error, ConnectionClosed)
    assert isinstance(heard[0]["exception"], ConnectionClosed)


# --- what can't be sent: a failed sample, nobody dies


@pytest.mark.parametrize(
    ("url", "keywords", "text"),
    [
        ("http://", {}, "no host"),
        ("http://[::1", {}, "no address"),
        ("http://host:99999/", {}, "no address"),
        ("ftp://host/", {}, "the scheme is ftp"),
        ("/", {"headers": {"X": "a\r\nY: b"}}, "line break"),
        ("/", {"headers": {"X: y": "a"}}, "the name may have"),
        ("/", {"headers": {"X": 5}}, "is no text"),
        ("/", {"headers": {"X": "мир"}}, "not Latin-1"),
        ("/", {"json": {1, 2}}, "can't be encoded"),
        ("/", {"json": float("nan")}, "can't be encoded"),
        ("/", {"data": 5}, "can't be encoded"),
        ("/", {"data": "text", "files": {"f": b""}}, "can't be encoded"),
        ("/", {"auth": "me:secret"}, "give (user, password)"),
        ("/", {"cookies": {"a": "b\nc"}}, "line break"),
    ],
)
def test_what_can_not_be_written_down_is_a_failed_sample(url, keywords, text, connect, counts, loadhost_shop):
    response = connect(loadhost_shop.url).post(url, **keywords)
    assert isinstance(response.error, BadRequest)
    assert text in str(response.error)
    assert (response.status_code, response.ok, response.text) == (0, False, "")
    assert counts() == (1, 1, 0, 0)


def test_a_relative_address_without_a_host_says_what_to_give(connect):
    assert "give --host URL" in str(connect().get("/x").error)


def test_a_method_that_is_none_is_a_failed_sample(connect, loadhost_shop):
    assert "is no method" in str(connect(loadhost_shop.url).request("GET /x HTTP/1.1\r\n", "/").error)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"host": "shop.example"}, "begins with http:// or https://"),
        ({"host": "http://h", "network_timeout": 0}, "network_timeout = 0: give seconds, more than 0"),
        ({"host": "http://h", "connection_timeout": "5"}, "connection_timeout = '5'"),
        ({"host": "http://h", "default_headers": {"X": "a\nb"}}, "default_headers: header 'X'"),
        ({"host": "http://h", "client_pool": object()}, "client_pool: users do not share connections"),
    ],
)
def test_settings_that_can_not_be_are_refused_before_the_run(settings, text):
    class Shopper(FastHttpUser):
        tasks = (len,)

    for name, value in settings.items():
        setattr(Shopper, name, value)
    with pytest.raises(UsageError, match=r".*" + text.replace("(", r"\(")):
        check(Shopper)


def test_a_unix_socket_may_be_a_host():
    class Shopper(FastHttpUser):
        host = "http+unix://%2Frun%2Fapp.sock"
        tasks = (len,)

    check(Shopper)


# --- rest()


def test_rest_gives_the_json(user, entries):
    with user.rest("GET", "/catalogue") as response:
        assert response.js is not None
        assert response.js == {"a": 1}
    assert [counted[1] for counted in entries().values()] == [0]


def test_rest_says_json_in_both_directions_unless_told_otherwise(answering, environment):
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    class Shopper(FastHttpUser):
        host = server.url

    user = Shopper(environment)
    with user.rest("POST", "/", json={"a": 1}, headers={"accept": "text/x-json"}) as response:
        assert response.js == {}
    head, body = server.requests[0]
    assert body == b'{"a": 1}'
    assert head.lower().count(b"content-type: application/json") == head.lower().count(b"accept: text/x-json") == 1
    user.client.close()


def test_rest_fails_what_is_no_json_or_no_response(user, errors):
    with user.rest("GET", "/") as response:
        assert response.js is None
    assert "no JSON" in errors()[0]
    with user.rest("GET", "http://127.0.0.1:1/") as response:
        assert response.js is None
    assert len(errors()) == 2


def test_an_assertion_in_the_block_is_the_failure_and_ends_there(user, errors):
    with user.rest("GET", "/catalogue") as response:
        assert response.js == "x", "not x"
    with user.rest("GET", "/catalogue", name="shown") as response:
        raise AssertionError("not x,")
    assert "not x" in errors()[0]
    assert "not x, response was" in errors()[1]


def test_another_exception_in_the_block_is_the_failure_with_its_place(user, errors):
    with user.rest("GET", "/catalogue"):
        raise KeyError("price")
    assert "KeyError: " in errors()[0]
    assert "test_counting.py:" in errors()[0]


def test_failure_in_the_block_and_control_exceptions_go_as_ever(user, entries):
    with user.rest("GET", "/catalogue", name="a") as response:
        response.failure("no")
    with pytest.raises(RescheduleTask), user.rest("GET", "/catalogue", name="b"):
        raise RescheduleTask
    assert entries() == {("a", "GET"): (1, 1), ("b", "GET"): (1, 0)}


def test_rest_with_a_stamp_gets_past_caches_and_keeps_its_name(user, entries, heard):
    with user.rest_("GET", "/catalogue") as response:
        assert "?_=" in response.url
    assert list(entries()) == [("/catalogue", "GET")]
