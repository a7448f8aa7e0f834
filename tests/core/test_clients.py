"""HttpSession: what is sent, what is counted, and under which name."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import gevent
import pytest
import requests
from loadhost import Environment, HttpUser, RescheduleTask, StopUser, hookimpl
from loadhost.clients import HttpSession
from loadhost.exception import CatchResponseError, LoadhostError, ResponseError
from requests.exceptions import HTTPError


@pytest.fixture
def environment(loadhost_manager):
    """A real environment, with a plugin manager of its own."""
    return Environment(plugin_manager=loadhost_manager)


@pytest.fixture
def session(environment, loadhost_shop) -> Iterator[HttpSession]:
    """A session with the shop as its host."""
    with HttpSession(loadhost_shop.url, environment) as session:
        yield session


@pytest.fixture
def heard(loadhost_manager) -> list[dict]:
    """What loadhost_request told, in order."""
    calls: list[dict] = []

    class Listener:
        @hookimpl
        def loadhost_request(
            self, request_type, name, response_time, response_length, response, context, exception, start_time, url
        ):
            calls.append(dict(locals()))

    loadhost_manager.register(Listener())
    return calls


def counts(environment):
    """{(name, method): (requests, failures)}"""
    return {key: (entry.num_requests, entry.num_failures) for key, entry in environment.stats.entries.items()}


def errors(environment):
    return [(each.name, each.error, each.count) for each in environment.stats.error_counts()]


# --- addresses and names


@pytest.mark.parametrize(
    ("base", "url", "full"),
    [
        ("http://h", "/a", "http://h/a"),
        ("http://h/", "/a", "http://h/a"),
        ("http://h", "a", "http://h/a"),
        ("http://h/api", "?q=1", "http://h/api?q=1"),
        ("http://h/api/", "", "http://h/api/"),
        ("http://h", "https://other/x", "https://other/x"),
        ("http://h", "HTTP://other/x", "HTTP://other/x"),
    ],
)
def test_relative_addresses_are_joined_with_the_base(environment, base, url, full):
    assert HttpSession(base, environment)._full_url(url) == full


def test_a_request_is_counted_under_its_path_and_query(session, environment):
    session.get("/product/1", params={"size": "l"})
    assert counts(environment) == {("/product/1?size=l", "GET"): (1, 0)}


def test_a_name_of_its_own_goes_before_the_path(session, environment):
    session.get("/product/1", name="/product/[id]")
    assert counts(environment) == {("/product/[id]", "GET"): (1, 0)}


def test_request_name_is_for_requests_without_one(session, environment):
    session.request_name = "all"
    session.get("/product/1")
    session.get("/product/2", name="own")
    assert counts(environment) == {("all", "GET"): (1, 0), ("own", "GET"): (1, 0)}


def test_rename_request_holds_within_its_block(session, environment):
    with session.rename_request("outer"):
        with session.rename_request("inner"):
            session.get("/product/1")
        session.get("/product/2")
    session.get("/")
    assert list(counts(environment)) == [("inner", "GET"), ("outer", "GET"), ("/", "GET")]


def test_the_method_is_counted_in_capitals(session, environment):
    session.request("get", "/")
    assert list(counts(environment)) == [("/", "GET")]


def test_a_redirected_request_is_one_under_the_name_of_its_first_address(session, environment, loadhost_shop, heard):
    response = session.get("/old")
    assert response.status_code == 200
    assert len(response.history) == 1
    assert counts(environment) == {("/old", "GET"): (1, 0)}
    assert heard[0]["url"] == loadhost_shop.url + "/old"


def test_credentials_in_the_base_become_basic_authentication(environment):
    session = HttpSession("http://me:p%40ss@[::1]:8080/api", environment)
    assert session.base_url == "http://[::1]:8080/api"
    assert (session.auth.username, session.auth.password) == ("me", "p@ss")


@pytest.mark.parametrize("method", ["get", "options", "head", "post", "put", "patch", "delete"])
def test_every_method_of_requests_is_counted(session, environment, method):
    getattr(session, method)("/bytes/10")
    assert list(counts(environment)) == [("/bytes/10", method.upper())]


# --- what is told


def test_a_request_is_told_with_all_that_is_known(session, heard, loadhost_shop):
    response = session.get("/delay/50", context={"order": 7})
    [call] = heard
    assert call["request_type"] == "GET"
    assert call["url"] == loadhost_shop.url + "/delay/50"
    assert 50 <= call["response_time"] < 5000
    assert call["response_length"] == len(response.content)
    assert call["response"] is response
    assert call["exception"] is None
    assert dict(call["context"]) == {"order": 7}


def test_the_users_context_goes_with_each_request_and_the_callers_goes_before_it(environment, loadhost_shop, heard):
    class Browser(HttpUser):
        host = loadhost_shop.url

        def context(self):
            return {"user": "me", "order": 1}

    Browser(environment).client.get("/", context={"order": 7})
    assert dict(heard[0]["context"]) == {"user": "me", "order": 7}


def test_before_request_is_told_the_full_address_before_anything_is_sent(session, loadhost_manager, loadhost_shop):
    told = []

    class Listener:
        @hookimpl
        def loadhost_before_request(self, request_type, name, url, user):
            told.append((request_type, name, url, user, loadhost_shop.count()))

    loadhost_manager.register(Listener())
    session.get("/product/1", params={"a": "b"}, name="product")
    assert told == [("GET", "product", loadhost_shop.url + "/product/1?a=b", None, 0)]


def test_a_streamed_response_counts_the_length_it_announces(session, heard):
    response = session.get("/bytes/5000", stream=True)
    assert heard[0]["response_length"] == 5000
    assert len(response.content) == 5000


# --- failures


def test_a_status_of_400_or_more_is_a_failure_with_the_name_in_its_text(session, environment):
    response = session.get("/status/404?user=1", name="/status")
    assert response.status_code == 404
    assert counts(environment) == {("/status", "GET"): (1, 1)}
    [(_, error, _)] = errors(environment)
    assert "404 Client Error: " in error
    assert "for url: /status" in error


def test_a_server_error_is_called_one(session, heard):
    session.get("/status/503")
    assert isinstance(heard[0]["exception"], HTTPError)
    assert str(heard[0]["exception"]).startswith("503 Server Error: ")


def test_raise_for_status_of_a_good_response_is_silent(session):
    session.get("/").raise_for_status()


def test_raise_for_status_raises_httperror(session):
    with pytest.raises(HTTPError, match="404 Client Error"):
        session.get("/status/404").raise_for_status()


def test_a_refused_connection_is_a_response_with_status_0_and_the_error(environment):
    response = HttpSession("http://127.0.0.1:1", environment).get("/x")
    assert (response.status_code, response.ok, response.text) == (0, False, "")
    assert isinstance(response.error, requests.exceptions.ConnectionError)
    with pytest.raises(requests.exceptions.ConnectionError):
        response.raise_for_status()
    assert counts(environment) == {("/x", "GET"): (1, 1)}


def test_a_broken_connection_is_grouped_by_its_cause_not_by_its_address(environment):
    session = HttpSession("http://127.0.0.1:1", environment)
    session.get("/x?id=1", name="/x")
    session.get("/x?id=2", name="/x")
    [(name, error, count)] = errors(environment)
    assert (name, count) == ("/x", 2)
    assert "Connection refused" in error


def test_a_timeout_is_a_failure(session, environment):
    response = session.get("/delay/500", timeout=0.05)
    assert isinstance(response.error, requests.exceptions.ReadTimeout)
    assert counts(environment) == {("/delay/500", "GET"): (1, 1)}


def test_too_many_redirects_are_a_failure(session, environment):
    session.max_redirects = 0
    assert isinstance(session.get("/old").error, requests.exceptions.TooManyRedirects)
    assert counts(environment) == {("/old", "GET"): (1, 1)}


def test_a_mistyped_address_is_an_error_of_the_loadfile_and_counts_nothing(environment):
    with pytest.raises(requests.exceptions.MissingSchema):
        HttpSession(None, environment).get("/x")
    with pytest.raises(requests.exceptions.InvalidSchema):
        HttpSession("ftp://h", environment).get("/x")
    assert counts(environment) == {}


def test_a_response_hook_that_raises_is_counted_because_the_server_has_seen_the_request(session, environment):
    def refuse(response, **_):
        raise KeyError("hook")

    with pytest.raises(KeyError):
        session.get("/", hooks={"response": refuse})
    assert counts(environment) == {("/", "GET"): (1, 1)}


# --- catch_response


def test_failure_in_the_block_counts_as_a_failure(session, environment, heard):
    with session.get("/", catch_response=True) as response:
        response.failure("no stock")
    assert counts(environment) == {("/", "GET"): (1, 1)}
    assert isinstance(heard[0]["exception"], CatchResponseError)
    assert str(heard[0]["exception"]) == "no stock"


def test_failure_may_be_given_an_exception(session, heard):
    reason = KeyError("stock")
    with session.get("/", catch_response=True) as response:
        response.failure(reason)
        assert not response.ok
        with pytest.raises(KeyError):
            response.raise_for_status()
    assert heard[0]["exception"] is reason


def test_success_in_the_block_counts_as_a_success_whatever_the_status(session, environment):
    with session.get("/status/404", catch_response=True) as response:
        response.success()
        response.raise_for_status()
    assert counts(environment) == {("/status/404", "GET"): (1, 0)}


def test_the_last_word_in_the_block_counts(session, environment):
    with session.get("/", catch_response=True) as response:
        response.failure("no")
        response.success()
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_without_a_word_the_status_counts(session, environment):
    with session.get("/status/500", catch_response=True):
        pass
    with session.get("/", catch_response=True):
        pass
    assert counts(environment) == {("/status/500", "GET"): (1, 1), ("/", "GET"): (1, 0)}


def test_nothing_is_counted_before_the_block_ends(session, environment):
    with session.get("/", catch_response=True):
        assert counts(environment) == {}


def test_another_exception_in_the_block_is_the_failure_and_goes_on(session, environment, heard):
    with pytest.raises(KeyError, match="price"), session.get("/", catch_response=True):
        raise KeyError("price")
    assert counts(environment) == {("/", "GET"): (1, 1)}
    assert repr(heard[0]["exception"]) == "KeyError('price')"


def test_a_response_error_in_the_block_is_the_failure_and_ends_there(session, heard):
    with session.get("/", catch_response=True):
        raise ResponseError("too old")
    assert str(heard[0]["exception"]) == "too old"


def test_a_gevent_timeout_in_the_block_is_the_failure(session, heard):
    timeout = gevent.Timeout(1)
    with pytest.raises(gevent.Timeout), session.get("/", catch_response=True):
        raise timeout
    assert heard[0]["exception"] is timeout


@pytest.mark.parametrize("control", [RescheduleTask, StopUser, gevent.GreenletExit])
def test_a_control_exception_in_the_block_is_no_failure(session, environment, control):
    with pytest.raises(control), session.get("/", catch_response=True):
        raise control
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_failure_and_then_a_control_exception_is_a_failure(session, environment):
    def judge():
        with session.get("/", catch_response=True) as response:
            response.failure("no")
            raise RescheduleTask

    with pytest.raises(RescheduleTask):
        judge()
    assert counts(environment) == {("/", "GET"): (1, 1)}


def test_the_block_may_change_the_name(session, environment):
    with session.get("/product/1", catch_response=True) as response:
        response.request_meta["name"] = "product"
    assert counts(environment) == {("product", "GET"): (1, 0)}


def test_without_a_block_the_response_is_counted_at_the_next_request(session, environment):
    session.get("/status/500", catch_response=True)
    assert counts(environment) == {}
    session.get("/")
    assert counts(environment) == {("/status/500", "GET"): (1, 1), ("/", "GET"): (1, 0)}


def test_without_a_block_failure_counts_still(session, environment):
    response = session.get("/", catch_response=True)
    response.failure("no stock")
    session.count_unjudged()
    assert counts(environment) == {("/", "GET"): (1, 1)}


def test_without_a_block_the_response_is_counted_at_the_users_next_wait(environment, loadhost_shop):
    class Browser(HttpUser):
        host = loadhost_shop.url

    user = Browser(environment)
    user.client.get("/", catch_response=True)
    user.wait()
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_without_a_block_the_response_is_counted_when_the_user_ends(environment, loadhost_shop):
    class Browser(HttpUser):
        host = loadhost_shop.url

        def get_next_task(self):
            return Browser.work

        def work(self):
            self.client.get("/", catch_response=True)
            raise StopUser

    Browser(environment).run()
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_without_a_block_the_response_is_counted_when_the_session_is_closed(session, environment):
    session.get("/", catch_response=True)
    session.close()
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_a_user_may_put_a_client_of_its_own_in_the_place_of_ours(environment, loadhost_shop):
    class Browser(HttpUser):
        host = loadhost_shop.url

        def __init__(self, environment):
            super().__init__(environment)
            self.client = self.client.get

        def get_next_task(self):
            return Browser.work

        def work(self):
            self.client("/")
            raise StopUser

    Browser(environment).run()
    assert counts(environment) == {("/", "GET"): (1, 0)}


def test_a_block_that_comes_too_late_is_told_so(session):
    response = session.get("/", catch_response=True)
    session.get("/")
    with pytest.raises(LoadhostError, match="GET / is counted already, by its status: put `with` around the request"):
        response.__enter__()
    with pytest.raises(LoadhostError, match="counted already"):
        response.failure("no")


def test_failure_without_catch_response_says_how_to_ask_for_it(session):
    with pytest.raises(
        LoadhostError, match=r"write `with self\.client\.get\(\.\.\., catch_response=True\) as response"
    ):
        session.get("/").failure("no")


def test_a_plain_response_in_a_block_is_closed_by_it(session, environment):
    with session.get("/bytes/5000", stream=True) as response:
        pass
    assert response.raw.closed
    assert counts(environment) == {("/bytes/5000", "GET"): (1, 0)}


def test_a_broken_connection_in_a_block_is_a_failure_by_its_cause(environment, heard):
    with HttpSession("http://127.0.0.1:1", environment).get("/x", catch_response=True) as response:
        assert response.error is not None
    assert isinstance(heard[0]["exception"], ConnectionRefusedError)


# --- the surroundings


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def bare_environ(monkeypatch):
    """No variables that concern HTTP."""
    for name in (*PROXIES, *(name.upper() for name in PROXIES), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_proxies_the_environment_is_not_asked_for_each_request(environment, bare_environ):
    bare_environ.setenv("NO_PROXY", "localhost")
    assert HttpSession("http://h", environment).trust_env is False


def test_with_a_proxy_the_environment_is_asked(environment, bare_environ):
    bare_environ.setenv("HTTP_PROXY", "http://proxy:3128")
    assert HttpSession("http://h", environment).trust_env is True


def test_the_authorities_of_the_environment_count(environment, bare_environ):
    assert HttpSession("https://h", environment).verify is True
    bare_environ.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/own.pem")
    assert HttpSession("https://h", environment).verify == "/etc/ssl/own.pem"


def test_a_connection_that_the_server_closed_is_not_used_again(environment):
    """A server that closes after each answer without a word: the second request must open a new connection."""
    code = """
    import socket, sys
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    for _ in range(2):
        connection, _ = server.accept()
        connection.recv(10000)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
        connection.close()
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        session = HttpSession(f"http://127.0.0.1:{int(server.stdout.readline())}", environment)
        assert session.get("/").ok
        assert server.poll() is None
        gevent.sleep(0.1)
        assert session.get("/").ok
        session.close()


