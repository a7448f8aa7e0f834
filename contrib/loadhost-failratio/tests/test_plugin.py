"""The guard as the host sees it: what --fail-ratio answers and does at each hook."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from loadhost import Outcome, UsageError
from loadhost_failratio._options import OPTIONS

START = 1_700_000_000.0
Make = Callable[..., Any]
TRIP = "fail ratio 34.2 % over the last 10 s (41 of 120 requests) is above 20 %"


def test_it_stops_the_run_and_says_which_ratio_over_which_window(guarded: Make, window: Make, caplog: Any) -> None:
    """The reason of the stop and the log line carry ratio, stretch, counts and limit."""
    with caplog.at_level(logging.INFO):
        run = guarded(fail_ratio=0.2).see(*[window(8)] * 9, window(48, failures=41))
    assert run.runner.stops == [TRIP]
    assert f"{TRIP}: stopping the run" in caplog.text


def test_the_verdict_of_a_trip_is_failed_with_the_figures_as_evidence(guarded: Make, window: Make) -> None:
    """What a report needs to explain exit code 3."""
    run = guarded(fail_ratio=0.2).see(*[window(8)] * 9, window(48, failures=41))
    run.see(*[window(8)] * 20)
    assert run.verdict.reason == TRIP
    assert run.verdict.outcome is Outcome.FAILED
    assert run.rows == [
        {
            "rule": "fail_ratio <= 20% within 10s, then stop",
            "outcome": "failed",
            "observed": 41 / 120,
            "limit": 0.2,
            "unit": "ratio",
            "reason": TRIP,
            "tripped_at_s": START + 1,
            "source": "--fail-ratio",
            "samples": 120,
        }
    ]


def test_a_ratio_equal_to_the_limit_is_allowed(guarded: Make, window: Make) -> None:
    """Above means above: 24 of 120 with a limit of 20 % pass."""
    run = guarded(fail_ratio=0.2).see(*[window(12)] * 8, *[window(12, failures=12)] * 2)
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.PASSED


def test_too_few_requests_are_not_judged(guarded: Make, window: Make) -> None:
    """Two failures of three requests are no ratio."""
    run = guarded(fail_ratio=0.2).see(window(3, failures=2))
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    assert run.verdict.reason.startswith("fail ratio could not be judged: never more than 3 requests in 10 s")


def test_it_judges_before_the_window_is_full_once_there_are_enough_requests(guarded: Make, window: Make) -> None:
    """A service that is down is noticed after one second, not after ten."""
    run = guarded(fail_ratio=0.2).see(window(20, failures=20))
    assert run.runner.stops == ["fail ratio 100.0 % over the last 1 s (20 of 20 requests) is above 20 %"]


def test_it_stops_the_run_only_once(guarded: Make, window: Make) -> None:
    """While the run winds down it stays silent."""
    run = guarded(fail_ratio=0.2).see(*[window(20, failures=20)] * 5)
    assert len(run.runner.stops) == 1


def test_an_outage_after_a_long_good_time_trips_within_the_window(guarded: Make, window: Make) -> None:
    """What the whole run's ratio would hide for minutes."""
    run = guarded(fail_ratio=0.2).see(*[window(100)] * 3600, *[window(100, failures=100)] * 2)
    assert run.runner.stops == []
    run.see(window(100, failures=100))
    assert len(run.runner.stops) == 1


def test_the_last_partial_window_is_judged_too(guarded: Make, window: Make) -> None:
    """It fails the run, though there is nothing left to stop."""
    run = guarded(fail_ratio=0.2).see(window(12), window(12, failures=12, seconds=0.3, final=True))
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.FAILED


def test_a_passed_run_names_the_highest_ratio_seen(guarded: Make, window: Make) -> None:
    """The verdict says how close it was."""
    run = guarded(fail_ratio=0.2, fail_ratio_window=1.0)
    run.see(window(100, failures=3), window(100, failures=9), window(100, failures=1))
    assert run.verdict.outcome is Outcome.PASSED
    assert run.verdict.reason == "highest fail ratio 9.0 % over the last 1 s (9 of 100 requests), limit 20 %"


def test_each_run_is_judged_by_itself(guarded: Make, window: Make) -> None:
    """A second run starts with nothing counted and the guard armed."""
    run = guarded(fail_ratio=0.2).see(window(20, failures=20))
    run.begin()
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    run.see(window(20, failures=20))
    assert len(run.runner.stops) == 2


