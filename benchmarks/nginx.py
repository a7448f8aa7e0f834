"""The target of all speed cases: one nginx worker, which counts what it serves."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.processes import child, cpu_seconds

_CONFIGURATION = """\
{user}worker_processes 1;
worker_rlimit_nofile {files};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; multi_accept on; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    default_type text/plain;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    reset_timedout_connection on;
    server {{
        listen 127.0.0.1:{port} backlog=16384;
        {tls}
        location / {{ return 200 "ok\\n"; }}
        location = /status {{ stub_status; }}
        location = /login {{
            add_header Set-Cookie "session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly";
            add_header Set-Cookie "theme=dark; Path=/";
            return 200 "welcome\\n";
        }}
        location = /1k {{ return 200 "{text}"; }}
        # The text packed once: what packing costs is not the generator's.
        location = /gzip {{ alias {folder}/text; gzip_static always; open_file_cache max=8; }}
        # A filter that finds nothing takes the length away: the answer is chunked.
        location = /chunked {{ return 200 "{text}"; sub_filter "not in the text" ""; sub_filter_types *; }}
    }}
}}
"""
_TLS = """\
listen 127.0.0.1:{port} ssl backlog=16384;
        ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"""


class Counters(NamedTuple):
    """What nginx and the clock said at one moment."""

    at: float
    """Seconds of the monotonic clock."""
    requests: int
    """Served so far; the question for this figure is not among them."""
    accepted: int
    """Connections accepted so far, with those of our questions."""
    active: int
    """Connections open now, with the one of this question."""
    cpu: float
    """CPU seconds of the worker so far."""


class Nginx:
    """`url`, `tls_url` (None without openssl), and `counters()`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, tls_port: int | None) -> None:
        self._process = process
        self._port = port
        self._questions = 0
        self.url = f"http://127.0.0.1:{port}"
        self.tls_url = f"https://127.0.0.1:{tls_port}" if tls_port else None
        self._connection = self._connect()
        (worker,) = psutil.Process(process.pid).children()
        self._worker = worker.pid

    def _connect(self) -> HTTPConnection:
        """Connected, and answered once: then the worker exists."""
        deadline = time.monotonic() + 10
        while True:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request("GET", "/status")
                connection.getresponse().read()
                self._questions += 1
                return connection
            except OSError:
                connection.close()
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.02)

    def close(self) -> None:
        """No more questions."""
        self._connection.close()

    def counters(self) -> Counters:
        """Now. On one kept-alive connection of our own."""
        self._connection.request("GET", "/status")
        text = self._connection.getresponse().read().decode()
        at = time.monotonic()
        self._questions += 1
        active, accepted, requests = parse_status(text)
        return Counters(at, requests - self._questions, accepted, active, cpu_seconds(self._worker))


def parse_status(text: str) -> tuple[int, int, int]:
    """Open connections, accepted ones, requests: of stub_status' answer."""
    match = re.match(r"Active connections: (\d+) \n.*\n (\d+) \d+ (\d+)", text)
    if match is None:
        raise ValueError(f"not an answer of stub_status: {text!r}")
    return int(match[1]), int(match[2]), int(match[3])


@contextlib.contextmanager
def nginx(program: str, folder: Path, core: int, open_files: int) -> Iterator[Nginx]:
    """Run one, with its files in this folder."""
    port, tls_port = free_port(), free_port()
    text = text_of(1024)
    with gzip.GzipFile(folder / "text.gz", "wb", mtime=0) as packed:
        packed.write(text.encode())
    has_tls = make_certificate(folder)
    (folder / "nginx.conf").write_text(
        _CONFIGURATION.format(
            user="user root;\n" if os.geteuid() == 0 else "",  # else it may not read the folder
            folder=folder,
            files=open_files,
            connections=max(1024, open_files - 100),
            port=port,
            tls=_TLS.format(port=tls_port, folder=folder) if has_tls else "",
            text=text,
        )
    )
    with child([program, "-c", str(folder / "nginx.conf")], core=core, output=folder / "nginx.out") as process:
        target = Nginx(process, port, tls_port if has_tls else None)
        try:
            yield target
        finally:
            target.close()


def text_of(length: int) -> str:
    """A text of words, the same each time; it packs to about half."""
    words = random.Random(1)
    text = " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=words.randint(2, 9))) for _ in range(length))
    return text[:length]


def make_certificate(folder: Path) -> bool:
    """A self-signed one in cert.pem and key.pem; False without the openssl program."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return False
    what = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    return subprocess.run([openssl, *what, *files], capture_output=True, check=False).returncode == 0


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
