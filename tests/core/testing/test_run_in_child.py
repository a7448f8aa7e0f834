"""loadhost_run: a loadfile in a child process, from its arguments to its outcome."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from loadhost import UsageError
from loadhost.testing import LoadhostRun, RunOutcome, Shop

LOADFILE = """
    from loadhost import HttpUser, constant, task

    class Visitor(HttpUser):
        wait_time = constant(0.05)

        @task
        def visit(self):
            self.client.get("/product/7", name="/product/[id]")
"""

PLUGIN = """
    from loadhost import hookimpl

    @hookimpl
    def loadhost_test_start():
        print("the plugin was told")
"""


# A run that ends when it has seen enough ends in time on any machine.
ENOUGH = """
    from loadhost import StopTest, hookimpl

    @hookimpl
    def loadhost_request(environment):
        if environment.stats.total.num_requests >= 10:
            raise StopTest("enough")
"""


@dataclass(frozen=True)
class Two:
    """Two runs in one folder, and how many requests the shop counted in the first."""

    first: RunOutcome
    second: RunOutcome
    counted: int


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    """The second run fails."""
    run = LoadhostRun(tmp_path_factory.mktemp("two"))
    with Shop() as shop:
        first = run(LOADFILE, "-s", "30", users=2, run_time=30, host=shop.url, plugins=[ENOUGH])
        counted = shop.count()
        shop.faults(fail_ratio=1)
        return Two(first, run(LOADFILE, run_time=30, host=shop.url, plugins=[ENOUGH]), counted)


def test_the_outcome_has_exit_code_output_verdict_and_report(two: Two) -> None:
    assert (two.first.exit_code, two.first.verdict) == (0, "passed"), two.first.output
    assert "Verdict: passed, exit code 0" in two.first.stdout
    assert two.first.entry("/product/[id]")["requests"] > 5


def test_the_counts_are_the_shops_own(two: Two) -> None:
    assert two.first.entry("/product/[id]")["requests"] == two.counted


def test_the_csv_files_can_be_read(two: Two) -> None:
    assert [row["Name"] for row in two.first.csv()] == ["/product/[id]", "Aggregated"]
    assert two.first.csv("failures") == []


def test_a_failing_run_has_its_exit_code(two: Two) -> None:
    assert (two.second.exit_code, two.second.verdict) == (1, "requests failed")


def test_two_runs_of_one_test_keep_their_files_apart(two: Two) -> None:
    assert two.first.csv() != two.second.csv()
    assert two.first.csv("failures") != two.second.csv("failures")


def test_plugins_are_source_text_files_or_words(loadhost_run: LoadhostRun, loadhost_shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("print('the file was imported')\n")
    plugins = [PLUGIN, tmp_path / "other.py", "no:console"]
    outcome = loadhost_run(LOADFILE, run_time=0.5, host=loadhost_shop.url, plugins=plugins)
    assert "the plugin was told" in outcome.stdout
    assert "the file was imported" in outcome.stdout
    assert "Verdict:" not in outcome.stdout


def test_a_run_that_never_began_has_no_report_and_no_verdict(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run("import nowhere\n")
    assert outcome.exit_code == 5
    assert outcome.report is outcome.verdict is None
    with pytest.raises(KeyError, match=r"no entries(?s:.*)nowhere"):
        outcome.entry("/")


def test_our_own_variables_do_not_reach_the_child_but_those_given_do(
    loadhost_run: LoadhostRun, loadhost_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOADHOST_USERS", "nonsense")
    outcome = loadhost_run(LOADFILE, host=loadhost_shop.url, env={"LOADHOST_RUN_TIME": "0.5s"})
    assert outcome.exit_code == 0, outcome.output


def test_a_child_reaches_loopback_only(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run(LOADFILE, run_time=30, host="http://192.0.2.1", plugins=[ENOUGH])
    assert outcome.report
    assert outcome.report["totals"]["failures"] >= 1
    assert "loopback addresses only, not 192.0.2.1:80" in outcome.stdout


def test_a_run_that_does_not_end_is_killed_and_shows_what_it_wrote(loadhost_run: LoadhostRun) -> None:
    endless = "import time\nprint('so far', flush=True)\ntime.sleep(60)\n"
    running = loadhost_run.start(endless)
    running.wait_for("so far")
    with pytest.raises(TimeoutError, match=r"did not end within 0\.2 s(?s:.*)so far"):
        running.finish(0.2)


def test_a_run_under_way_can_be_watched_and_interrupted(loadhost_run: LoadhostRun, loadhost_shop: Shop) -> None:
    running = loadhost_run.start(LOADFILE, "--host", loadhost_shop.url, plugins=[PLUGIN])
    running.wait_for("the plugin was told")
    running.interrupt()
    outcome = running.finish(20)
    assert (outcome.exit_code, outcome.verdict) == (130, "interrupted")


def test_waiting_for_a_text_ends_with_the_run(loadhost_run: LoadhostRun) -> None:
    with pytest.raises(TimeoutError, match=r"'unheard of' did not appear(?s:.*)no user class"):
        loadhost_run.start("x = 1\n").wait_for("unheard of")


def test_what_still_runs_is_killed_at_the_end_of_the_test(tmp_path: Path) -> None:
    run = LoadhostRun(tmp_path)
    running = run.start("import time\nprint('here', flush=True)\ntime.sleep(60)\n")
    running.wait_for("here")
    begin = time.monotonic()
    run.close()
    assert time.monotonic() - begin < 20  # of the sixty seconds
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_other_commands_run_as_well(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run.command("hooks", "loadhost_request")
    assert outcome.exit_code == 0
    assert "loadhost_request" in outcome.stdout


def test_a_path_that_does_not_exist_is_refused_by_name(loadhost_run: LoadhostRun) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.py does not exist"):
        loadhost_run("nowhere.py")


def test_what_is_for_runs_in_process_is_refused(loadhost_run: LoadhostRun) -> None:
    with pytest.raises(TypeError, match="in_process=True"):
        loadhost_run(LOADFILE, options={"users": 1})
