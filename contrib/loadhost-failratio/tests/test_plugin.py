"""The guard as the host sees it: what it answers and does at each hook."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import pytest
from loadhost import Outcome, PluginManager, StopTest, UsageError
from loadhost_failratio import FailRatio, parse_threshold
from loadhost_hookspecs import OptionSpec


class Options:
    """Keeps what a plugin adds."""

    def __init__(self) -> None:
        self.specs: dict[str, OptionSpec] = {}

    def add(self, spec: OptionSpec) -> None:
        self.specs[spec.name] = spec


class Config:
    """Settings as the host hands them over."""

    node = "local"

    def __init__(self, **values: Any) -> None:
        self.given = values
        options = Options()
        FailRatio().loadhost_add_options(options)
        defaults = {name: spec.default for name, spec in options.specs.items()}
        self.options = Namespace(**{"exit_code_on_error": 1, **defaults, **values})

    def source(self, name: str) -> str:
        return "command line" if name in self.given else "default"

    def set_default(self, name: str, value: Any) -> bool:
        if name in self.given:
            return False
        setattr(self.options, name, value)
        return True


class Runner:
    """Remembers why it was stopped."""

    def __init__(self) -> None:
        self.stops: list[str | None] = []

    def stop(self, reason: str | None = None) -> None:
        self.stops.append(reason)


class Run:
    """A guard in an environment, fed with windows."""

    node = "local"
    user_classes: tuple[type, ...] = ()
    plugin_manager = PluginManager()

    def __init__(self, *, thresholds: Any = (), **values: Any) -> None:
        self.config = Config(**values)
        self.runner = Runner()
        self.marks = Marks()
        self.guard = FailRatio(thresholds)
        self.guard.loadhost_configure(self.config)
        self.begin()

    def begin(self) -> None:
        self.guard.loadhost_test_start(environment=self)

    def see(self, *windows: Any) -> Run:
        for window in windows:
            self.guard.loadhost_stats_window(environment=self, window=window)
        return self

    @property
    def verdict(self) -> Any:
        return self.guard.loadhost_verdict(result=Namespace(entries=(), metrics=()))

    @property
    def rows(self) -> Any:
        return self.verdict.evidence["thresholds"]


class Marks(list[tuple[str, str, str]]):
    """Keeps what is marked."""

    def add(self, kind: str, text: str, *, source: str, time_s: float) -> None:
        self.append((source, kind, text))


START = 1_700_000_000.0
Make = Callable[..., Any]
TRIP = "fail ratio 34.2 % over the last 10 s (41 of 120 requests) is above 20 %"


def test_it_stops_the_run_and_says_which_ratio_over_which_window(window: Make, caplog: Any) -> None:
    """The reason of the stop and the log line carry ratio, stretch, counts and limit."""
    with caplog.at_level(logging.INFO):
        run = Run(fail_ratio=0.2).see(*[window(8)] * 9, window(48, failures=41))
    assert run.runner.stops == [TRIP]
    assert f"{TRIP}: stopping the run" in caplog.text


def test_the_verdict_of_a_trip_is_failed_with_the_figures_as_evidence(window: Make) -> None:
    """What a report needs to explain exit code 3."""
    run = Run(fail_ratio=0.2).see(*[window(8)] * 9, window(48, failures=41))
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


def test_a_ratio_equal_to_the_limit_is_allowed(window: Make) -> None:
    """Above means above: 24 of 120 with a limit of 20 % pass."""
    run = Run(fail_ratio=0.2).see(*[window(12)] * 8, *[window(12, failures=12)] * 2)
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.PASSED


def test_too_few_requests_are_not_judged(window: Make) -> None:
    """Two failures of three requests are no ratio."""
    run = Run(fail_ratio=0.2).see(window(3, failures=2))
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    assert run.verdict.reason.startswith("fail ratio could not be judged: never more than 3 requests in 10 s")


def test_it_judges_before_the_window_is_full_once_there_are_enough_requests(window: Make) -> None:
    """A service that is down is noticed after one second, not after ten."""
    run = Run(fail_ratio=0.2).see(window(20, failures=20))
    assert run.runner.stops == ["fail ratio 100.0 % over the last 1 s (20 of 20 requests) is above 20 %"]


def test_it_stops_the_run_only_once(window: Make) -> None:
    """While the run winds down it stays silent."""
    run = Run(fail_ratio=0.2).see(*[window(20, failures=20)] * 5)
    assert len(run.runner.stops) == 1


def test_an_outage_after_a_long_good_time_trips_within_the_window(window: Make) -> None:
    """What the whole run's ratio would hide for minutes."""
    run = Run(fail_ratio=0.2).see(*[window(100)] * 3600, *[window(100, failures=100)] * 2)
    assert run.runner.stops == []
    run.see(window(100, failures=100))
    assert len(run.runner.stops) == 1


