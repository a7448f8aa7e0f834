"""TLS under HttpSession: who is trusted, and that contexts are shared."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
from loadhost._users.transport import _context
from loadhost.clients import HttpSession

# Self-signed, for localhost and 127.0.0.1, good for a hundred years.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUba8/ICJscfzTBOiCaThUR4yYUoswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE0MjcwNloYDzIxMjYxMDI5
MTQyNzA2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATLX1eeqN6FnxUJyQb4b/i6TRJIXRowTTY0MVOhP8fHWkKhILm4afpb
mI66gg4Fx9BpUtlhIkQ0oTcdgaCBtm4Ho28wbTAdBgNVHQ4EFgQU2+OYPDVc1xLZ
RtJvWiufDr4mGvowHwYDVR0jBBgwFoAU2+OYPDVc1xLZRtJvWiufDr4mGvowDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgJq5C880GcE89Z6C4kvuEh98aHBaMeAJwXgHQ7ky4E6ECIHrl
RX9SXuPVFa1tAWKPWmuKwefLoP4zKu6tYXw+jHM0
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqrqGwW9QCKxrVvNy
F16i9MV9xplkqDX2AB+1cqRkv2+hRANCAATLX1eeqN6FnxUJyQb4b/i6TRJIXRow
TTY0MVOhP8fHWkKhILm4afpbmI66gg4Fx9BpUtlhIkQ0oTcdgaCBtm4H
-----END PRIVATE KEY-----
"""

SERVER = """
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])

def serve(connection):
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            while tls.recv(10000):
                tls.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except OSError:
        pass

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""


@pytest.fixture
def certificate(tmp_path):
    """The file of the server's certificate."""
    path = tmp_path / "certificate.pem"
    path.write_text(CERTIFICATE)
    return path


@pytest.fixture
def tls_server(certificate, tmp_path) -> Iterator[str]:
    """The address of a server in a child that speaks TLS."""
    key = tmp_path / "key.pem"
    key.write_text(KEY)
    command = [sys.executable, "-c", textwrap.dedent(SERVER), str(certificate), str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"https://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


@pytest.fixture
def session(environment, tls_server, monkeypatch) -> Iterator[HttpSession]:
    """A session with the server as its host, in an environment that names no authorities."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with HttpSession(tls_server, environment) as session:
        yield session


def test_a_server_that_nobody_vouches_for_is_a_failure(session, environment):
    assert session.get("/").status_code == 0
    [failure] = environment.stats.error_counts()
    assert "the certificate does not verify: self-signed certificate; verify=False goes on" in failure.error


def test_verify_may_name_the_certificates_to_trust(session, certificate):
    assert session.get("/", verify=str(certificate)).text == "ok"


def test_the_session_may_name_the_certificates_to_trust(session, certificate):
    session.verify = str(certificate)
    assert [session.get("/").text for _ in range(2)] == ["ok", "ok"]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_verify_false_trusts_everybody(session):
    assert session.get("/", verify=False).text == "ok"


def test_trust_of_one_request_does_not_spread_to_the_next(session, certificate):
    assert session.get("/", verify=str(certificate)).ok
    assert session.get("/").status_code == 0


def test_certificates_that_can_not_be_read_are_named(session, tmp_path):
    with pytest.raises(OSError, match=r"^verify: .*none\.pem can't be read as TLS certificates: .*No such file"):
        session.get("/", verify=str(tmp_path / "none.pem"))


def test_sessions_share_one_context(certificate):
    assert _context(str(certificate)) is _context(str(certificate))