# --- cut short by a kill (in a patched child)

KILLED = """
import loadhost
loadhost.patch()
import sys, gevent
from loadhost import Environment, HttpUser, PluginManager
from gevent.pool import Group

class Browser(HttpUser):
    host = sys.argv[1]
    def get_next_task(self):
        return Browser.work
    def work(self):
        {task}

environment = Environment(plugin_manager=PluginManager())
user = Browser(environment)
user.start(Group())
gevent.sleep(0.8)
user.stop(force=True)
user.greenlet.join()
total = environment.stats.totals_figures()
print(total.requests, total.failures, total.interrupted)
"""


def killed(url: str, task: str = "self.client.get('/delay/60000')") -> tuple[int, ...]:
    """(requests, failures, interrupted) of a user that is killed 0.8 s after it began this task."""
    command = [sys.executable, "-c", KILLED.format(task=task), url]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return tuple(map(int, output.split()))


def test_a_request_that_is_cut_short_after_it_was_sent_is_interrupted(loadhost_shop):
    assert killed(loadhost_shop.url) == (0, 0, 1)


def test_a_request_that_is_cut_short_while_its_body_arrives_is_interrupted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = """
        import socket, sys, time
        server = socket.socket(fileno=int(sys.argv[1]))
        connection, _ = server.accept()
        connection.recv(10000)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2000\\r\\n\\r\\nbegin")
        connection.recv(10000)
        """
        command = [sys.executable, "-c", textwrap.dedent(code), str(server.fileno())]
        with subprocess.Popen(command, pass_fds=[server.fileno()]) as child:
            assert killed(f"http://127.0.0.1:{server.getsockname()[1]}") == (0, 0, 1)
            child.wait(timeout=10)


