"""Whole runs while the database fails, and runs that are killed: what the sum says is what the database has."""

from __future__ import annotations

import re
import time

import pytest

LOADFILE = """
    from loadhost import HttpUser, constant, task

    class Visitor(HttpUser):
        wait_time = constant(0.01)

        @task
        def look(self):
            self.client.get("/product/7")
"""


@pytest.fixture
def arguments(tmp_path):
    """The options of a run that writes to a scripted database, or to a real one."""
    return lambda url: [
        f"--influx-url={url}",
        "--influx-database=load",
        f"--influx-spool={tmp_path / 'spool'}",
    ]


def sum_of(text):
    """The counts in the last printed sum."""
    pattern = r"([\d,]+) produced = ([\d,]+) acknowledged \+ ([\d,]+) spooled \+ ([\d,]+) quarantined \+ ([\d,]+) drop"
    return [int(number.replace(",", "")) for number in re.findall(pattern, text)[-1]]


def test_while_the_database_hangs_the_run_goes_on_and_its_points_stay(
    loadhost_run, loadhost_shop, scripted, arguments, reply, tmp_path
):
    scripted.usual = lambda lines: reply(hang_s=60)
    outcome = loadhost_run(
        LOADFILE, *arguments(scripted.url), "--influx-drain=0.2s", users=3, run_time=2.2, host=loadhost_shop.url
    )
    assert outcome.exit_code == 0, outcome.output
    assert outcome.report["totals"]["requests"] > 30
    produced, acknowledged, spooled, quarantined, dropped = sum_of(outcome.output)
    assert (acknowledged, quarantined, dropped) == (0, 0, 0)
    assert produced == spooled > 0
    assert f"loadhost influx replay {tmp_path / 'spool'}/" in outcome.output


@pytest.mark.needs_debian("influxd")
def test_a_killed_process_loses_its_last_two_seconds_at_most(
    loadhost_run, loadhost_shop, influx_server, arguments, tmp_path
):
    """The database is dead, the load process is killed; then the database starts, and the spool is replayed.

    Points are for five seconds each, so most of this is in drafts.
    """
    server = influx_server(start=False, auth=False)
    options = [*arguments(server.url), "--influx-create-database"]
    running = loadhost_run.start(LOADFILE, *options, "-u", "3", "--host", loadhost_shop.url)
    seen: list[tuple[float, int]] = []
    while not any(count > 50 and when < time.time() - 3 for when, count in seen):
        time.sleep(0.1)
        count = loadhost_shop.count(path="/product/7")
        seen.append((time.time(), count))
        assert len(seen) < 300
    killed_at = time.time()
    running.kill()
    server.start()
    replayed = loadhost_run.command("influx", "replay", str(tmp_path / "spool"), "--influx-create-database")
    assert replayed.exit_code == 0, replayed.output
    assert "it was killed, and its last two seconds may be missing" in replayed.stdout
    produced, acknowledged, *rest = sum_of(replayed.stdout)
    assert produced == acknowledged > 0
    assert rest == [0, 0, 0]
    (row,) = server.query("SELECT sum(count) FROM loadhost_requests WHERE outcome = 'ok'", "load")
    in_time = max(count for when, count in seen if when <= killed_at - 2)
    assert 0 < in_time <= row["sum"] <= loadhost_shop.count(path="/product/7")
