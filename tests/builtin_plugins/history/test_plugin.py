"""The plugin in a run: what it keeps, and what --baseline makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loadhost import Outcome, UsageError, User, constant, hookimpl, task
from loadhost.testing import LoadhostRun, RunOutcome
from loadhost_builtins.history import HistoryPlugin
from loadhost_builtins.history._baseline import verdict
from loadhost_builtins.history._place import history_path
from loadhost_builtins.history._reader import reading
from loadhost_builtins.history._rules import RegressionRule, rule


class Visitor(User):
    wait_time = constant(0.001)

    @task
    def visit(self) -> None:
        self.environment.requests.record("GET", "/", 5.0, 100)


@pytest.fixture
def run(loadhost_run: LoadhostRun, file: Path) -> Callable[..., RunOutcome]:
    """A short run that keeps its history in `file`."""

    def run(*plugins: Any, **options: Any) -> RunOutcome:
        given = {"history": file, **options}
        return loadhost_run(
            [Visitor], in_process=True, plugins=[HistoryPlugin(), *plugins], options=given, run_time=0.2
        )

    return run


def test_a_run_is_kept_with_its_figures_verdict_options_and_tags(run: Any, file: Path) -> None:
    outcome = run(run_tag=["main", "v2"])
    with reading(file) as reader:
        kept = reader.run("last")
        windows = list(reader.windows(kept))
    result = outcome.result
    assert kept.id == result.run_id
    assert kept.state == "passed"
    assert kept.tags == ("main", "v2")
    assert kept.total is not None
    assert kept.total.response_times == result.totals.response_times
    assert sum(plain[0] for window in windows for plain in window.plain.values()) == result.totals.requests
    assert kept.options["history"][0] == str(file)
    assert kept.duration_s == pytest.approx(result.duration_s, abs=0.05)
    assert kept.loadfiles == ("Visitor",)


def test_a_reset_forgets_the_seconds_before_it(run: Any, file: Path) -> None:
    class Resetting:
        @hookimpl
        def loadhost_spawning_complete(self, environment: Any) -> None:
            import gevent

            gevent.sleep(0.05)
            environment.reset_stats()

    outcome = run(Resetting())
    with reading(file) as reader:
        kept = reader.run("last")
        seconds = list(reader.windows(kept))
    assert sum(plain[0] for window in seconds for plain in window.plain.values()) == outcome.result.totals.requests
    assert kept.counted_s == pytest.approx(outcome.result.counted_s)


def test_no_history_keeps_nothing(run: Any, file: Path) -> None:
    run(no_history=True)
    assert not file.exists()


def test_a_baseline_that_is_not_there_is_not_judged_and_says_how_to_make_one(run: Any) -> None:
    outcome = run(baseline=["tag:main"])
    assert outcome.exit_code == 3
    assert outcome.result.outcome is Outcome.NOT_JUDGED
    assert "make one: loadhost run ... --run-tag main" in outcome.result.verdict
    [row] = outcome.result.parts[-1].verdict.evidence["thresholds"]
    assert (row["rule"], row["outcome"]) == ("p95 10% over the baseline", "not judged")


def judged(file: Path, *rules: str, baselines: tuple[str, ...] = ("tag:main",)) -> Any:
    return verdict(file, "now", baselines, [rule(text) for text in rules or ("p95 10%",)])


def test_a_slower_run_fails_with_a_row_for_each_rule(file: Path, kept: Any, steady: Any) -> None:
    kept("then", steady(20), tags=["main"])
    kept("now", steady(30))
    found = judged(file, "p95 10%", "rps 5%", "p50{name=/a} 60%")
    assert found.outcome is Outcome.FAILED
    rows = found.evidence["thresholds"]
    assert [(row["rule"], row["outcome"]) for row in rows] == [
        ("p95 10% over then", "failed"), ("rps 5% over then", "passed"), ("p50{name=/a} 60% over then (GET)", "passed"),
    ]  # fmt: skip
    assert rows[0]["limit"] == pytest.approx(1.1 * rows[0]["observed"] / 1.5, rel=0.02)
    assert (rows[0]["unit"], rows[1]["unit"]) == ("ms", "per_s")
    assert "baseline then" in found.reason


def test_the_same_again_passes(file: Path, kept: Any, steady: Any) -> None:
    kept("then", steady(20), tags=["main"])
    kept("now", steady(20))
    assert judged(file, "p95 10%", "fail_ratio 1%").outcome is Outcome.PASSED


def test_failures_that_are_new_fail(file: Path, kept: Any, steady: Any) -> None:
    kept("then", steady(20), tags=["main"])
    kept("now", steady(20, fail=3))
    assert judged(file, "fail_ratio 1%").outcome is Outcome.FAILED


def test_a_name_that_there_is_not_is_not_judged(file: Path, kept: Any, steady: Any) -> None:
    kept("then", steady(20), tags=["main"])
    kept("now", steady(20))
    found = judged(file, "p95 10%", "p95{name=/nope} 10%")
    assert found.outcome is Outcome.NOT_JUDGED
    assert "no request has this name" in found.reason


def test_last_leaves_out_runs_that_were_found_wanting(file: Path, kept: Any, steady: Any) -> None:
    kept("good", steady(20))
    kept("slow", steady(60), outcome="failed")
    kept("killed", steady(60), outcome=None)
    kept("now", steady(30))
    found = judged(file, baselines=("last",))
    assert found.evidence["baseline"] == ["good"]
    assert found.outcome is Outcome.FAILED


def test_several_runs_of_a_tag_are_the_baseline_together(file: Path, kept: Any, steady: Any) -> None:
    for number in range(4):
        kept(f"run{number}", steady(20 + number), tags=["main"])
    kept("now", steady(22))
    found = judged(file)
    assert found.evidence["baseline"] == ["run3", "run2", "run1", "run0"]
    assert found.outcome is Outcome.PASSED


def test_another_load_is_pointed_out(file: Path, kept: Any, steady: Any) -> None:
    kept("then", steady(20), tags=["main"], options={"users": [5, "command line"]})
    kept("now", steady(20), options={"users": [50, "command line"]})
    assert "--users differs: 5 in then, 50 in now" in judged(file).evidence["notes"]


def test_a_baseline_by_an_id_that_there_is_not_is_not_judged(file: Path, kept: Any, steady: Any) -> None:
    kept("now", steady(20))
    assert "there is no run 'nope'" in judged(file, baselines=("nope",)).reason


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_regression": ["p95 10%"]}, "add --baseline last"),
        ({"baseline": ["last"], "no_history": True}, "--no-history leaves out"),
        ({"run_tag": ["a b"]}, "'a b' is no name"),
        ({"history": Path("/proc/nothing/x.db")}, "can't be written"),
    ],
)
def test_settings_that_can_not_work_are_refused(run: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(**options)


@pytest.mark.parametrize(
    "text", ["p95 10%", "p99.9{name=/checkout} 15%", "avg{name=/a,method=POST} 2.5%", "rps 5%", "fail_ratio 1%"]
)
def test_a_rule_that_is_printed_reads_back(text: str) -> None:
    assert str(rule(text)) == text
    assert rule(str(rule(text))) == rule(text)


@pytest.mark.parametrize(
    "text", ["", "p95", "p95 10", "p95 0%", "p95 -1%", "p0 10%", "p100 10%", "max 3%", "p95{x=1} 3%", "p95{name=} 3%"]
)
def test_what_is_no_rule_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|p50, p95"):
        rule(text)


def test_a_method_is_told_apart() -> None:
    known = [("Aggregated", ""), ("/a", "GET"), ("/a", "POST")]
    assert rule("p95{name=/a} 1%").keys(known) == [("/a", "GET"), ("/a", "POST")]
    assert rule("p95{name=/a,method=post} 1%").keys(known) == [("/a", "POST")]
    assert isinstance(rule("p95 1%"), RegressionRule)


def test_the_tests_themselves_keep_out_of_the_users_folder() -> None:
    import os
    from argparse import Namespace

    class Config:
        options = Namespace(history=None)

    config: Any = Config()
    assert str(history_path(config)).startswith(os.environ["LOADHOST_DATA_DIR"])
