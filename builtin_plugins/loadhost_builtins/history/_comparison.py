"""What a comparison comes to: a verdict for each figure of each name, for each name, and for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WORSE, BETTER, SAME, NOT_JUDGED = "worse", "better", "no difference shown", "not judged"


@dataclass(frozen=True)
class Difference:
    """One figure before and after. `before` is the mean of several runs, if there are several (a geometric one for
    times and rates). `change`, `low`, `high`: the difference and its interval, as a part of `before` (0.1 is 10 %
    more), of a fail ratio after - before. `reason`: why it is not judged."""

    quantity: str
    unit: str
    before: float | None
    after: float | None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = NOT_JUDGED
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One name, or all requests (method "" and the name "Aggregated")."""

    name: str
    method: str
    requests_before: int
    requests_after: int
    differences: tuple[Difference, ...]

    @property
    def verdict(self) -> str:
        """Worse if one of its figures is, else better if one is."""
        return overall(difference.verdict for difference in self.differences)


@dataclass(frozen=True)
class Comparison:
    """Runs set side by side. `block_s`: how long the blocks were that windows were drawn in, for each run; `spread`:
    how much runs of the same differ, as a part, as it was assumed or found; `notes`: what else is to be known."""

    before: tuple[str, ...]
    after: str
    min_difference: float
    rows: tuple[Row, ...]
    resamples: int
    block_s: tuple[float, ...]
    spread: float
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Worse if one row is, else better if one is."""
        return overall(row.verdict for row in self.rows)

    def to_plain(self) -> dict[str, Any]:
        """For JSON; docs/history.md describes it."""
        return {
            "schema": "loadhost.comparison",
            "version": 1,
            "before": list(self.before),
            "after": self.after,
            "verdict": self.verdict,
            "min_difference": self.min_difference,
            "spread": self.spread,
            "resamples": self.resamples,
            "block_s": list(self.block_s),
            "notes": list(self.notes),
            "rows": [_plain_row(row) for row in self.rows],
        }


def overall(verdicts: Iterable[str]) -> str:
    """The verdict on several: what is worse counts more than what is better."""
    found = set(verdicts)
    return next((verdict for verdict in (WORSE, BETTER, SAME) if verdict in found), NOT_JUDGED)


def _plain_row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "method": row.method,
        "verdict": row.verdict,
        "requests": {"before": row.requests_before, "after": row.requests_after},
        "figures": [{**vars(difference)} for difference in row.differences],
    }
