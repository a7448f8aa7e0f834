"""The reports of whole runs: complete to the last request, whatever ended the run, and all in agreement."""

from __future__ import annotations

from typing import Any

import pytest
from loadhost.testing import RunOutcome

pytestmark = pytest.mark.slow

LOADFILE = """
import time
from loadhost import User, constant, hookimpl, task

heard = 0

class Shopper(User):
    wait_time = constant(0.005)

    @task
    def browse(self):
        time.sleep(0.002)
        global heard
        heard += 1
        error = "500 Server Error" if heard % 50 == 0 else None
        self.environment.requests.record("GET", f"/{heard % 3}", 2.0 + heard % 7, 10, exception=error)

@hookimpl(tryfirst=True)
def loadhost_run_finished(environment):
    print("heard =", heard, flush=True)

@hookimpl
def loadhost_stats_window(environment):
    if environment.parsed_options.loglevel == "DEBUG" and heard > 200:
        environment.runner.stop("that is enough")
"""


def assert_complete(outcome: RunOutcome) -> None:
    """Every report has exactly the requests that the loadfile made."""
    heard = int(outcome.stdout.split("heard = ")[1].split()[0])
    report = outcome.report
    assert report is not None
    assert heard > 20
    assert report["totals"]["requests"] == heard
    assert sum(entry["requests"] for entry in report["entries"]) == heard
    assert sum(window["requests"] for window in report["windows"]) == heard
    assert sum(failure["count"] for failure in report["failures"]) == report["totals"]["failures"] == heard // 50
    rows = outcome.csv("stats")
    assert [int(row["Request Count"]) for row in rows if row["Name"] == "Aggregated"] == [heard]
    assert sum(int(row["Request Count"]) for row in rows) == 2 * heard
    assert int(outcome.csv("stats_history")[-1]["Total Request Count"]) == heard
    assert sum(int(row["Occurrences"]) for row in outcome.csv("failures")) == heard // 50
    aggregated = next(line for line in outcome.stdout.splitlines() if line.split()[:1] == ["Aggregated"])
    assert aggregated.split()[1] == f"{heard:,}"


def test_after_the_run_time(loadhost_run: Any) -> None:
    """The ordinary end; some requests failed, so it says so."""
    outcome = loadhost_run(LOADFILE, users=5, spawn_rate=50, run_time=2)
    assert_complete(outcome)
    assert outcome.report["run"]["stop_reason"] == "run time of 2s is over"
    assert outcome.stdout.splitlines()[-1].startswith("Verdict: requests failed, exit code 1: ")


@pytest.mark.parametrize(("signal", "code"), [("interrupt", 130), ("terminate", 143)])
def test_after_a_signal(loadhost_run: Any, signal: str, code: int) -> None:
    """SIGINT and SIGTERM end a run with all its reports."""
    running = loadhost_run.start(LOADFILE, "-u", "5", "-r", "50", "-s", "5")
    running.wait_for("t_s=1")
    getattr(running, signal)()
    outcome = running.finish()
    assert_complete(outcome)
    assert (outcome.exit_code, outcome.verdict) == (code, "interrupted")


def test_after_a_stop_by_a_plugin(loadhost_run: Any) -> None:
    """Its reason is in the report."""
    outcome = loadhost_run(LOADFILE, "-L", "DEBUG", users=5, spawn_rate=50, run_time=20)
    assert_complete(outcome)
    assert outcome.report["run"]["stop_reason"] == "that is enough"


@pytest.mark.parametrize(("option", "value"), [("--csv", "taken/run"), ("--json-file", "taken/run.json")])
def test_an_unwritable_report_is_refused_before_anything_runs(loadhost_run: Any, option: str, value: str) -> None:
    """Exit code 2 and one line."""
    (loadhost_run.folder / "taken").write_text("a file")
    outcome = loadhost_run(LOADFILE, option, value, run_time=5, reports=False)
    assert outcome.exit_code == 2
    assert "heard =" not in outcome.stdout
    assert len(outcome.stderr.splitlines()) == 1
    assert f"{option} taken/run" in outcome.stderr
