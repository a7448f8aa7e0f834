"""The rules that a run was judged by, one by one: read from the evidence of whoever judged, for all reports alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadhost import Outcome, RunResult

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True)
class ThresholdRow:
    """One rule and what became of it; docs/hooks.md describes the fields under `loadhost_verdict`.

    `plugin`: who judged. `observed` and `limit` are in `unit` ("ms", "ratio", "per_s" or ""), None if not known.
    """

    plugin: str
    rule: str
    outcome: Outcome
    reason: str
    observed: float | None
    limit: float | None
    unit: str
    tripped_at_s: float | None
    source: str


def threshold_rows(result: RunResult) -> list[ThresholdRow]:
    """The rows of all plugins, in the order in which they answered. What is no row is left out: a plugin's slip must
    not take the report away."""
    return [row for part in result.parts for row in _rows(part.plugin, part.verdict.evidence)]


def _rows(plugin: str, evidence: Mapping[str, Any]) -> Iterator[ThresholdRow]:
    rows = evidence.get("thresholds") if isinstance(evidence, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
        return
    for row in rows:
        if isinstance(row, Mapping) and row.get("rule") and row.get("outcome") in _OUTCOMES:
            yield ThresholdRow(
                plugin=plugin,
                rule=str(row["rule"]),
                outcome=_OUTCOMES[row["outcome"]],
                reason=str(row.get("reason") or ""),
                observed=_number(row.get("observed")),
                limit=_number(row.get("limit")),
                unit=str(row.get("unit") or ""),
                tripped_at_s=_number(row.get("tripped_at_s")),
                source=str(row.get("source") or ""),
            )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