def test_a_request_that_is_cut_short_before_it_was_sent_is_not_counted_at_all():
    """A listener whose queue is full: connecting takes for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        assert killed(f"http://127.0.0.1:{address[1]}") == (0, 0, 0)
        for filler in fillers:
            filler.close()


def test_a_kill_after_the_response_finds_the_request_counted(loadhost_shop):
    task = "self.client.get('/'); self.wait_time = 60; self.wait()"
    assert killed(loadhost_shop.url, task) == (1, 0, 0)


def test_a_kill_inside_a_catch_response_block_counts_the_request_by_its_status(loadhost_shop):
    task = "\n        ".join(["with self.client.get('/status/500', catch_response=True):", "    gevent.sleep(60)"])
    assert killed(loadhost_shop.url, task) == (1, 1, 0)


def test_responses_that_nobody_judges_are_all_counted_when_greenlets_share_the_session(loadhost_shop):
    requests = ", ".join(f"gevent.spawn(self.client.get, '/delay/{ms}', catch_response=True)" for ms in (50, 100, 150))
    assert killed(loadhost_shop.url, f"gevent.joinall([{requests}]); gevent.sleep(60)") == (3, 0, 0)


def test_a_gevent_timeout_around_a_request_is_its_failure(loadhost_shop):
    task = "\n        ".join(
        ["with gevent.Timeout(0.1, False):", "    self.client.get('/delay/60000')", "gevent.sleep(60)"]
    )
    assert killed(loadhost_shop.url, task) == (1, 1, 0)


def test_importing_loadhost_and_its_users_does_not_import_requests():
    code = "import sys, loadhost; loadhost.HttpUser; print('requests' in sys.modules, 'ssl' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split()[0] == "False"
