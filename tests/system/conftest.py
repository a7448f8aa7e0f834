"""A real nginx for each test that asks for one, on a free port, with its access log."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import debian_parts

_CONFIGURATION = """\
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format plain "$request_method $uri $status";
    access_log {folder}/access.log plain;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    default_type text/plain;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ return 200 "ok\\n"; }}
        # 20 KB at 40 KB/s: an answer that takes half a second.
        location /slow {{ alias {folder}/slow.txt; limit_rate 40k; }}
    }}
}}
"""


class Nginx:
    """`url`: its address. `log_lines`: what it logged, once nothing more comes."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "access.log"
        (folder / "slow.txt").write_text("x" * 20_000)
        configuration = folder / "nginx.conf"
        # As root, nginx would drop to a user who may not read the test's folder.
        user = "user root;\n" if os.geteuid() == 0 else ""
        configuration.write_text(_CONFIGURATION.format(user=user, folder=folder, port=self.port))
        program = debian_parts.find("nginx")
        assert program is not None  # needs_debian has seen to it
        self._process = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.02)

    def log_lines(self) -> list[str]:
        """One line per request: "GET /path 200". A request that was cut short is logged when nginx notices."""
        before, quiet = -1, 0
        while quiet < 3:
            time.sleep(0.3)
            lines = self._log.read_text().splitlines()
            quiet = quiet + 1 if len(lines) == before else 0
            before = len(lines)
        return lines

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


@pytest.fixture
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    server = Nginx(tmp_path_factory.mktemp("nginx"))
    yield server
    server.stop()


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """None of these is for every day."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("slow")
