"""The guard in whole runs, installed as it is for its users."""

from __future__ import annotations

from typing import Any

SHOP = """
from loadhost import User, constant, task

class Shopper(User):
    wait_time = constant(0.02)

    @task
    def browse(self):
        self.environment.requests.record("GET", "/", 5.0, 10, exception={exception})
"""
BROKEN = SHOP.format(exception='"500 Server Error"')
WELL = SHOP.format(exception="None")


def test_installing_it_is_all_it_takes(loadhost_run: Any) -> None:
    """No -p, no import: the entry point is found, and the options are in the help."""
    assert "failratio" in loadhost_run.command("plugins").stdout
    assert "--fail-ratio-min-requests" in loadhost_run.command("run", "--help", env={"COLUMNS": "200"}).stdout


def test_a_service_that_fails_ends_the_run_early_with_exit_code_3(loadhost_run: Any) -> None:
    """The reason is in the log, in the report and in the last line."""
    outcome = loadhost_run(BROKEN, "--fail-ratio", "0.2", users=5, spawn_rate=50, run_time=30)
    assert outcome.exit_code == 3
    report = outcome.report
    assert report["run"]["duration_s"] < 15
    assert report["verdict"]["outcome"] == "failed"
    assert report["run"]["stop_reason"].startswith("fail ratio 100.0 % over the last ")
    assert report["run"]["stop_reason"].endswith(" is above 20 %")
    assert f"{report['run']['stop_reason']}: stopping the run" in outcome.stderr
    verdict_line = f"Verdict: failed, exit code 3: {report['run']['stop_reason']}"
    assert outcome.stdout.splitlines()[-1] == verdict_line


def test_the_evidence_is_in_the_report(loadhost_run: Any) -> None:
    """As figures, not only as text."""
    outcome = loadhost_run(BROKEN, "--fail-ratio=20%", users=5, spawn_rate=50, run_time=30)
    part = next(part for part in outcome.report["verdict"]["parts"] if part["plugin"] == "failratio")
    assert part["evidence"]["fail_ratio"] == 1.0
    assert part["evidence"]["limit"] == 0.2


def test_a_service_that_works_passes(loadhost_run: Any) -> None:
    """With the highest ratio as the verdict's reason."""
    outcome = loadhost_run(WELL, "--fail-ratio", "0.2", users=5, spawn_rate=50, run_time=2)
    assert (outcome.exit_code, outcome.verdict) == (0, "passed")
    assert "failratio says passed: highest fail ratio 0.0 % over the last" in outcome.stdout


def test_failures_below_the_limit_are_no_failure_of_the_run(loadhost_run: Any) -> None:
    """--exit-code-on-error is 0 by default when the rule is the judge."""
    assert loadhost_run(BROKEN, "--fail-ratio", "1", users=5, run_time=2).exit_code == 0
    assert loadhost_run(BROKEN, users=5, run_time=2).exit_code == 1


def test_a_run_too_short_to_be_judged_counts_as_failed(loadhost_run: Any) -> None:
    """And says what to do about it."""
    outcome = loadhost_run(WELL, "--fail-ratio=0.2", "--fail-ratio-min-requests=1000000", users=1, run_time=2)
    assert (outcome.exit_code, outcome.verdict) == (3, "not judged")
    assert "lower --fail-ratio-min-requests or widen --fail-ratio-window" in outcome.stdout.splitlines()[-1]


def test_a_bad_setting_is_refused_before_anything_runs(loadhost_run: Any) -> None:
    """Exit code 2, one line."""
    outcome = loadhost_run(WELL, "--fail-ratio=0.2", "--fail-ratio-window=100ms", run_time=1)
    assert outcome.exit_code == 2
    assert "--fail-ratio-window 0.1s is too short" in outcome.stderr
    assert outcome.report is None


def test_blocking_it_takes_its_options_away(loadhost_run: Any) -> None:
    """-p no:failratio; an unknown option is an error."""
    outcome = loadhost_run(WELL, "--fail-ratio=0.2", "-p", "no:failratio", run_time=1)
    assert outcome.exit_code == 2


def test_a_second_run_of_the_same_process_is_guarded_too(loadhost_manager: Any) -> None:
    """Stop ends the run, not the process, and the guard is armed again."""
    import gevent
    from loadhost import Environment, User, constant, task
    from loadhost_failratio import FailRatio

    class Failing(User):
        wait_time = constant(0.01)

        @task
        def fail(self) -> None:
            self.environment.requests.record("GET", "/", 1.0, exception="no")

    loadhost_manager.register(FailRatio, "failratio")
    environment = Environment(user_classes=[Failing], plugin_manager=loadhost_manager)
    environment.config.options.fail_ratio = 0.5
    runner = environment.create_local_runner()
    for _ in range(2):
        runner.start(5, 100)
        with gevent.Timeout(20):
            while runner.state != "stopped":
                gevent.sleep(0.05)
        assert runner.result is not None
        assert runner.result.outcome.value == "failed"
    runner.quit()
