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
    [row] = part["evidence"]["thresholds"]
    assert (row["rule"], row["outcome"]) == ("fail_ratio <= 20% within 10s, then stop", "failed")
    assert (row["observed"], row["limit"], row["unit"], row["source"]) == (1.0, 0.2, "ratio", "--fail-ratio")


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


def test_rules_come_from_the_command_line_the_file_a_variable_and_the_loadfile(loadhost_run: Any) -> None:
    """Those of the loadfile always count; of the others the nearest to the person does."""
    loadfile = WELL.replace("class Shopper", "thresholds = ['avg < 1s']\n\nclass Shopper")
    (loadhost_run.folder / "loadhost.toml").write_text('threshold = ["p50 < 1s", "max < 9s then stop"]\n')
    rules = []
    for arguments, env in (
        ((), {}),
        ((), {"LOADHOST_THRESHOLD": "min < 1s, then stop; requests > 1"}),
        (("--threshold", "p95 < 2s"), {"LOADHOST_THRESHOLD": "min < 1s"}),
    ):
        outcome = loadhost_run(loadfile, *arguments, users=5, spawn_rate=50, run_time=1.2, env=env)
        assert outcome.exit_code == 0
        [part] = [part for part in outcome.report["verdict"]["parts"] if part["plugin"] == "failratio"]
        rules.append([row["rule"] for row in part["evidence"]["thresholds"]])
    assert rules == [
        ["p50 < 1s", "max < 9s then stop", "avg < 1s"],
        ["min < 1s then stop", "requests > 1", "avg < 1s"],
        ["p95 < 2s", "avg < 1s"],
    ]


def test_a_rule_that_is_none_is_refused_before_anything_runs(loadhost_run: Any) -> None:
    """On the command line and in the loadfile: one line that points at the character, exit code 2."""
    outcome = loadhost_run(WELL, "--threshold", "p95 << 300ms", run_time=1)
    assert (outcome.exit_code, outcome.report) == (2, None)
    assert outcome.stderr.strip() == (
        "loadhost: error: --threshold: 'p95 << 300ms' is not a rule: at character 6, '<': "
        "expected a number, such as 300ms"
    )
    outcome = loadhost_run(WELL + "\nthresholds = ['p95 < 3']\n", run_time=1)
    assert (outcome.exit_code, outcome.report) == (2, None)
    assert "thresholds: 'p95 < 3' is not a rule: at character 7, '3': a time has a unit" in outcome.stderr


def test_a_plugin_or_a_hook_of_the_loadfile_may_add_rules(loadhost_run: Any) -> None:
    """With the public function, once the environment is there."""
    hook = """
from loadhost import hookimpl
from loadhost_failratio import add_threshold

@hookimpl
def loadhost_init(environment):
    add_threshold(environment, "max < 1us then stop")
"""
    outcome = loadhost_run(WELL + hook, users=5, spawn_rate=50, run_time=20)
    assert outcome.exit_code == 3
    assert outcome.report["run"]["duration_s"] < 15
    assert [mark["kind"] for mark in outcome.report["marks"]] == ["start", "load", "guard", "stop"]


def test_a_run_of_so_many_failures_is_stopped_at_once(loadhost_run: Any) -> None:
    """Not a second later: users that were under way may add a few."""
    outcome = loadhost_run(BROKEN, "--stop-after-failures", "10", users=5, spawn_rate=50, run_time=20)
    assert (outcome.exit_code, outcome.verdict) == (3, "failed")
    assert outcome.report["run"]["stop_reason"] == "10 requests have failed (--stop-after-failures)"
    assert 10 <= outcome.report["totals"]["failures"] < 20
