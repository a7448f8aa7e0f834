"""What a run was judged by, as test cases: each rule, the instrument, and what other plugins had to say."""

from __future__ import annotations

from dataclasses import dataclass

from loadhost import Outcome, RunResult
from loadhost_hookspecs import VerdictPart

from loadhost_builtins._threshold_rows import threshold_rows

THRESHOLDS, INSTRUMENT, VERDICT = "thresholds", "instrument", "verdict"
_INSTRUMENT_NAME = "the load generator was fit to measure"
_RUN_NAME = "the run came to its end"


@dataclass(frozen=True)
class Case:
    """One test case; `group` makes its class name."""

    group: str
    name: str
    outcome: Outcome
    reason: str

    @property
    def broken(self) -> bool:
        """Whether it fails the build: passed and doubtful don't."""
        return self.outcome not in (Outcome.PASSED, Outcome.DOUBTFUL)


def cases(result: RunResult) -> list[Case]:
    """All of them, at least one. Some case is broken if, and only if, the verdict is."""
    rows = threshold_rows(result)
    found = [Case(THRESHOLDS, row.rule, row.outcome, row.reason) for row in rows]
    by_rules = {row.plugin: row.outcome for row in sorted(rows, key=lambda row: row.outcome.severity)}
    for part in result.parts:
        worst_rule = by_rules.get(part.plugin)
        if worst_rule is None or part.verdict.outcome.severity > worst_rule.severity:
            found.append(_of(part))
    if not any(case.broken for case in found):
        reason = result.verdict or result.stop_reason or ""
        found.append(Case(VERDICT, _RUN_NAME, result.outcome, reason))
    return found


def _of(part: VerdictPart) -> Case:
    if part.plugin == "machine":
        return Case(INSTRUMENT, _INSTRUMENT_NAME, part.verdict.outcome, part.verdict.reason)
    return Case(VERDICT, part.plugin, part.verdict.outcome, part.verdict.reason)
