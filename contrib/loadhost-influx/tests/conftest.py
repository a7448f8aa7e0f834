"""Real databases for the tests: Debian's InfluxDB 1.6.7 with authentication, and VictoriaMetrics, on free ports."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from hypothesis import settings
from loadhost import StatsWindow
from loadhost.stats import Stats

import debian_parts

settings.register_profile("loadhost-influx", deadline=None)
settings.load_profile("loadhost-influx")

_CONFIGURATION = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
max-series-per-database = 0
[monitor]
store-enabled = false
[retention]
enabled = false
[continuous_queries]
enabled = false
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = {auth}
max-body-size = {max_body_bytes}
"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program(name: str) -> str:
    program = debian_parts.find(name)
    assert program is not None  # needs_debian has seen to it
    return program


class Server:
    """A server process on a port of its own; `stop` and `kill` leave its data, `start` finds them again."""

    url: str

    def __init__(self, folder: Path, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What to start."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is up."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._up():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text(errors="replace")[-3000:])
            time.sleep(0.02)

    def _up(self) -> bool:
        try:
            return self.answers()
        except (OSError, URLError):
            return False

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Kill it and forget its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def request(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """The body of the answer; HTTPError for a bad status."""
        with urlopen(Request(self.url + path, data=data, headers=headers or {}), timeout=30) as answer:
            body: bytes = answer.read()
            return body


class InfluxServer(Server):
    """InfluxDB 1.6.7; with `auth` there is one user, an admin."""

    def __init__(self, folder: Path, port: int | None = None, *, auth: bool = True, max_body_bytes: int = 0) -> None:
        super().__init__(folder, port)
        self.auth, self.user, self.password = auth, "admin", 'it\'s "s3cret" & so on'
        self._max_body_bytes = max_body_bytes

    def command(self) -> list[str]:
        """With a configuration of its own."""
        configuration = self.folder / "influxdb.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                rpc_port=free_port(),
                auth=str(self.auth).lower(),
                max_body_bytes=self._max_body_bytes,
            )
        )
        return [_program("influxd"), "-config", str(configuration)]

    def answers(self) -> bool:
        """/ping."""
        return self.request("/ping") == b""

    def start(self) -> None:
        """Start it; the first time, with authentication, make the user."""
        super().start()
        if self.auth:
            self.query(f"CREATE USER {self.user} WITH PASSWORD '{self._quoted_password()}' WITH ALL PRIVILEGES")

    def _quoted_password(self) -> str:
        return self.password.replace("'", "\\'")

    def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """The rows of a statement, each as a dict of columns and tags. Raises ValueError for an error of InfluxQL."""
        form = {"q": text, **({"db": database} if database else {})}
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}"} if self.auth else {}
        try:
            answer = json.loads(self.request("/query", urlencode(form).encode(), headers))
        except HTTPError as error:
            raise ValueError(error.read().decode()) from None
        result = answer["results"][0]
        if "error" in result:
            raise ValueError(result["error"])
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for series in result.get("series", ())
            for values in series["values"]
        ]

    def create(self, database: str) -> str:
        """Create a database; its name."""
        self.query(f'CREATE DATABASE "{database}"')
        return database

    def write(self, database: str, lines: str) -> None:
        """Write lines as they are; ValueError with the server's own words if it refuses them."""
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}"} if self.auth else {}
        try:
            self.request(f"/write?{urlencode({'db': database})}", lines.encode(), headers)
        except HTTPError as error:
            raise ValueError(error.read().decode()) from None


class VictoriaServer(Server):
    """VictoriaMetrics, which takes the line protocol of v1 and v2."""

    def command(self) -> list[str]:
        """Without a wait before data can be read."""
        return [
            _program("victoria-metrics"),
            f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-storageDataPath={self.folder}/data",
            "-retentionPeriod=10y",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=64MB",
        ]

    def answers(self) -> bool:
        """/health."""
        return self.request("/health") == b"OK"

    def export(self, selector: str) -> list[dict[str, Any]]:
        """Every series of a selector: {"metric": labels, "values": [...], "timestamps": [ms]}."""
        self.request("/internal/force_flush")
        arguments = urlencode({"match[]": selector, "start": 0, "end": int(time.time()) + 86_400})
        return [json.loads(line) for line in self.request(f"/api/v1/export?{arguments}").splitlines()]


@pytest.fixture
def influx_server(tmp_path: Path) -> Iterator[Callable[..., InfluxServer]]:
    """Makes InfluxDB servers that belong to the test alone: `influx_server(port=None, auth=True)`, started or not."""
    servers: list[InfluxServer] = []

    def make(port: int | None = None, *, start: bool = True, **settings: Any) -> InfluxServer:
        servers.append(InfluxServer(tmp_path / f"influxd{len(servers)}", port, **settings))
        if start:
            servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """One InfluxDB with authentication for all tests that leave it alive; each makes databases of its own."""
    server = InfluxServer(tmp_path_factory.mktemp("influxdb"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def database(influxdb: InfluxServer, request: pytest.FixtureRequest) -> str:
    """A fresh database in `influxdb`, named after the test."""
    return influxdb.create(f"{request.node.name[:100]}-{time.monotonic_ns()}")


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaServer]:
    """One VictoriaMetrics for all tests."""
    server = VictoriaServer(tmp_path_factory.mktemp("victoria"))
    server.start()
    yield server
    server.close()


def window(
    start: float = 1_700_000_000.0,
    duration: float = 1.0,
    requests: dict[str, int] | None = None,
    failures: dict[str, int] | None = None,
    users: int = 1,
    **more: Any,
) -> StatsWindow:
    """A window of GET requests by name, each of 12.5 ms; those of `failures` failed."""
    stats = Stats()
    for name, count in (requests or {}).items():
        for number in range(count):
            stats.record(name, "GET", 12.5, 12.5, 10, "no" if number < (failures or {}).get(name, 0) else None)
    return stats.close_window(start, duration, user_count=users, user_classes_count={"Visitor": users}, **more)


@pytest.fixture(scope="session")
def make_window() -> Callable[..., StatsWindow]:
    """The function that makes windows."""
    return window