def test_the_last_partial_window_is_judged_too(window: Make) -> None:
    """It fails the run, though there is nothing left to stop."""
    run = Run(fail_ratio=0.2).see(window(12), window(12, failures=12, seconds=0.3, final=True))
    assert run.runner.stops == []
    assert run.verdict.outcome is Outcome.FAILED


def test_a_passed_run_names_the_highest_ratio_seen(window: Make) -> None:
    """The verdict says how close it was."""
    run = Run(fail_ratio=0.2, fail_ratio_window=1.0)
    run.see(window(100, failures=3), window(100, failures=9), window(100, failures=1))
    assert run.verdict.outcome is Outcome.PASSED
    assert run.verdict.reason == "highest fail ratio 9.0 % over the last 1 s (9 of 100 requests), limit 20 %"


def test_each_run_is_judged_by_itself(window: Make) -> None:
    """A second run starts with nothing counted and the guard armed."""
    run = Run(fail_ratio=0.2).see(window(20, failures=20))
    run.begin()
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    run.see(window(20, failures=20))
    assert len(run.runner.stops) == 2


def test_a_setting_changed_between_runs_counts_from_the_next_start(window: Make) -> None:
    """As a page may do."""
    run = Run(fail_ratio=0.2)
    run.config.options.fail_ratio = 0.9
    run.begin()
    run.see(window(20, failures=10))
    assert run.verdict.outcome is Outcome.PASSED


def test_a_reset_of_the_statistics_forgets_what_was_counted(window: Make) -> None:
    """Failures from before the reset trip nothing after it."""
    run = Run(fail_ratio=0.5).see(window(19, failures=19))
    run.guard.loadhost_reset_stats()
    run.see(window(10, failures=0))
    assert run.runner.stops == []
    assert run.rows[0]["samples"] == 10


def test_without_its_option_it_is_inert(window: Make) -> None:
    """No stop, no verdict, no status, no changed default."""
    run = Run().see(*[window(50, failures=50)] * 3)
    assert run.runner.stops == []
    assert run.verdict is None
    assert run.guard.loadhost_status() is None
    assert run.config.options.exit_code_on_error == 1


def test_with_the_rule_a_failed_request_alone_no_longer_decides_the_exit_code() -> None:
    """The rule is the judge."""
    assert Run(fail_ratio=0.2).config.options.exit_code_on_error == 0


def test_an_exit_code_that_was_asked_for_stays() -> None:
    """set_default never overrides a person."""
    assert Run(fail_ratio=0.2, exit_code_on_error=7).config.options.exit_code_on_error == 7


