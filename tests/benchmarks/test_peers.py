"""The commands that generators are driven by, and their own counts."""

from __future__ import annotations

import json

import pytest
from benchmarks.peers import (
    GENERATORS,
    Job,
    Loadhost,
    Locust,
    OwnCount,
    Wrk,
    parse_aiolocust,
    parse_hey,
    parse_wrk,
)

WRK = """\
Running 5s test @ http://127.0.0.1:8080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   236.56us   60.34us   3.98ms   91.04%
  1045763 requests in 5.00s, 170.52MB read
Requests/sec: 209123.41
"""
HEY = """\
Summary:
  Total:	5.0012 secs
  Requests/sec:	46123.1234

Status code distribution:
  [200]	230412 responses
  [503]	12 responses

Error distribution:
  [3]	Get "http://127.0.0.1:8080/": EOF
"""


@pytest.fixture
def job(tmp_path):
    return Job("http://127.0.0.1:8080", tmp_path, users=50, seconds=5)


def test_wrks_count_is_read(job):
    (job.folder / "run.out").write_text(WRK)
    assert Wrk("wrk").own_count(job) == OwnCount(1045763, 0)


def test_wrks_failures_are_bad_answers_and_broken_sockets():
    more = "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\n"
    assert parse_wrk(WRK + more) == OwnCount(1045763, 110)


def test_heys_count_is_of_all_answers_and_errors():
    assert parse_hey(HEY) == OwnCount(230412 + 12 + 3, 15)


def test_aiolocusts_count_is_its_last_one():
    text = " Total │ 10 │ 0 (0.0%) │ 1.6ms │\n Total                  │ 1836385 │ 7 (0.0%) │ 1.6ms │ 22.6ms │ 6115.87/s"
    assert parse_aiolocust(text) == OwnCount(1836385, 7)


@pytest.mark.parametrize("parse", [parse_wrk, parse_hey, parse_aiolocust])
def test_what_says_nothing_gives_no_count(parse):
    assert parse("unable to connect to 127.0.0.1:8080: Connection refused") is None


def test_loadhosts_count_is_that_of_its_report(job):
    (job.folder / "report.json").write_text(json.dumps({"totals": {"requests": 12, "failures": 3}}))
    assert Loadhost("loadhost").own_count(job) == OwnCount(12, 3)


def test_locusts_count_is_the_sum_of_its_entries(job):
    entries = [{"num_requests": 10, "num_failures": 1}, {"num_requests": 2, "num_failures": 0}]
    (job.folder / "report.json").write_text(json.dumps(entries))
    assert Locust("locust").own_count(job) == OwnCount(12, 1)


@pytest.mark.parametrize("tool", [Loadhost, Locust])
def test_a_report_that_was_not_written_gives_no_count(tool, job):
    assert tool("x").own_count(job) is None


def test_loadhost_is_driven_by_its_real_command(job):
    file, user, *rest = Loadhost("/bin/loadhost").command(job)[2:]
    assert (file.endswith("benchmarks/loadfiles/users.py"), user) == (True, "Get")
    assert rest == [
        "-u",
        "50",
        "-r",
        "50",
        "-t",
        "5s",
        "--only-summary",
        "--fitness",
        "warn",
        "--json-file",
        f"{job.folder}/report.json",
    ]


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_runs_for_the_time_and_the_users_that_are_asked_for(name, job):
    command = " ".join(GENERATORS[name](name).command(job))
    assert "50" in command
    assert "5" in command.replace("50", "")


def test_the_loadfile_learns_which_tool_runs_it_and_where_the_target_is(job):
    environ = Locust("locust").environ(job)
    assert (environ["BENCH_TOOL"], environ["BENCH_HOST"]) == ("locust", "http://127.0.0.1:8080")
