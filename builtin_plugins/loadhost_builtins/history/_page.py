"""The page of `loadhost compare --html`: the verdict, the runs, the differences with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadhost_builtins._texts import clean, clock, count
from loadhost_builtins._tones import BAD, DOUBT, GOOD, quantity
from loadhost_builtins.history._comparison import BETTER, SAME, WORSE, Comparison, Difference, Row
from loadhost_builtins.history._records import Run
from loadhost_builtins.history._tables import explained, interval, judgement, local_time, signed
from loadhost_builtins.pages import render_page

_TONES = {WORSE: BAD, BETTER: GOOD, SAME: GOOD}


def comparison_page(comparison: Comparison, runs: Sequence[Run]) -> str:
    """The page, whole. `runs`: those before, then the one after."""
    return render_page(
        "history/compare.html",
        title=f"{comparison.verdict}: loadhost compare {comparison.after}",
        script="",
        data={},
        verdict=comparison.verdict,
        tone=_TONES.get(comparison.verdict, DOUBT),
        explained=explained(comparison),
        notes=[clean(note) for note in comparison.notes],
        runs=[_run(run, "after" if run is runs[-1] else "before") for run in runs],
        rows=[cell for row in comparison.rows for cell in _rows(row, comparison.min_difference)],
    )


def _run(run: Run, role: str) -> dict[str, str]:
    return {
        "role": role,
        "id": run.id,
        "state": run.state,
        "tone": GOOD if run.state == "passed" else DOUBT if run.is_sound else BAD,
        "when": local_time(run.started_s),
        "duration": clock(run.duration_s),
        "users": count(run.users),
        "requests": count(run.total.requests if run.total else 0),
        "tags": clean(", ".join(run.tags)),
        "command": clean(run.command),
    }


def _rows(row: Row, min_difference: float) -> list[dict[str, Any]]:
    name = "All requests" if not row.method and row.name == "Aggregated" else clean(row.name)
    return [
        {
            "name": name,
            "method": clean(row.method),
            "quantity": difference.quantity,
            "before": quantity(difference.before, difference.unit),
            "after": quantity(difference.after, difference.unit),
            "change": signed(difference.change, difference),
            "sort": 0 if difference.change is None else difference.change,
            "interval": interval(difference),
            "verdict": judgement(difference),
            "tone": _tone(difference),
            "drawn": _drawn(difference, min_difference),
        }
        for difference in row.differences
    ]


def _tone(difference: Difference) -> str:
    return {WORSE: BAD, BETTER: GOOD}.get(difference.verdict, "")


def _drawn(difference: Difference, min_difference: float) -> dict[str, float] | None:
    """Where the interval lies on a scale of 100, 0 in the middle; None if there is nothing to draw."""
    if difference.change is None or difference.low is None or difference.high is None:
        return None
    span = max(abs(difference.low), abs(difference.high), 2 * min_difference)
    low, change, high = (50 + 48 * value / span for value in (difference.low, difference.change, difference.high))
    return {"low": round(low, 2), "width": round(max(high - low, 0.5), 2), "change": round(change, 2)}