def test_a_setting_changed_between_runs_counts_from_the_next_start(guarded: Make, window: Make) -> None:
    """As a page may do."""
    run = guarded(fail_ratio=0.2)
    run.config.options.fail_ratio = 0.9
    run.begin()
    run.see(window(20, failures=10))
    assert run.verdict.outcome is Outcome.PASSED


def test_a_reset_of_the_statistics_forgets_what_was_counted(guarded: Make, window: Make) -> None:
    """Failures from before the reset trip nothing after it."""
    run = guarded(fail_ratio=0.5).see(window(19, failures=19))
    run.guard.loadhost_reset_stats()
    run.see(window(10, failures=0))
    assert run.runner.stops == []
    assert run.rows[0]["samples"] == 10


def test_without_its_option_it_is_inert(guarded: Make, window: Make) -> None:
    """No stop, no verdict, no status, no changed default."""
    run = guarded().see(*[window(50, failures=50)] * 3)
    assert run.runner.stops == []
    assert run.verdict is None
    assert run.guard.loadhost_status() is None
    assert run.config.options.exit_code_on_error == 1


def test_with_the_rule_a_failed_request_alone_no_longer_decides_the_exit_code(guarded: Make) -> None:
    """The rule is the judge."""
    assert guarded(fail_ratio=0.2).config.options.exit_code_on_error == 0


def test_an_exit_code_that_was_asked_for_stays(guarded: Make) -> None:
    """set_default never overrides a person."""
    assert guarded(fail_ratio=0.2, exit_code_on_error=7).config.options.exit_code_on_error == 7


def test_a_limit_of_zero_allows_no_failure(guarded: Make, window: Make) -> None:
    """0 is a limit, not 'off'."""
    run = guarded(fail_ratio=0.0).see(window(100, failures=1))
    assert run.runner.stops == ["fail ratio 1.0 % over the last 1 s (1 of 100 requests) is above 0 %"]


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"fail_ratio_window": 0.5}, "--fail-ratio-window 0.5s is too short: figures come once a second"),
        ({"fail_ratio_min_requests": 0}, "--fail-ratio-min-requests 0 is no number of requests: give at least 1"),
        ({"fail_ratio_min_requests": -5}, "--fail-ratio-min-requests -5 is no number of requests"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_run(
    guarded: Make, setting: dict[str, Any], line: str
) -> None:
    """One line that names the option, the value and what is allowed."""
    with pytest.raises(UsageError, match=f"^{line}"):
        guarded(fail_ratio=0.2, **setting)


def test_an_option_that_does_nothing_by_itself_is_pointed_out(guarded: Make, caplog: Any) -> None:
    """A window without a ratio is a guard that somebody believes to be on."""
    guarded(fail_ratio_window=5.0)
    assert "--fail-ratio-window does nothing without --fail-ratio" in caplog.text


def test_the_status_says_the_ratio_now_and_what_is_allowed(guarded: Make, window: Make) -> None:
    """A line for console and page, with figures."""
    run = guarded(fail_ratio=0.2).see(window(50, failures=1))
    status = run.guard.loadhost_status()
    assert status is not None
    assert status.text == "fail ratio 2.0 % over the last 1 s, limit 20 %"
    assert status.figures["fail_ratio"] == 0.02


def test_the_status_says_when_there_is_too_little_to_judge(guarded: Make, window: Make) -> None:
    """Instead of a ratio of next to nothing."""
    status = guarded(fail_ratio=0.2).see(window(3, failures=2)).guard.loadhost_status()
    assert status is not None
    assert status.text == "fail ratio: too few requests to judge: 3 of 20"


def test_its_options_are_spelled_as_documented() -> None:
    """Names, defaults and readers of the options."""
    specs = {spec.name: spec for spec in OPTIONS}
    assert list(specs) == [
        "threshold",
        "fail_ratio",
        "fail_ratio_window",
        "fail_ratio_min_requests",
        "stop_after_failures",
        "on_failure",
    ]
    assert specs["fail_ratio"].type("20%") == specs["fail_ratio"].type("0.2") == 0.2
    assert specs["fail_ratio_window"].type("1m") == 60.0
