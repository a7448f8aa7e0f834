"""One case of each kind, short, with real parts. What comes out is not a measurement."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import dispatch, idle, influx_hang, speed
from benchmarks.accuracy import delay_server, one
from benchmarks.bench import Bench
from benchmarks.cases import SPEED_CASES
from benchmarks.machine import cores
from benchmarks.nginx import nginx
from benchmarks.parts import Parts, find
from benchmarks.peers import Job
from benchmarks.profile_request import Wanted, profile, render

pytestmark = [pytest.mark.needs_debian("nginx"), pytest.mark.slow]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    pinned = cores()
    parts = Parts(programs={"loadhost": str(Path(sys.executable).with_name("loadhost")), "nginx": str(find("nginx"))})
    with nginx(parts.programs["nginx"], tmp_path_factory.mktemp("nginx"), pinned.target, 1000) as target:
        yield Bench(parts, pinned, target, seconds=0.3, rounds=1, quick=True)


def test_a_speed_case_counts_the_requests_at_the_target(bench):
    (sample,) = speed.run(bench, SPEED_CASES[0])["samples"]["loadhost"]
    assert sample["rps"] > 0
    assert sample["failures"] == 0
    # Requests under way at the end are in one of the two counts only.
    assert abs(sample["own"] - sample["counted"]) <= 50
    assert sample["connections"] == 50


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_every_user_class_gets_good_answers(bench, tmp_path, tls):
    """The content of the packed answer is checked by its user; a task that raises fails the run."""
    url = bench.target.tls_url if tls else bench.target.url
    tool, job = bench.generator("loadhost"), Job(str(url), tmp_path, users=9, seconds=1, listeners=3)
    # HttpUser would verify the certificate.
    users = [case.user for case in SPEED_CASES if not (tls and case.user == "Http")]
    command = [*tool.command(job)[:3], *dict.fromkeys(users), *tool.command(job)[4:]]
    environ = os.environ | tool.environ(job)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tool.own_count(job).requests > 0


def test_a_peer_that_is_missing_is_left_out(bench):
    assert speed.run(bench, SPEED_CASES[0])["left_out"] == ["locust", "wrk", "hey", "aiolocust"]


def test_idle_users_are_started_and_weighed(bench):
    seconds, kib = idle.weigh(bench, "loadhost", 100, connect=True)
    assert seconds > 0
    assert kib > 1000


def test_the_delay_server_and_loadhost_agree_about_how_many_there_were(bench):
    with delay_server(bench) as url:
        row = one(bench, "loadhost", url, users=10, seconds=2)
    assert row["requests"] == pytest.approx(row["truth"]["requests"], abs=10)
    assert row["told"].keys() == {"p50", "p95", "p99"}


def test_telling_an_event_takes_some_time(bench):
    cost = dispatch.cost(sys.executable, "loadhost", 3, bench.pinned.generator)
    assert cost is not None
    assert cost > 0


def test_a_profile_names_functions(bench, tmp_path):
    found = profile(Wanted("Get", 10, 1, 0, bench.target.url, bench.pinned.generator), tmp_path)
    assert found is not None
    assert "By line" in render(found, 5)


def test_a_hanging_export_is_measured_beside_none(bench):
    pytest.importorskip("loadhost_influx")
    samples = influx_hang.run(bench)["samples"]
    (without,), (hanging,) = samples["without"], samples["hanging"]
    assert without["spooled"] == 0 < hanging["spooled"]
    assert min(without["rps"], hanging["rps"], without["p99_ms"], hanging["p99_ms"]) > 0
