"""The percentiles of a report against the raw response times that a plugin heard."""

from __future__ import annotations

import json
import math

import pytest

pytestmark = pytest.mark.alone

SERVER_SLEEP_MS = 20.0

LOADFILE = """
from loadhost import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def front(self):
        self.client.get("/delay/20", name="delay")
"""

KEEPS_RAW_TIMES = """
import json
from loadhost import hookimpl

times = []

@hookimpl
def loadhost_request(response_time):
    times.append(response_time)

@hookimpl
def loadhost_run_finished():
    with open("raw.json", "w") as file:
        json.dump(times, file)
"""


def nearest_rank(values: list[float], quantile: float) -> float:
    return sorted(values)[max(math.ceil(quantile * len(values)), 1) - 1]


def test_percentiles_are_within_one_percent_of_the_raw_times(loadhost_run, loadhost_shop):
    """Also: none is below what the server slept, however fast the rest of the way was."""
    outcome = loadhost_run(
        LOADFILE, "-s", "5", users=20, spawn_rate=20, run_time=5, host=loadhost_shop.url, plugins=[KEEPS_RAW_TIMES]
    )
    assert outcome.exit_code == 0, outcome.output
    raw = json.loads((outcome.folder / "raw.json").read_text())
    figures = outcome.entry("delay")["response_time_ms"]
    assert outcome.entry("delay")["requests"] == len(raw) > 500
    for key, quantile in {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}.items():
        assert figures[key] == pytest.approx(nearest_rank(raw, quantile), rel=0.01), key
        assert figures[key] >= SERVER_SLEEP_MS
    assert abs(figures["min"] - min(raw)) < 0.002
    assert abs(figures["max"] - max(raw)) < 0.002
