"""The verdict on a run: the core's own findings and those of plugins, the worst of which wins."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace

from loadhost_hookspecs import Environment, Outcome, RunResult, Verdict, VerdictPart

from loadhost._plugins.refs import Answer
from loadhost._running.deadline import with_deadline

EXIT_ERROR = 5

_EXIT_CODES = {
    Outcome.PASSED: 0,
    Outcome.DOUBTFUL: 0,
    Outcome.NOT_JUDGED: 3,
    Outcome.FAILED: 3,
    Outcome.UNFIT: 4,
    Outcome.ERROR: EXIT_ERROR,
}


def judge(environment: Environment, result: RunResult) -> RunResult:
    """The result with its verdict filled in: every plugin is asked, the failure of one becomes an error."""
    code_on_error = int(getattr(environment.parsed_options, "exit_code_on_error", 1))
    parts = [VerdictPart("loadhost", verdict) for verdict in _own_findings(result, code_on_error)]
    answers: list[Answer] = []
    with_deadline(lambda: answers.extend(environment.plugin_manager.ask_isolated("loadhost_verdict", result=result)))
    parts += [VerdictPart(plugin.name, _verdict_from(answer)) for plugin, answer in answers]
    worst = _worst(parts)
    return replace(
        result,
        outcome=worst.outcome,
        exit_code=_exit_code(worst.outcome, result, code_on_error),
        verdict=worst.reason,
        parts=tuple(parts),
    )


def _verdict_from(answer: object) -> Verdict:
    if isinstance(answer, Verdict) and isinstance(answer.outcome, Outcome):
        return answer
    if isinstance(answer, BaseException):
        return Verdict(Outcome.ERROR, f"its verdict could not be had: {str(answer) or type(answer).__name__}")
    return Verdict(Outcome.ERROR, f"its verdict could not be had: {answer!r} is no Verdict(Outcome.FAILED, 'why')")


def _own_findings(result: RunResult, code_on_error: int) -> list[Verdict]:
    findings = []
    failures, exceptions = result.totals.failures, sum(row.count for row in result.exceptions)
    # With --exit-code-on-error 0, or a rule about failures that is the judge instead, they are no finding.
    if code_on_error and (failures or exceptions):
        of_requests = f"{failures} of {result.totals.requests} requests failed"
        findings.append(
            Verdict(
                Outcome.REQUESTS_FAILED,
                f"{of_requests}, {exceptions} exceptions in tasks" if exceptions else of_requests,
                {"requests": result.totals.requests, "failures": failures, "exceptions": exceptions},
            )
        )
    if result.interrupted_by:
        findings.append(Verdict(Outcome.INTERRUPTED, f"interrupted by {result.interrupted_by}"))
    if not result.totals.requests and not result.interrupted_by:
        findings.append(Verdict(Outcome.DOUBTFUL, "no request was made"))
    return findings


def _worst(parts: Sequence[VerdictPart]) -> Verdict:
    return max((part.verdict for part in parts), key=lambda v: v.outcome.severity, default=Verdict(Outcome.PASSED, ""))


def _exit_code(outcome: Outcome, result: RunResult, code_on_error: int) -> int:
    if outcome is Outcome.REQUESTS_FAILED:
        return code_on_error
    if outcome is Outcome.INTERRUPTED:
        return 128 + signal.Signals[result.interrupted_by or "SIGINT"].value
    return _EXIT_CODES[outcome]
