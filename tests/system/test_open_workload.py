"""The open workload against real servers: how many requests arrive, when, and what a stall looks like."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.alone

LOADFILE = """
import gevent
from loadhost import FastHttpUser, task


class Visitor(FastHttpUser):
    @task(20)
    def front(self):
        self.client.get("/front")

    @task(1)
    def think(self):
        self.client.get("/front")
        gevent.sleep(0.5)
"""

FRONT = """
from loadhost import FastHttpUser, constant_pacing, task


class Visitor(FastHttpUser):
    wait_time = constant_pacing(0.05)

    @task
    def front(self):
        self.client.get("/", name="front")
"""

# Answers at once, but for one second in which it answers nobody.
STALLS = """
import socket, sys, threading, time

began = None


def serve(connection):
    global began
    with connection:
        while connection.recv(65536):
            began = began or time.monotonic()
            into = time.monotonic() - began
            if 1 <= into < 2:
                time.sleep(2 - into)
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")


server = socket.create_server(("127.0.0.1", 0), backlog=500)
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


@pytest.fixture
def stalling() -> Iterator[str]:
    """The address of a server that stalls from the first to the second second of its life."""
    with subprocess.Popen([sys.executable, "-c", STALLS], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


def accounted_for(report) -> int:
    """Arrivals that began, and those that were dropped."""
    return report["instrument"]["iterations_due"] + report["instrument"]["dropped_arrivals"]


@pytest.mark.needs_debian("nginx")
@pytest.mark.parametrize(
    ("stages", "arrivals"),
    [("1ms:300/s, 1s:300/s", 300), ("500ms:200/s, 500ms:200/s, 500ms:0/s", 200)],
    ids=["rate", "ramps"],
)
def test_the_server_sees_as_many_requests_as_the_rates_say(nginx, loadhost_run, stages, arrivals):
    """Its access log is the witness."""
    outcome = loadhost_run(LOADFILE, "--stages", stages, "-s", "10", host=nginx.url)
    assert outcome.exit_code == 0, outcome.output
    logged = len(nginx.log_lines())
    assert abs(logged - arrivals) <= 1
    assert outcome.report["totals"]["requests"] == accounted_for(outcome.report) == logged


@pytest.mark.needs_debian("nginx")
def test_without_a_stop_timeout_the_log_is_what_was_counted_and_what_was_interrupted(nginx, loadhost_run):
    """Busy users are cut short, idle ones end."""
    outcome = loadhost_run(LOADFILE, "--rate", "200/s", run_time=1, host=nginx.url)
    totals = outcome.report["totals"]
    assert len(nginx.log_lines()) == totals["requests"] + totals["interrupted"]


@pytest.mark.needs_debian("nginx")
def test_sigint_loses_no_request(nginx, loadhost_run):
    """It ends the arrivals; those that have begun are finished and counted."""
    run = loadhost_run.start(LOADFILE, "--rate", "200/s", "-s", "10", f"--host={nginx.url}")
    run.wait_for("requests=")
    time.sleep(0.7)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 130, outcome.output
    assert outcome.report["totals"]["interrupted"] == 0
    assert outcome.report["totals"]["requests"] == len(nginx.log_lines())


@pytest.mark.needs_debian("nginx")
def test_arrivals_for_which_there_is_no_user_are_dropped_and_never_sent(nginx, loadhost_run):
    """Arrivals are those that began and those that were dropped."""
    outcome = loadhost_run(LOADFILE, "--stages", "1ms:300/s, 1s:300/s", "--max-users", "3", "-s", "10", host=nginx.url)
    assert outcome.report["instrument"]["dropped_arrivals"] > 0
    assert abs(accounted_for(outcome.report) - 300) <= 1
    assert outcome.report["instrument"]["iterations_due"] == len(nginx.log_lines())
    assert "Dropped: " in outcome.stdout


def test_a_stall_of_the_server_shows_in_the_response_times_of_arrivals(stalling, loadhost_run):
    """A second in which nothing is answered is in the times of all who came meanwhile: half of it on average."""
    outcome = loadhost_run(FRONT, "--rate", "50/s", "-s", "10", run_time=3, host=stalling)
    times = outcome.report["totals"]["response_time_ms"]
    assert times["max"] > 900
    assert times["p90"] > 400
    assert times["p50"] < 200


def test_a_paced_user_sees_the_stall_in_response_times_not_in_service_times(stalling, loadhost_run):
    """One request was stalled; the twenty that were due meanwhile began late, and say so."""
    outcome = loadhost_run(FRONT, "-s", "10", users=1, run_time=3, host=stalling)
    totals = outcome.report["totals"]
    assert totals["response_time_ms"]["p90"] > 400
    assert totals["service_time_ms"]["p90"] < 200
    assert totals["service_time_ms"]["max"] > 900
    assert totals["requests"] == pytest.approx(60, abs=3)


def test_a_closed_workload_hides_the_stall(stalling, loadhost_run):
    """One of its requests is slow: while it waits, no other is sent. That is why there is an open workload."""
    closed = FRONT.replace("constant_pacing", "constant")
    outcome = loadhost_run(closed, "-s", "10", users=1, run_time=3, host=stalling)
    times = outcome.report["totals"]["response_time_ms"]
    assert times["max"] > 900
    assert times["p90"] < 200