def test_a_limit_of_zero_allows_no_failure(window: Make) -> None:
    """0 is a limit, not 'off'."""
    run = Run(fail_ratio=0.0).see(window(100, failures=1))
    assert run.runner.stops == ["fail ratio 1.0 % over the last 1 s (1 of 100 requests) is above 0 %"]


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"fail_ratio_window": 0.5}, "--fail-ratio-window 0.5s is too short: figures come once a second"),
        ({"fail_ratio_min_requests": 0}, "--fail-ratio-min-requests 0 is no number of requests: give at least 1"),
        ({"fail_ratio_min_requests": -5}, "--fail-ratio-min-requests -5 is no number of requests"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_run(setting: dict[str, Any], line: str) -> None:
    """One line that names the option, the value and what is allowed."""
    with pytest.raises(UsageError, match=f"^{line}"):
        Run(fail_ratio=0.2, **setting)


def test_an_option_that_does_nothing_by_itself_is_pointed_out(caplog: Any) -> None:
    """A window without a ratio is a guard that somebody believes to be on."""
    Run(fail_ratio_window=5.0)
    assert "--fail-ratio-window does nothing without --fail-ratio" in caplog.text


def test_the_status_says_the_ratio_now_and_what_is_allowed(window: Make) -> None:
    """A line for console and page, with figures."""
    run = Run(fail_ratio=0.2).see(window(50, failures=1))
    status = run.guard.loadhost_status()
    assert status is not None
    assert status.text == "fail ratio 2.0 % over the last 1 s, limit 20 %"
    assert status.figures["fail_ratio"] == 0.02


def test_the_status_says_when_there_is_too_little_to_judge(window: Make) -> None:
    """Instead of a ratio of next to nothing."""
    status = Run(fail_ratio=0.2).see(window(3, failures=2)).guard.loadhost_status()
    assert status is not None
    assert status.text == "fail ratio: too few requests to judge: 3 of 20"


def test_its_options_are_spelled_as_documented() -> None:
    """Names, defaults and readers of the three options."""
    options = Options()
    FailRatio().loadhost_add_options(options)
    assert list(options.specs) == [
        "threshold",
        "fail_ratio",
        "fail_ratio_window",
        "fail_ratio_min_requests",
        "stop_after_failures",
        "on_failure",
    ]
    assert options.specs["fail_ratio"].type("20%") == options.specs["fail_ratio"].type("0.2") == 0.2
    assert options.specs["fail_ratio_window"].type("1m") == 60.0


# --- thresholds


def rules(*texts: str) -> Any:
    return [parse_threshold(text) for text in texts]


def test_each_threshold_has_a_row_and_the_worst_decides(window: Make) -> None:
    """A report shows one case for each of them."""
    run = Run(threshold=rules("p95 < 300ms", "rps > 5", "p99 < 1s")).see(window(50, ms=500.0), window(0, final=True))
    assert run.verdict.outcome is Outcome.FAILED
    assert [row["outcome"] for row in run.rows] == ["failed", "passed", "not judged"]
    assert run.verdict.reason == (
        "1 threshold of 3 broken: p95 500 ms over the whole run (50 requests) is not below 300 ms"
    )


def test_not_judged_counts_as_failed(window: Make) -> None:
    run = Run(threshold=rules("p99 < 1s", "max < 1s")).see(window(50))
    assert run.verdict.outcome is Outcome.NOT_JUDGED
    assert run.verdict.reason.startswith("1 threshold of 2 not judged: p99 could not be judged")


def test_all_kept_says_so_and_each_row_says_how_near_it_was(window: Make) -> None:
    run = Run(threshold=rules("max < 1s", "requests > 5")).see(window(50), window(0, final=True))
    assert run.verdict.outcome is Outcome.PASSED
    assert run.verdict.reason == "all 2 thresholds are kept"
    assert run.rows[0]["reason"] == "max 0.0125 s over the whole run (50 requests), limit 1 s"


def test_only_then_stop_stops_the_run(window: Make, caplog: Any) -> None:
    """The others are logged and marked, and fail it at its end."""
    run = Run(threshold=rules("max < 1ms within 1s", "max < 2ms within 1s then stop")).see(window(50))
    assert run.runner.stops == ["max 12.5 ms over the last 1 s (50 requests) is not below 2 ms"]
    assert [(source, kind) for source, kind, _ in run.marks] == [("failratio", "guard")] * 2
    assert "is not below 1 ms" in caplog.text


def test_a_broken_warning_leaves_the_run_doubtful(window: Make) -> None:
    run = Run(threshold=rules("max < 1ms then warn")).see(window(50), window(0, final=True))
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
def test_a_rule_about_failures_is_the_judge_of_them(rule: str, code: int) -> None:
    """Of all, not of some; and one that judges, not one that warns."""
    assert Run(threshold=rules(rule)).config.options.exit_code_on_error == code


def test_after_so_many_failures_the_run_ends_at_once(window: Make) -> None:
    """In the greenlet of the user whose request it was; the rule fails the run at its end."""
    run = Run(stop_after_failures=3)
    for _ in range(2):
        run.guard.loadhost_request_failure()
    with pytest.raises(StopTest, match="3 requests have failed"):
        run.guard.loadhost_request_failure()
    run.see(window(10, failures=3, final=True))
    assert run.verdict.outcome is Outcome.FAILED
    assert run.config.options.exit_code_on_error == 0


def test_on_a_master_the_sum_of_all_failures_ends_the_run(window: Make) -> None:
    run = Run(stop_after_failures=3)
    run.node = "master"
    run.begin()
    for _ in range(9):
        run.guard.loadhost_request_failure()
    run.see(window(10, failures=3))
    assert len(run.runner.stops) == 1


def test_rules_as_a_library_are_texts(window: Make) -> None:
    """Or rules; they stay for all runs of the process."""
    run = Run(thresholds=["max < 1ms", parse_threshold("requests > 5")]).see(window(50, final=True))
    assert [row["outcome"] for row in run.rows] == ["failed", "passed"]
    run.begin()
    assert [row["outcome"] for row in run.rows] == ["not judged", "not judged"]


def test_a_rule_that_is_written_twice_is_judged_once(window: Make) -> None:
    """On the command line and in a loadfile, say."""
    run = Run(threshold=rules("max < 1s", "max < 1s"), thresholds=["max < 1s"]).see(window(50, final=True))
    assert [row["source"] for row in run.rows] == ["--threshold"]


@pytest.mark.parametrize("value", ["p95 < 1s", 5, ["p95 < 1"], [5]])
def test_what_is_no_list_of_rules_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^thresholds"):
        FailRatio(value)


@pytest.mark.parametrize("number", [0, -3])
def test_no_number_of_failures(number: int) -> None:
    with pytest.raises(UsageError, match=f"--stop-after-failures {number} is no number of failures"):
        Run(stop_after_failures=number)


def test_the_status_shows_broken_rules_first(window: Make) -> None:
    run = Run(threshold=rules("requests > 5", "rps > 5", "min < 1s", "max < 1ms within 1s")).see(window(50))
    status = run.guard.loadhost_status()
    assert status is not None
    assert status.text.startswith("max 12.5 ms over the last 1 s (50 requests) is not below 1 ms; requests 50 over ")
    assert status.text.endswith("; and 1 more")
    assert status.figures["rps"] == 50.0
