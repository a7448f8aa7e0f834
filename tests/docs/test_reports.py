"""docs/reports.md: its commands are real, its examples run, its files are those that are written."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from loadhost.testing import LoadhostRun

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w*\n(?:#|//) ([\w./-]+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = re.findall(r"^\s*(?:- run: |- |sh ')?(loadhost run .*?)'?$", PAGE, flags=re.MULTILINE)


def test_the_table_has_the_files_that_are_written():
    from loadhost_builtins import github, json_report, junit
    from loadhost_builtins.report import _plugin

    listed = re.findall(r"^\| (\S+\.\w+) \|", PAGE, flags=re.MULTILINE)
    assert listed == [_plugin.FILE, json_report.FILE, junit.FILE, github.FILE]


def test_the_numbers_of_rows_are_those_of_the_code():
    from loadhost_builtins import _summary
    from loadhost_builtins.report import _names

    assert f"the {_summary.MAX_NAMES} most frequent names and the {_summary.MAX_FAILURES} most frequent errors" in PAGE
    assert f"the {_names.MOST_FREQUENT} most frequent and the {_names.SLOWEST} slowest others" in PAGE


@pytest.mark.parametrize("name", [".github/workflows/load.yml", ".gitlab-ci.yml"])
def test_the_recipes_are_yaml(name):
    assert "loadhost run" in json.dumps(yaml.safe_load(FILES[name]), default=str)


def test_every_recipe_runs_a_command_of_the_page():
    assert len(COMMANDS) == 5


@pytest.mark.slow
@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_every_command_is_one(command, tmp_path):
    pytest.importorskip("loadhost_failratio")
    for name in ("loadfile.py", "marked.py"):
        (tmp_path / name).write_text(FILES["marked.py"])
    run = LoadhostRun(tmp_path)
    try:
        outcome = run.command(*shlex.split(command)[1:], "--show-config")
    finally:
        run.close()
    assert outcome.exit_code == 0, outcome.stderr


@pytest.mark.slow
def test_the_marked_run_and_the_reader_of_its_report_work(tmp_path):
    (tmp_path / "marked.py").write_text(FILES["marked.py"])
    (tmp_path / "slowest.py").write_text(FILES["slowest.py"])
    run = LoadhostRun(tmp_path)
    try:
        assert run.command("run", "marked.py", "-t", "2s", "--report-dir", "reports").exit_code == 0
        schema = run.command("report", "schema").stdout
    finally:
        run.close()
    report = json.loads((tmp_path / "reports" / "report.json").read_text())
    assert [mark["text"] for mark in report["marks"] if mark["kind"] == "deploy"] == ["version 2.1 is live"]
    assert json.loads(schema)["title"].startswith("loadhost.report")
    command = [sys.executable, "slowest.py", "reports/report.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["VISIT / 1.0 ms", "passed"]
