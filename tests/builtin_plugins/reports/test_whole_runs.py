"""--report-dir in whole runs: all four reports, in agreement, also of a run that was interrupted, or refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.slow

LOADFILE = """
from loadhost import User, constant, hookimpl, task

class Shopper(User):
    wait_time = constant(0.005)

    @task
    def browse(self):
        self.environment.requests.record("GET", "/cart", 2.0, 10)

@hookimpl
def loadhost_init(environment):
    print("begins", flush=True)
"""
FILES = ["junit.xml", "report.html", "report.json", "summary.md"]


def check(folder: Path, outcome: str, code: int) -> None:
    assert sorted(os.listdir(folder)) == FILES
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (report["verdict"]["outcome"], report["verdict"]["exit_code"]) == (outcome, code)
    page = (folder / "report.html").read_text(encoding="utf-8")
    for text in (outcome.capitalize(), f"exit code {code}", report["run"]["id"], f"{report['totals']['requests']:,}"):
        assert text in page
    suites = ElementTree.parse(folder / "junit.xml").getroot()
    assert bool(int(suites.attrib["failures"]) + int(suites.attrib["errors"])) is bool(code)
    assert f"Load test {outcome}, exit code {code}" in (folder / "summary.md").read_text(encoding="utf-8")


def test_a_run_leaves_all_four_and_a_second_one_replaces_them(loadhost_run: Any) -> None:
    for _ in range(2):
        outcome = loadhost_run(LOADFILE, "--report-dir", "new/reports", users=2, run_time=1)
        check(loadhost_run.folder / "new" / "reports", "passed", 0)
        assert outcome.exit_code == 0


@pytest.mark.parametrize(("signal", "code"), [("interrupt", 130), ("terminate", 143)])
def test_an_interrupted_run_leaves_them_too(loadhost_run: Any, signal: str, code: int) -> None:
    running = loadhost_run.start(LOADFILE, "--report-dir", "reports", "-u", "2")
    running.wait_for("t_s=1")
    getattr(running, signal)()
    assert running.finish().exit_code == code
    check(loadhost_run.folder / "reports", "interrupted", code)


def test_a_folder_that_cannot_be_is_refused_before_anything_runs(loadhost_run: Any) -> None:
    (loadhost_run.folder / "taken").write_text("a file")
    outcome = loadhost_run(LOADFILE, "--report-dir", "taken", run_time=5, reports=False)
    assert outcome.exit_code == 2
    assert "begins" not in outcome.stdout
    [line] = outcome.stderr.splitlines()
    assert "--report-dir taken/" in line
    assert "can't be written: Not a directory" in line


def test_a_full_disk_takes_neither_the_verdict_nor_the_other_reports(loadhost_run: Any) -> None:
    folder = loadhost_run.folder / "reports"
    folder.mkdir()
    for name in ("report.html", "summary.md"):
        (folder / name).symlink_to("/dev/full")
    outcome = loadhost_run(LOADFILE, "--report-dir", "reports", users=2, run_time=1)
    assert outcome.exit_code == 0
    lines = [line for line in outcome.stderr.splitlines() if "could not be written" in line]
    assert len(lines) == 2
    assert all("No space left on device; the run's other results are kept" in line for line in lines)
    assert "Traceback" not in outcome.stderr
    assert json.loads((folder / "report.json").read_text())["totals"]["requests"] > 0
    assert outcome.report is not None


def test_without_one_plugin_the_others_write_theirs(loadhost_run: Any) -> None:
    loadhost_run(LOADFILE, "-p", "no:junit", "--report-dir", "reports", users=2, run_time=1)
    assert sorted(os.listdir(loadhost_run.folder / "reports")) == ["report.html", "report.json", "summary.md"]
