"""One run against the shop, exported to a real InfluxDB, for all tests that only look at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun, RunOutcome, Shop

LOADFILE = """
    from loadhost import HttpUser, constant_pacing, task

    class Visitor(HttpUser):
        wait_time = constant_pacing(0.02)

        @task(5)
        def look(self):
            self.client.get("/product/7", name='/product/[id], C:\\\\x "y"')

        @task(2)
        def pay(self):
            self.client.post("/checkout")

        @task
        def stumble(self):
            self.environment.metrics.counter("stumbles", {"foot": "left"}).add()
            self.environment.metrics.gauge("height", {"time": "now"}).set(1.5)
            self.environment.metrics.trend("falls").add(12.5)
            raise ValueError("fell over")
"""
PASSWORD = "LOADHOST_INFLUX_PASSWORD"


@pytest.fixture(scope="session")
def loadfile() -> str:
    """Users who look, pay (one in four fails there) and stumble (an exception, and metrics of their own)."""
    return LOADFILE


@dataclass(frozen=True)
class Exported:
    """A run that is over: its outcome, the spool's folder, and queries of the database that it was written to."""

    outcome: RunOutcome
    spool: Path
    query: Callable[[str], list[dict[str, Any]]]

    @property
    def run_id(self) -> str:
        """The tag `run`."""
        run_id: str = (self.outcome.report or {})["run"]["id"]
        return run_id


@pytest.fixture(scope="session")
def exported(influxdb: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """A run of 2.5 seconds in raw mode; the database wants a password, which has quotes in it, as has the name."""
    folder = tmp_path_factory.mktemp("exported")
    database = influxdb.create("exported, with 'quotes' & such")
    loadhost = LoadhostRun(folder)
    with Shop() as shop:
        outcome = loadhost(
            LOADFILE,
            f"--influx-url={influxdb.url}",
            f"--influx-database={database}",
            f"--influx-user={influxdb.user}",
            f"--influx-spool={folder / 'spool'}",
            "--influx-interval=1s",
            "--influx-tags=env=ci,build=7",
            "--influx-mode=raw",
            "--fitness=warn",
            users=4,
            run_time=2.5,
            host=shop.url,
            env={PASSWORD: influxdb.password},
        )
    assert outcome.report, outcome.output
    yield Exported(outcome, folder / "spool", lambda text: influxdb.query(text, database))
    loadhost.close()
