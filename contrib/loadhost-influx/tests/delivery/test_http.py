"""What answers mean, and what is said where there is none; certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest
from loadhost_influx._account import Account
from loadhost_influx._answer import Answer, Meaning
from loadhost_influx._http import Http
from loadhost_influx._settings import Settings

TLS = Path(__file__).resolve().parents[4] / "tests" / "core" / "http" / "tls"


@pytest.fixture
def answer_of():
    """Asks a server that takes one connection and sends these bytes."""
    listeners = []

    def ask(data, scheme="http", **settings):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            connection, _ = listener.accept()
            with connection:
                request = b""
                while not request.endswith(b"\r\n\r\nx"):  # what is left unread makes a reset of the close
                    request += connection.recv(65536)
                connection.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        http = Http(Settings(url=url, database="load", **settings), timeout_s=5.0)
        answer = http.write(b"x")
        http.close()
        return answer

    yield ask
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 0, "it closed the connection without an answer"),
        (b"junk\r\n\r\n", 0, "what answers there speaks no HTTP"),
        (b"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\ntoo sho", 503, "503"),
        (b'HTTP/1.1 401 X\r\nContent-Length: 27\r\n\r\n{"error":"not you, geheim"}', 401, "401: not you, ***"),
        (b"HTTP/1.1 302 X\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", 302, "302"),
    ],
)
def test_there_is_one_line_for_each_answer_or_lack_of_one(answer_of, data, status, words):
    answer = answer_of(data, user="load", password="geheim")
    assert (answer.status, answer.reason) == (status, words)


def test_of_a_long_answer_no_more_than_the_beginning_is_read(answer_of):
    answer = answer_of(b"HTTP/1.1 500 X\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)
    assert answer.status == 500
    assert 1000 < len(answer.text) < 100_000
    assert len(answer.reason) < 400


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (204, Meaning.TAKEN),
        (200, Meaning.REFUSED),
        (302, Meaning.REFUSED),
        (400, Meaning.BAD_LINE),
        (401, Meaning.REFUSED),
        (404, Meaning.REFUSED),
        (408, Meaning.LATER),
        (413, Meaning.TOO_LARGE),
        (422, Meaning.BAD_LINE),
        (429, Meaning.LATER),
        (500, Meaning.LATER),
        (503, Meaning.LATER),
        (0, Meaning.LATER),
    ],
)
def test_each_status_has_a_meaning(status, meaning):
    assert Answer(status).meaning is meaning


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0), ("7", 7), ("0.5", 0.5), ("-3", 0), ("nan", 0), ("soon", 0), ("86400", 300)]
)
def test_retry_after_in_seconds(header, seconds):
    assert Answer(429, retry_after=header).wait_s() == seconds


def test_retry_after_as_a_date():
    assert 50 < Answer(503, retry_after=formatdate(time() + 60, usegmt=True)).wait_s() <= 60
    assert Answer(503, retry_after=formatdate(time() - 60, usegmt=True)).wait_s() == 0


# -- certificates


@pytest.fixture
def tls(scripted):
    """The scripted database behind TLS; no system trusts its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    scripted.socket = context.wrap_socket(scripted.socket, server_side=True)
    scripted.url = scripted.url.replace("http://127.0.0.1", "https://localhost")
    return scripted


def test_a_certificate_that_is_not_trusted_is_named(tls, deliver, make_points, until):
    delivery = deliver(tls.url)
    delivery.put(make_points(1))
    until(lambda: delivery._troubles.current)
    assert "its certificate is not trusted: " in delivery.status()
    assert delivery.drain(0.1) == Account(produced=1, spooled=1)


def test_without_verification_it_is_taken_and_nothing_warns(tls, deliver, make_points):
    delivery = deliver(tls.url, verify=False)
    delivery.put(make_points(1))
    assert delivery.drain(10) == Account(produced=1, acknowledged=1)


def test_an_authority_of_ones_own_is_given_as_requests_takes_it(tls, deliver, make_points, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS / "authority.pem"))
    delivery = deliver(tls.url)
    delivery.put(make_points(1))
    assert delivery.drain(10) == Account(produced=1, acknowledged=1)
