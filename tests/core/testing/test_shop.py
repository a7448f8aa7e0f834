"""The shop: its pages, its faults, its log, and that it never outlives its parent."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from loadhost.testing import Shop, ShopError


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module")
def open_shop() -> Iterator[Shop]:
    with Shop() as shop:
        yield shop


@pytest.fixture
def shop(open_shop: Shop) -> Shop:
    open_shop.reset()
    return open_shop


def ask(shop: Shop, path: str, method: str = "GET", body: Any = None, timeout: float = 10, **headers: str) -> Reply:
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=timeout)
    content = json.dumps(body) if isinstance(body, dict) else body
    kind = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
    try:
        connection.request(method, path, content, {**kind, **headers})
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def fates(shop: Shop, count: int = 40) -> list[int]:
    return [ask(shop, "/checkout", "POST").status for _ in range(count)]


# --- pages


@pytest.mark.parametrize("path", ["/", "/product/1", "/product/100", "/catalogue", "/search?q=lamp"])
def test_a_page_answers_200(shop: Shop, path: str) -> None:
    assert ask(shop, path).status == 200


@pytest.mark.parametrize("path", ["/product/0", "/product/101", "/nothing", "/status/99", "/delay/x"])
def test_an_unknown_page_answers_404_and_names_the_path(shop: Shop, path: str) -> None:
    reply = ask(shop, path)
    assert reply.status == 404
    assert path in reply.json["error"]


def test_the_catalogue_is_large(shop: Shop) -> None:
    assert 180_000 < len(ask(shop, "/catalogue").body) < 220_000


def test_the_old_address_redirects_to_the_front_page(shop: Shop) -> None:
    reply = ask(shop, "/old")
    assert (reply.status, reply.headers["location"]) == (301, "/")


def test_a_search_sleeps_as_long_as_it_says_and_never_less(shop: Shop) -> None:
    begin = time.perf_counter()
    reply = ask(shop, "/search?q=lamp")
    took_ms = (time.perf_counter() - begin) * 1000
    said_ms = float(reply.headers["server-timing"].partition("dur=")[2])
    assert 50 <= said_ms <= 150
    assert took_ms >= said_ms


def test_searches_do_not_wait_for_each_other(shop: Shop) -> None:
    def twenty() -> float:
        begin = time.perf_counter()
        with ThreadPoolExecutor(20) as pool:
            assert [reply.status for reply in pool.map(lambda _: ask(shop, "/search"), range(20))] == [200] * 20
        return time.perf_counter() - begin

    # One after the other they would take 2 s. The machine may stall once, or twice.
    assert any(twenty() < 1.0 for _ in range(5))


def test_a_few_searches_find_nothing(shop: Shop) -> None:
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: ask(shop, "/search?q=lamp"), range(100)))
    assert sum(not reply.json["results"] for reply in replies) == 5


def test_of_each_four_checkouts_one_fails(shop: Shop) -> None:
    statuses = fates(shop)
    assert [statuses[begin : begin + 4].count(500) for begin in range(0, 40, 4)] == [1] * 10


def test_the_same_seed_has_the_same_checkouts_fail(shop: Shop) -> None:
    first = fates(shop)
    shop.reset()
    assert fates(shop) == first


def test_another_seed_has_other_checkouts_fail(shop: Shop) -> None:
    with Shop(seed=2) as other:
        assert fates(other) != fates(shop)


def test_a_page_refuses_the_wrong_method_and_names_the_right_one(shop: Shop) -> None:
    reply = ask(shop, "/checkout")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert ask(shop, "/", "POST").status == 405


@pytest.mark.parametrize("body", [{"user": "ada", "password": "loadhost"}, "user=ada&password=loadhost"])
def test_a_login_by_form_or_json_opens_the_account(shop: Shop, body: Any) -> None:
    cookie = ask(shop, "/login", "POST", body).headers["set-cookie"]
    assert ask(shop, "/account", Cookie=cookie.partition(";")[0]).json["user"] == "ada"


@pytest.mark.parametrize("cookie", ["", "session=", "session=616461.wrong", "session=zz.zz", "other=1"])
def test_the_account_is_closed_without_a_login(shop: Shop, cookie: str) -> None:
    assert ask(shop, "/account", Cookie=cookie).status == 401


def test_a_wrong_password_is_refused(shop: Shop) -> None:
    assert ask(shop, "/login", "POST", {"user": "ada", "password": "?"}).status == 401


@pytest.mark.parametrize("body", ["[1]", "{"])
def test_a_login_that_is_no_object_is_a_bad_request(shop: Shop, body: str) -> None:
    assert ask(shop, "/login", "POST", body, **{"Content-Type": "application/json"}).status == 400


def test_the_plain_pages_do_what_their_address_says(shop: Shop) -> None:
    assert ask(shop, "/status/418").status == 418
    assert len(ask(shop, "/bytes/12345").body) == 12345
    begin = time.perf_counter()
    assert ask(shop, "/delay/40").status == 200
    assert time.perf_counter() - begin >= 0.04


def test_head_sends_the_length_and_no_body(shop: Shop) -> None:
    reply = ask(shop, "/catalogue", "HEAD")
    assert int(reply.headers["content-length"]) > 180_000
    assert reply.body == b""


# --- the connection


def test_a_connection_is_kept_and_answers_within_milliseconds(shop: Shop) -> None:
    """Without TCP_NODELAY every answer on a kept connection takes 40 ms."""
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=30)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        connection.request("GET", "/product/7")
        connection.getresponse().read()
        times.append(time.perf_counter() - begin)
    connection.close()
    assert sorted(times)[25] < 0.02


def test_requests_sent_ahead_are_answered_in_order(shop: Shop) -> None:
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=5)
    connection.connect()
    ahead = b"GET /delay/50 HTTP/1.1\r\nHost: x\r\n\r\nGET /bytes/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    connection.sock.sendall(ahead)
    received = connection.sock.makefile("rb").read()
    connection.close()
    assert received.index(b"slept_ms") < received.index(b"xxx")


def test_what_is_not_http_is_refused(shop: Shop) -> None:
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=5)
    connection.connect()
    connection.sock.sendall(b"hello\r\n\r\n")
    assert connection.sock.makefile("rb").read().startswith(b"HTTP/1.1 400")
    connection.close()


# --- faults


def test_a_fail_ratio_makes_that_share_fail(shop: Shop) -> None:
    shop.faults(fail_ratio=0.5, status=502)
    assert [ask(shop, "/").status for _ in range(40)].count(502) == 20


def test_faults_without_arguments_end_them(shop: Shop) -> None:
    shop.faults(fail_ratio=1)
    shop.faults()
    assert ask(shop, "/").status == 200


def test_faults_can_be_limited_to_a_path(shop: Shop) -> None:
    shop.faults(fail_ratio=1, path="/product")
    assert (ask(shop, "/").status, ask(shop, "/product/1").status) == (200, 503)


def test_faults_can_begin_later_counted_from_the_next_request(shop: Shop) -> None:
    shop.faults(fail_ratio=1, after_s=0.3)
    time.sleep(0.35)
    assert ask(shop, "/").status == 200
    time.sleep(0.35)
    assert ask(shop, "/").status == 503


def test_latency_is_added_to_every_answer(shop: Shop) -> None:
    shop.faults(latency_ms=60)
    begin = time.perf_counter()
    assert ask(shop, "/").status == 200
    assert time.perf_counter() - begin >= 0.06


def test_a_reset_reaches_the_client_as_one(shop: Shop) -> None:
    shop.faults(reset_ratio=1)
    with pytest.raises(ConnectionResetError):
        ask(shop, "/")
    assert shop.count(path="/", status=444) == 1


def test_a_stall_ends_with_the_clients_patience(shop: Shop) -> None:
    shop.faults(stall_ratio=1)
    with pytest.raises(TimeoutError):
        ask(shop, "/", timeout=0.2)
    assert shop.count(status=499) == 1


@pytest.mark.parametrize(
    ("faults", "named"),
    [
        ({"fail_ratio": 1.5}, "fail_ratio"),
        ({"fail_ratio": 0.6, "reset_ratio": 0.6}, "together"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"status": 200}, "status"),
    ],
)
def test_faults_that_make_no_sense_are_refused_by_name(shop: Shop, faults: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        shop.faults(**faults)


@pytest.mark.parametrize("body", ['{"fail_ration": 1}', "[]", "{", '{"fail_ratio": "much"}'])
def test_the_control_address_refuses_unknown_faults_and_names_the_allowed(shop: Shop, body: str) -> None:
    reply = ask(shop, "/_shop/faults", "POST", body)
    assert reply.status == 400
    assert reply.json["error"]


def test_the_control_address_works_while_everything_fails(shop: Shop) -> None:
    shop.faults(fail_ratio=1)
    assert ask(shop, "/_shop/log").status == 200
    assert ask(shop, "/_shop/other").status == 404


# --- the log


def test_every_request_is_counted_by_method_path_and_status(shop: Shop) -> None:
    ask(shop, "/product/7?colour=red")
    ask(shop, "/product/7")
    ask(shop, "/checkout", "POST")
    assert shop.requests["GET", "/product/7", 200] == 2
    assert shop.requests.total() == shop.count() == 3
    assert shop.count(method="POST") == 1


def test_a_client_that_leaves_first_is_counted_as_499(shop: Shop) -> None:
    with pytest.raises(TimeoutError):
        ask(shop, "/delay/5000", timeout=0.1)
    assert shop.count(path="/delay/5000", status=499) == 1


def test_the_log_file_has_a_line_per_request(tmp_path: Path) -> None:
    with Shop(log=tmp_path / "shop.log") as shop:
        ask(shop, "/search?q=lamp")
    _, method, path, status, size, took_ms = (tmp_path / "shop.log").read_text().split()
    assert (method, path, status) == ("GET", "/search?q=lamp", "200")
    assert int(size) > 100
    assert float(took_ms) >= 50


def test_the_number_of_counts_is_bounded(shop: Shop) -> None:
    connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=5)
    for number in range(2100):
        connection.request("GET", f"/nowhere/{number}")
        connection.getresponse().read()
    connection.close()
    assert len(shop.requests) == 2001
    assert shop.count(path="(other)") == 100


# --- the process


def gone(pid: int, within_s: float = 5) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # dead, and waiting for whoever adopted it
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_the_shop_ends_with_its_block() -> None:
    with Shop() as shop:
        pid = shop.pid
        assert pid
        assert shop.running
    assert gone(pid)
    assert not shop.running


_PARENT = (
    "import time; from loadhost.testing import Shop; s = Shop(); s.start(); print(s.pid, flush=True); time.sleep(60)"
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_shop_ends_when_its_parent_is_killed(number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
    assert gone(pid)


def test_the_shop_ends_when_its_parent_is_killed_though_a_forked_child_holds_the_pipe() -> None:
    forking = _PARENT.replace("time.sleep(60)", "time.sleep(60 if os.fork() else 8)")
    with subprocess.Popen([sys.executable, "-c", forking], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()
    assert gone(pid)


def test_the_shop_works_in_a_process_that_gevent_patched() -> None:
    program = (
        "from loadhost import patch; patch()\n"
        "from loadhost.testing import Shop\n"
        "import urllib.request\n"
        "with Shop() as shop:\n"
        "    urllib.request.urlopen(shop.url).read()\n"
        "    print(shop.count())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("1\n", "", 0)


def test_importing_the_shop_patches_and_imports_nothing_heavy() -> None:
    program = (
        "import sys, loadhost.testing; loadhost.testing.Shop()\n"
        "print(sorted({'gevent', 'ssl', 'requests', 'asyncio', 'pytest', 'httptools'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


def test_a_port_in_use_is_said_in_one_line(shop: Shop) -> None:
    port = int(shop.url.rpartition(":")[2])
    with pytest.raises(ShopError, match=rf"could not start: .*in use.*127\.0\.0\.1:{port}; --port 0"):
        Shop(port=port).start()


def test_an_unwritable_log_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ShopError, match=r"No such file or directory \(.*nowhere"):
        Shop(log=tmp_path / "nowhere" / "shop.log").start()


def test_a_shop_that_is_not_open_says_how_to_open_it() -> None:
    with pytest.raises(ShopError, match="with Shop"):
        _ = Shop().url


def test_a_shop_that_died_says_so() -> None:
    with Shop() as shop:
        assert shop.pid
        os.kill(shop.pid, signal.SIGKILL)
        assert gone(shop.pid)
        with pytest.raises(ShopError, match="does not answer"):
            _ = shop.requests


def test_the_command_alone_serves_until_a_signal_and_can_be_broken_from_the_start() -> None:
    command = [sys.executable, "-m", "loadhost.testing.shop", "--break"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", said["port"], timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 503
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
