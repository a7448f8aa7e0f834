"""The history of whole runs: one that is killed, and two against a server that has become slower."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun

pytestmark = pytest.mark.alone

LOADFILE = """
import os
import socket

import gevent
from gevent.pywsgi import WSGIServer
from loadhost import FastHttpUser, constant, hookimpl, task


def answer(environ, start_response):
    gevent.sleep(float(os.environ["SLEEP_S"]))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


server = WSGIServer(("127.0.0.1", 0), answer, log=None)
server.start()
# It sends head and body apart: without this, most answers wait 40 ms for an acknowledgement.
server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Visitor(FastHttpUser):
    host = f"http://127.0.0.1:{server.server_port}"
    wait_time = constant(0)

    @task
    def visit(self):
        self.client.get("/")
"""


def listed(run: LoadhostRun) -> list[dict[str, Any]]:
    """What `loadhost history --json` says."""
    outcome = run.command("history", "--json")
    found: list[dict[str, Any]] = json.loads(outcome.stdout) if outcome.exit_code == 0 else []
    return found


def test_a_run_that_is_killed_is_there_up_to_its_last_second(loadhost_run: LoadhostRun) -> None:
    running = loadhost_run.start(LOADFILE, "-u", "5", "-r", "5", env={"SLEEP_S": "0.05"})
    deadline = time.monotonic() + 60
    while not (seen := listed(loadhost_run)) or seen[0]["duration_s"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert seen[0]["state"] == "running"
    killed_s = time.time()
    running.kill()
    [run] = listed(loadhost_run)
    assert run["state"] == "killed"
    assert run["requests"] >= seen[0]["requests"] > 0
    # A machine that stalls writes late; a second and a half is what it takes otherwise.
    assert killed_s - run["ended_s"] < 5
    assert "up to its last second" in loadhost_run.command("history", "show", "last").stdout


def test_a_server_that_takes_half_as_long_again_is_called_worse(loadhost_run: LoadhostRun) -> None:
    for sleep_s, tag in (("0.1", "quick"), ("0.15", "slow")):
        outcome = loadhost_run(
            LOADFILE, "--run-tag", tag, users=10, spawn_rate=10, run_time=10, env={"SLEEP_S": sleep_s}
        )
        assert outcome.exit_code == 0, outcome.stderr
    compared = loadhost_run.command("compare", "tag:quick", "tag:slow", "--html", "page.html")
    assert compared.exit_code == 3, compared.stdout + compared.stderr
    assert "Verdict: worse" in compared.stdout
    assert (loadhost_run.folder / "page.html").stat().st_size > 10_000
    other_way = loadhost_run.command("compare", "tag:slow", "tag:quick", "--json")
    assert other_way.exit_code == 0
    assert json.loads(other_way.stdout)["verdict"] == "better"


def test_a_run_that_is_worse_than_its_baseline_fails(loadhost_run: LoadhostRun) -> None:
    options = ("--baseline", "tag:main", "--max-regression", "p95 20%")
    first = loadhost_run(LOADFILE, "--run-tag", "main", *options, users=5, run_time=6, env={"SLEEP_S": "0.05"})
    assert first.exit_code == 3
    assert "make one: loadhost run ... --run-tag main" in first.stdout
    second = loadhost_run(LOADFILE, *options, users=5, run_time=6, env={"SLEEP_S": "0.15"})
    assert second.exit_code == 3, second.stdout
    report = json.loads((Path(loadhost_run.folder) / "run2.json").read_text(encoding="utf-8"))
    [part] = [part for part in report["verdict"]["parts"] if part["plugin"] == "history"]
    assert part["evidence"]["thresholds"][0]["outcome"] == "failed"
