"""The guard as the host sees it: several rules at once, rules in code, and the number of failures that ends a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from loadhost import Outcome, StopTest, UsageError
from loadhost_failratio import FailRatio, parse_threshold

Make = Callable[..., Any]


def rules(*texts: str) -> Any:
    return [parse_threshold(text) for text in texts]


def test_each_threshold_has_a_row_and_the_worst_decides(guarded: Make, window: Make) -> None:
    """A report shows one case for each of them."""
    run = guarded(threshold=rules("p95 < 300ms", "rps > 5", "p99 < 1s")).see(
        window(50, ms=500.0), window(0, final=True)
    )
    assert run.verdict.outcome is Outcome.FAILED
    assert [row["outcome"] for row in run.rows] == ["failed", "passed", "not judged"]
    assert run.verdict.reason == (
        "1 threshold of 3 broken: p95 500 ms over the whole run (50 requests) is not below 300 ms"
    )


def test_not_judged_counts_as_failed(guarded: Make, window: Make) -> None:
    run = guarded(threshold=rules("p99 < 1s", "max < 1s")).see(window(50))
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    assert run.verdict.reason.startswith("1 threshold of 2 not judged: p99 could not be judged")


def test_all_kept_says_so_and_each_row_says_how_near_it_was(guarded: Make, window: Make) -> None:
    run = guarded(threshold=rules("max < 1s", "requests > 5")).see(window(50), window(0, final=True))
    assert run.verdict.outcome is Outcome.PASSED
    assert run.verdict.reason == "all 2 thresholds are kept"
    assert run.rows[0]["reason"] == "max 0.0125 s over the whole run (50 requests), limit 1 s"


def test_only_then_stop_stops_the_run(guarded: Make, window: Make, caplog: Any) -> None:
    """The others are logged and marked, and fail it at its end."""
    run = guarded(threshold=rules("max < 1ms within 1s", "max < 2ms within 1s then stop")).see(window(50))
    assert run.runner.stops == ["max 12.5 ms over the last 1 s (50 requests) is not below 2 ms"]
    assert [(source, kind) for source, kind, _ in run.marks] == [("failratio", "guard")] * 2
    assert "is not below 1 ms" in caplog.text


def test_a_broken_warning_leaves_the_run_doubtful(guarded: Make, window: Make) -> None:
    run = guarded(threshold=rules("max < 1ms then warn")).see(window(50), window(0, final=True))
    assert run.verdict.outcome is Outcome.DOUBTFUL


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("fail_ratio < 1%", 0),
        ("failures < 10 then stop", 0),
        ("fail_ratio < 1% within 10s", 0),
        ("fail_ratio{name=/a} < 1%", 1),
        ("fail_ratio < 1% then warn", 1),
        ("p95 < 1s", 1),
    ],
)
def test_a_rule_about_failures_is_the_judge_of_them(guarded: Make, rule: str, code: int) -> None:
    """Of all, not of some; and one that judges, not one that warns."""
    assert guarded(threshold=rules(rule)).config.options.exit_code_on_error == code


def test_after_so_many_failures_the_run_ends_at_once(guarded: Make, window: Make) -> None:
    """In the greenlet of the user whose request it was; the rule fails the run at its end."""
    run = guarded(stop_after_failures=3)
    for _ in range(2):
        run.guard.loadhost_request_failure()
    with pytest.raises(StopTest, match="3 requests have failed"):
        run.guard.loadhost_request_failure()
    run.see(window(10, failures=3, final=True))
    assert run.verdict.outcome is Outcome.FAILED
    assert run.config.options.exit_code_on_error == 0


def test_on_a_master_the_sum_of_all_failures_ends_the_run(guarded: Make, window: Make) -> None:
    run = guarded(stop_after_failures=3)
    run.node = "master"
    run.begin()
    for _ in range(9):
        run.guard.loadhost_request_failure()
    run.see(window(10, failures=3))
    assert len(run.runner.stops) == 1


def test_rules_as_a_library_are_texts(guarded: Make, window: Make) -> None:
    """Or rules; they stay for all runs of the process."""
    run = guarded(thresholds=["max < 1ms", parse_threshold("requests > 5")]).see(window(50, final=True))
    assert [row["outcome"] for row in run.rows] == ["failed", "passed"]
    run.begin()
    assert [row["outcome"] for row in run.rows] == ["not judged", "not judged"]


def test_a_rule_that_is_written_twice_is_judged_once(guarded: Make, window: Make) -> None:
    """On the command line and in a loadfile, say."""
    run = guarded(threshold=rules("max < 1s", "max < 1s"), thresholds=["max < 1s"]).see(window(50, final=True))
    assert [row["source"] for row in run.rows] == ["--threshold"]


@pytest.mark.parametrize("value", ["p95 < 1s", 5, ["p95 < 1"], [5]])
def test_what_is_no_list_of_rules_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^thresholds"):
        FailRatio(value)


@pytest.mark.parametrize("number", [0, -3])
def test_no_number_of_failures(guarded: Make, number: int) -> None:
    with pytest.raises(UsageError, match=f"--stop-after-failures {number} is no number of failures"):
        guarded(stop_after_failures=number)


def test_the_status_shows_broken_rules_first(guarded: Make, window: Make) -> None:
    run = guarded(threshold=rules("requests > 5", "rps > 5", "min < 1s", "max < 1ms within 1s")).see(window(50))
    status = run.guard.loadhost_status()
    assert status is not None
    assert status.text.startswith("max 12.5 ms over the last 1 s (50 requests) is not below 1 ms; requests 50 over ")
    assert status.text.endswith("; and 1 more")
    assert status.figures["rps"] == 50.0
