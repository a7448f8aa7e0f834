"""Not one request is lost or counted twice: loadhost's counts against the access log of a real nginx."""

from __future__ import annotations

import time
from collections import Counter

import pytest

pytestmark = pytest.mark.needs_debian("nginx")

LOADFILE = """
from loadhost import HttpUser, between, task


class Visitor(HttpUser):
    wait_time = between(0, 0.02)

    @task(20)
    def front(self):
        self.client.get("/front")

    @task(1)
    def slow(self):
        self.client.get("/slow")

    @task(5)
    def post(self):
        self.client.post("/post", json={"a": 1})
"""


def counted(outcome) -> Counter[str]:
    return Counter({f"{row['method']} {row['name']}": row["requests"] for row in outcome.report["entries"]})


def logged(lines: list[str]) -> Counter[str]:
    return Counter(line.rsplit(" ", 1)[0] for line in lines)


def test_counts_equal_the_access_log_when_users_may_finish(nginx, loadhost_run):
    """With a stop timeout, every request that was begun is finished and counted."""
    outcome = loadhost_run(LOADFILE, "-s", "10", users=20, spawn_rate=20, run_time=4, host=nginx.url)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.report["totals"]["requests"] > 200
    assert counted(outcome) == logged(nginx.log_lines())
    assert outcome.report["totals"]["interrupted"] == 0


@pytest.mark.parametrize(("signal", "exit_code"), [("interrupt", 130), ("terminate", 143)])
def test_counts_equal_the_access_log_when_a_signal_ends_the_run(nginx, loadhost_run, signal, exit_code):
    """A signal ends the run as gracefully as its run time does, with every report."""
    run = loadhost_run.start(LOADFILE, "-s", "10", "-u", "20", "-r", "20", f"--host={nginx.url}")
    run.wait_for("requests=")
    time.sleep(1.5)
    getattr(run, signal)()
    outcome = run.finish()
    assert outcome.exit_code == exit_code, outcome.output
    assert outcome.verdict == "interrupted"
    assert counted(outcome) == logged(nginx.log_lines())


def test_the_access_log_is_what_was_counted_and_what_was_interrupted(nginx, loadhost_run):
    """Without a stop timeout, a request that was cut short is counted apart."""
    outcome = loadhost_run(LOADFILE, users=30, spawn_rate=30, run_time=3, host=nginx.url)
    assert outcome.exit_code == 0, outcome.output
    totals = outcome.report["totals"]
    assert totals["interrupted"] > 0
    assert len(nginx.log_lines()) == totals["requests"] + totals["interrupted"]


def test_windows_csv_and_json_say_the_same(nginx, loadhost_run):
    """The sum of all windows equals the totals, in every file."""
    outcome = loadhost_run(LOADFILE, "-s", "10", users=10, spawn_rate=10, run_time=3, host=nginx.url)
    total = outcome.report["totals"]["requests"]
    assert sum(window["requests"] for window in outcome.report["windows"]) == total
    aggregated = next(row for row in outcome.csv() if row["Name"] == "Aggregated")
    assert int(aggregated["Request Count"]) == total
    assert int(outcome.csv("stats_history")[-1]["Total Request Count"]) == total
