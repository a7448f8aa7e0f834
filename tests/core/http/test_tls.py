"""TLS, proxies, IPv6 and Unix sockets: the ways to a server."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from loadhost._http.errors import ConnectError, RequestTimeout

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


# An authority made for these tests, whose key nobody has any more, and two certificates of it, for localhost
# (127.0.0.1, ::1) and for other.example; good for a hundred years.
CERTIFICATES = Path(__file__).with_name("tls")


@pytest.fixture
def authority() -> str:
    """The file of certificates to trust."""
    return str(CERTIFICATES / "authority.pem")


def server_context(name: str, **settings: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    for setting, value in settings.items():
        setattr(context, setting, value)
    return context


@pytest.fixture
def tls() -> ssl.SSLContext:
    return server_context("localhost")


def test_a_certificate_that_nobody_vouches_for_is_a_failure_that_names_the_remedy(answering, connect, tls, counts):
    response = connect(answering(OK, tls=tls).url).get("/")
    assert isinstance(response.error, ConnectError)
    assert "certificate does not verify" in str(response.error)
    assert "set insecure = True on the user class" in str(response.error)
    assert counts() == (1, 1, 0, 0)


def test_insecure_trusts_everybody(answering, connect, tls):
    assert connect(answering(OK, tls=tls).url, insecure=True).get("/").text == "ok"


def test_a_certificate_that_verifies_is_trusted_and_its_connection_used_again(answering, connect, tls, authority):
    server = answering(OK, tls=tls)
    session = connect(server.url, certificate=authority)
    assert [session.get("/").text for _ in range(5)] == ["ok"] * 5
    assert server.connections == 1


def test_a_certificate_for_another_name_is_a_failure(answering, connect, authority):
    server = answering(OK, tls=server_context("other"))
    error = str(connect(server.url, certificate=authority).get("/").error)
    assert "insecure = True" in error
    assert "mismatch" in error


def test_a_context_of_ones_own_is_made_once_for_all(answering, connect, tls, authority):
    made = []

    def factory() -> ssl.SSLContext:
        made.append(1)
        return ssl.create_default_context(cafile=authority)

    server = answering(OK, tls=tls)
    assert all(connect(server.url, context_factory=factory).get("/").ok for _ in range(3))
    assert made == [1]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_large_bodies_go_both_ways(version, serve, connect):
    context = server_context("localhost", maximum_version=ssl.TLSVersion[version])
    content = bytes(range(256)) * 20_000

    def talk(peer):
        while True:
            head, body = peer.read_request()
            if not head:
                return
            digest = hashlib.sha256(body).hexdigest().encode()
            head = b"HTTP/1.1 200 OK\r\nX-Sum: %b\r\nContent-Length: %d\r\n\r\n" % (digest, len(content))
            peer.send(head + content)

    session = connect(serve(talk, tls=context).url, insecure=True)
    for _ in range(2):
        response = session.post("/", data=content)
        assert response.headers["x-sum"] == hashlib.sha256(content).hexdigest()
        assert response.content == content
    assert session.get("/", stream=True).content == content


@pytest.mark.parametrize("politely", [False, True])
def test_the_end_of_a_connection_ends_a_body_without_a_length(politely, serve, connect, tls):
    def talk(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        if politely:
            peer.socket.unwrap()

    assert connect(serve(talk, tls=tls).url, insecure=True).get("/").text == "hello"


def test_an_idle_connection_that_says_goodbye_is_not_used_again(serve, connect, tls, counts):
    def talk(peer):
        peer.read_request()
        peer.send(OK)
        peer.socket.unwrap()

    server = serve(talk, tls=tls)
    session = connect(server.url, insecure=True)
    for method in ("GET", "POST", "POST"):
        assert session.request(method, "/").error is None
        time.sleep(0.05)
    assert counts() == (3, 0, 0, 0)


def test_a_server_without_tls_is_a_failure(answering, connect):
    server = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    server.talk = lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    response = connect(server.url.replace("http:", "https:")).get("/")
    assert "no TLS" in str(response.error)


def test_a_handshake_that_never_ends_is_a_timeout_of_the_connection(serve, connect, held_up):
    server = serve(lambda peer: peer.pause())
    started = time.perf_counter()
    response = connect(server.url.replace("http:", "https:"), timeout_s=0.3).get("/")
    assert "within 0.3 s" in str(response.error)
    assert time.perf_counter() - started < 1.2 + held_up()


def test_a_request_over_tls_has_its_timeout(serve, connect, tls):
    session = connect(serve(lambda peer: (peer.read_request(), peer.pause()), tls=tls).url, insecure=True)
    assert isinstance(session.get("/", timeout=0.2).error, RequestTimeout)


# --- IPv6 and Unix sockets


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
@pytest.mark.parametrize("secure", [False, True])
def test_ipv6_addresses_are_asked(secure, answering, connect, tls, authority):
    server = answering(OK, family=socket.AF_INET6, address=("::1", 0), tls=tls if secure else None)
    session = connect(f"http{'s' if secure else ''}://[::1]:{server.port}", certificate=authority)
    assert session.get("/x").text == "ok"
    assert b"Host: [::1]:%d\r\n" % server.port in server.requests[0][0]


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_a_name_is_tried_at_all_its_addresses(answering, connect):
    """localhost is ::1 first, where nobody listens."""
    server = answering(OK)
    assert connect(f"http://localhost:{server.port}").get("/").ok


def test_unix_sockets_are_asked(answering, connect, tmp_path):
    path = str(tmp_path / "s.sock")
    server = answering(OK, family=socket.AF_UNIX, address=path)
    session = connect(f"http+unix://{quote(path, safe='')}")
    assert [session.get("/a?b=c").text for _ in range(2)] == ["ok", "ok"]
    assert server.requests[0][0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n")
    assert server.connections == 1


def test_cookies_and_redirects_work_over_a_unix_socket(serve, connect, tmp_path):
    seen = []

    def talk(peer):
        while head := peer.read_head():
            seen.append(head)
            there = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"
            peer.send(there if b"GET / " in head else OK)

    path = str(tmp_path / "s.sock")
    serve(talk, family=socket.AF_UNIX, address=path)
    assert connect(f"http+unix://{quote(path, safe='')}").get("/").text == "ok"
    assert seen[1].startswith(b"GET /there HTTP/1.1\r\n")


# --- proxies


def test_an_http_proxy_is_asked_for_the_whole_address(answering, connect):
    proxy = answering(OK)
    session = connect("http://shop.example", proxy=("127.0.0.1", proxy.port))
    assert session.get("/a?b=c").text == "ok"
    head = proxy.requests[0][0]
    assert head.startswith(b"GET http://shop.example/a?b=c HTTP/1.1\r\nHost: shop.example\r\n")


def tunnel(target_port: int, seen: list[bytes], answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> Any:
    """A talk: a proxy that opens a tunnel to a port."""
    import threading

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def talk(peer: Any) -> None:
        seen.append(peer.read_head())
        peer.send(answer)
        if b" 200 " not in answer:
            return
        with socket.create_connection(("127.0.0.1", target_port)) as target:
            back = threading.Thread(target=pump, args=(target, peer.socket), daemon=True)
            back.start()
            pump(peer.socket, target)
            back.join(5)

    return talk


def test_https_goes_through_a_tunnel_of_the_proxy(answering, serve, connect, tls, authority):
    seen: list[bytes] = []
    server = answering(OK, tls=tls)
    proxy = serve(tunnel(server.port, seen))
    session = connect("https://localhost", proxy=("127.0.0.1", proxy.port), certificate=authority)
    assert [session.get("/secret").text for _ in range(2)] == ["ok", "ok"]
    assert seen == [b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"]
    assert server.requests[0][0].startswith(b"GET /secret HTTP/1.1\r\n")
    session.close()


def test_a_proxy_that_refuses_is_a_failure_with_its_words(serve, connect):
    proxy = serve(tunnel(0, [], b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
    response = connect("https://localhost", proxy=("127.0.0.1", proxy.port)).get("/")
    assert "the proxy refused to connect: HTTP/1.1 407 Proxy Authentication Required" in str(response.error)


def test_a_proxy_that_closes_is_a_failure(serve, connect):
    proxy = serve(lambda peer: peer.read_head())
    response = connect("https://localhost", proxy=("127.0.0.1", proxy.port)).get("/")
    assert "the proxy closed the connection" in str(response.error)
