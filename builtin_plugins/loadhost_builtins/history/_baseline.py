"""--baseline and --max-regression: a run judged by earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadhost import Outcome, Verdict

from loadhost_builtins._texts import clean
from loadhost_builtins._tones import quantity as shown
from loadhost_builtins.history._comparing import Key, Measured, compare
from loadhost_builtins.history._comparison import NOT_JUDGED, Comparison, Difference
from loadhost_builtins.history._database import HistoryError
from loadhost_builtins.history._measuring import measured, unlike
from loadhost_builtins.history._quantities import RATIO
from loadhost_builtins.history._reader import Reader, reading
from loadhost_builtins.history._records import Run
from loadhost_builtins.history._rules import RegressionRule

SOURCE = "--max-regression"


@dataclass(frozen=True)
class Judged:
    """One rule on one name. `difference` is None if there was nothing to compare."""

    rule: RegressionRule
    key: Key
    outcome: Outcome
    reason: str
    difference: Difference | None = None


def verdict(path: Path, run_id: str, baselines: Sequence[str], rules: Sequence[RegressionRule]) -> Verdict:
    """What becomes of the run. Reads files and takes a while: for the background thread."""
    try:
        with reading(path) as reader:
            after = reader.run(run_id)
            before = _baseline(reader, baselines, after)
            if not before:
                return _nothing_to_judge_by(baselines, rules, path)
            found = _judge([measured(reader, run) for run in before], measured(reader, after), rules)
    except HistoryError as error:
        return _refused(rules, str(error))
    return _verdict(found, before, after)


def unkept(rules: Sequence[RegressionRule], reason: str) -> Verdict:
    """The verdict on a run that is not in the history."""
    return _refused(rules, f"this run could not be kept: {reason}")


def _baseline(reader: Reader, baselines: Sequence[str], after: Run) -> list[Run]:
    """The runs to compare with; [] if the history has none for these words. "last" is the last sound run of the same
    loadfile: one that failed, was killed or not fit would make the next one look good."""
    runs: list[Run] = []

    def same(run: Run) -> bool:
        return run.is_sound and run.loadfiles == after.loadfiles

    for text in baselines:
        is_id = not text.startswith(("last", "tag:"))
        try:
            runs += reader.several(text, before=after.id, fits=same if text.startswith("last") else _sound)
        except HistoryError:
            if is_id:
                raise
    return list({run.number: run for run in runs}.values())


def _sound(run: Run) -> bool:
    return run.is_sound


def _judge(before: Sequence[Measured], after: Measured, rules: Sequence[RegressionRule]) -> list[Judged]:
    known = sorted({key for run in (*before, after) for key in run.rows})
    chosen = {rule: rule.keys(known) for rule in rules}
    keys = sorted({key for each in chosen.values() for key in each})
    quantities = list({rule.quantity: None for rule in rules})
    comparison = compare(before, after, quantities=quantities, only=keys) if keys else None
    found = []
    for rule, names in chosen.items():
        found += [_of(rule, key, comparison) for key in names if comparison is not None]
        if not names:
            found.append(Judged(rule, ("", ""), Outcome.NOT_JUDGED, "no request has this name and method"))
    return found


def _of(rule: RegressionRule, key: Key, comparison: Comparison) -> Judged:
    row = next(row for row in comparison.rows if (row.name, row.method) == key)
    found = next(each for each in row.differences if each.quantity == rule.quantity.name)
    subject = (
        rule.quantity.name if rule.name is None and rule.method is None else f"{rule.quantity.name} of {clean(key[0])}"
    )
    if found.verdict == NOT_JUDGED or found.change is None or found.low is None or found.high is None:
        return Judged(rule, key, Outcome.NOT_JUDGED, f"{subject} could not be judged: {found.reason}", found)
    sign = -1 if rule.quantity.more_is_better else 1
    is_sure = min(sign * found.low, sign * found.high) > 0
    is_more = sign * found.change > rule.limit
    outcome = Outcome.FAILED if is_more and is_sure else Outcome.PASSED
    figures = f"{subject} was {shown(found.after, found.unit)}, baseline {shown(found.before, found.unit)}"
    points = " points" if rule.quantity.kind == RATIO else ""
    reason = f"{figures}: {_change(found)}, allowed {100 * rule.limit:.6g} %{points} worse"
    if is_more and not is_sure:
        reason += "; so much could be chance"
    return Judged(rule, key, outcome, reason, found)


def _change(found: Difference) -> str:
    change, low, high = (
        f"{100 * value:+.1f} %" for value in (found.change, found.low, found.high) if value is not None
    )
    return f"{change} ({low} to {high})"


def _verdict(found: Sequence[Judged], before: Sequence[Run], after: Run) -> Verdict:
    baseline = ", ".join(run.id for run in before)
    worst = max(found, key=lambda each: each.outcome.severity)
    notes = unlike(before, after)
    reason = f"{worst.reason}; baseline {baseline}" + "".join(f"; {note}" for note in notes[:2])
    evidence = {
        "thresholds": [_row(each, baseline) for each in found],
        "baseline": [run.id for run in before],
        "notes": notes,
    }
    return Verdict(worst.outcome, reason, evidence)


def _row(judged: Judged, baseline: str) -> dict[str, Any]:
    """A row of the evidence; see docs/hooks.md, `loadhost_verdict`."""
    rule, found = judged.rule, judged.difference
    limit = None
    if found is not None and found.before is not None:
        sign = -1 if rule.quantity.more_is_better else 1
        limit = found.before + rule.limit if rule.quantity.kind == RATIO else found.before * (1 + sign * rule.limit)
    several = rule.name is not None and rule.method is None and judged.key[1]
    text = f"{rule} over {baseline}" if not several else f"{rule} over {baseline} ({judged.key[1]})"
    return {
        "rule": text,
        "outcome": judged.outcome.value,
        "observed": None if found is None else found.after,
        "limit": limit,
        "unit": rule.quantity.unit,
        "reason": judged.reason,
        "tripped_at_s": None,
        "source": SOURCE,
    }


def _nothing_to_judge_by(baselines: Sequence[str], rules: Sequence[RegressionRule], path: Path) -> Verdict:
    text = ", ".join(baselines)
    tags = [each[4:] for each in baselines if each.startswith("tag:")]
    how = f"make one: loadhost run ... --run-tag {tags[0]}" if tags else "this run can be the next one's"
    return _refused(rules, f"there is no baseline {text} yet in {path} (a run that was not found wanting); {how}")


def _refused(rules: Sequence[RegressionRule], reason: str) -> Verdict:
    rows = [_row(Judged(rule, ("", ""), Outcome.NOT_JUDGED, reason), "the baseline") for rule in rules]
    return Verdict(Outcome.NOT_JUDGED, reason, {"thresholds": rows})
