"""The worst verdict wins, and gives the exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import Outcome, User, Verdict, constant, hookimpl, task

MakeRunner = Callable[..., Any]


class Waiting(User):
    abstract = True
    wait_time = constant(60)


class Idler(Waiting):
    @task
    def nothing(self) -> None:
        pass


class Fine(Waiting):
    tasks = [lambda user: user.environment.requests.record("GET", "/", 1.0)]


class Failing(Waiting):
    tasks = [lambda user: user.environment.requests.record("GET", "/", 1.0, exception="500")]


class Judge:
    """A plugin with a verdict."""

    def __init__(self, outcome: Any, reason: str = "the judge") -> None:
        self.answer: Any = Verdict(outcome, reason)

    @hookimpl
    def loadhost_verdict(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def judged(answer: Any) -> Judge:
    judge = Judge(Outcome.PASSED)
    judge.answer = answer
    return judge


@pytest.fixture
def outcome_of(make_runner: MakeRunner) -> Callable[..., Any]:
    """Runs one user of a class for a moment, with these plugins; gives the result."""

    def outcome_of(user_class: type[User], *plugins: Any, code_on_error: int | None = None, **quit_with: Any) -> Any:
        runner = make_runner(user_class, plugins=plugins)
        if code_on_error is not None:
            runner.environment.config.set_default("exit_code_on_error", code_on_error)
        runner.start(1, 100)
        gevent.sleep(0.02)
        runner.quit(**quit_with)
        assert runner.exit_code == runner.result.exit_code
        return runner.result

    return outcome_of


def test_a_run_without_failures_has_passed(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Fine)
    assert (result.outcome, result.exit_code, result.parts) == (Outcome.PASSED, 0, ())


def test_a_run_without_requests_is_doubtful(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Idler)
    assert (result.outcome, result.exit_code, result.verdict) == (Outcome.DOUBTFUL, 0, "no request was made")


def test_a_failed_request_gives_exit_code_1(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Failing)
    assert (result.outcome, result.exit_code) == (Outcome.REQUESTS_FAILED, 1)
    assert result.verdict == "1 of 1 requests failed"


def test_an_exception_in_a_task_counts_as_a_failure(make_runner: MakeRunner) -> None:
    class Only(Waiting):
        @task
        def nothing(self) -> None:
            raise RuntimeError("tripped")

    runner = make_runner(Only)
    runner.start(1, 100)
    gevent.sleep(0.02)
    runner.stop()
    assert (runner.result.outcome, runner.exit_code) == (Outcome.REQUESTS_FAILED, 1)


def test_exit_code_on_error_replaces_the_1(outcome_of: Callable[..., Any]) -> None:
    assert outcome_of(Failing, code_on_error=7).exit_code == 7


def test_with_exit_code_on_error_0_failures_are_no_finding(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Failing, code_on_error=0)
    assert (result.outcome, result.exit_code) == (Outcome.PASSED, 0)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_run_has_the_code_of_its_signal(outcome_of: Callable[..., Any], name: str, code: int) -> None:
    result = outcome_of(Fine, interrupted_by=name)
    assert (result.outcome, result.exit_code) == (Outcome.INTERRUPTED, code)
    assert (result.verdict, result.interrupted_by) == (f"interrupted by {name}", name)


def test_interrupted_is_worse_than_failed_requests(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Failing, interrupted_by="SIGINT")
    assert result.exit_code == 130
    assert [part.verdict.outcome for part in result.parts] == [Outcome.REQUESTS_FAILED, Outcome.INTERRUPTED]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.PASSED, 0),
        (Outcome.DOUBTFUL, 0),
        (Outcome.NOT_JUDGED, 3),
        (Outcome.FAILED, 3),
        (Outcome.UNFIT, 4),
        (Outcome.ERROR, 5),
    ],
)
def test_the_outcome_of_a_plugin_gives_the_exit_code(
    outcome_of: Callable[..., Any], outcome: Outcome, code: int
) -> None:
    result = outcome_of(Fine, Judge(outcome))
    assert (result.outcome, result.exit_code, result.verdict) == (outcome, code, "the judge")


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (Outcome.ERROR, Outcome.UNFIT),
        (Outcome.UNFIT, Outcome.FAILED),
        (Outcome.FAILED, Outcome.NOT_JUDGED),
        (Outcome.NOT_JUDGED, Outcome.DOUBTFUL),
        (Outcome.DOUBTFUL, Outcome.PASSED),
    ],
)
def test_the_worst_of_several_wins_whoever_came_first(
    outcome_of: Callable[..., Any], worse: Outcome, better: Outcome
) -> None:
    assert outcome_of(Fine, Judge(better), Judge(worse), Judge(better)).outcome is worse


def test_failed_is_worse_than_interrupted_though_its_number_is_lower(outcome_of: Callable[..., Any]) -> None:
    assert outcome_of(Fine, Judge(Outcome.FAILED), interrupted_by="SIGINT").exit_code == 3


def test_the_parts_name_who_gave_each_verdict(outcome_of: Callable[..., Any], loadhost_manager: Any) -> None:
    loadhost_manager.register(Judge(Outcome.FAILED, "too slow"), "guard")
    parts = outcome_of(Failing).parts
    assert [(part.plugin, part.verdict.outcome) for part in parts] == [
        ("loadhost", Outcome.REQUESTS_FAILED),
        ("guard", Outcome.FAILED),
    ]


def test_no_opinion_is_no_part(outcome_of: Callable[..., Any]) -> None:
    assert outcome_of(Fine, judged(None)).parts == ()


def test_a_verdict_that_raises_is_an_error_and_the_others_are_still_asked(outcome_of: Callable[..., Any]) -> None:
    result = outcome_of(Fine, judged(RuntimeError("no figures")), Judge(Outcome.FAILED, "too slow"))
    assert (result.outcome, result.exit_code) == (Outcome.ERROR, 5)
    assert "no figures" in result.verdict
    assert [part.verdict.reason for part in result.parts][1] == "too slow"


@pytest.mark.parametrize("answer", ["failed", True, Verdict("failed", "why")])  # type: ignore[arg-type]  # that's it
def test_an_answer_that_is_no_verdict_is_an_error(outcome_of: Callable[..., Any], answer: Any) -> None:
    result = outcome_of(Fine, judged(answer))
    assert (result.outcome, result.exit_code) == (Outcome.ERROR, 5)
    assert "is no Verdict(Outcome.FAILED, 'why')" in result.verdict
