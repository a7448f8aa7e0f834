"""The top of the page: the verdict, who said what, the figures at a glance, and the rules one by one."""

from __future__ import annotations

from typing import Any

from loadhost import RunResult

from loadhost_builtins._texts import clean, clock, count, milliseconds, percent, plural, rate
from loadhost_builtins._threshold_rows import ThresholdRow, threshold_rows
from loadhost_builtins._tones import quantity, tone

_GAUGE = 100


def verdict_section(result: RunResult) -> dict[str, Any]:
    """Outcome, reason, exit code, and every part of it, the worst first."""
    return {
        "outcome": result.outcome.value,
        "tone": tone(result.outcome),
        "exit_code": result.exit_code,
        "reason": clean(result.verdict) or _nothing_wrong(result),
        "went": _how_it_went(result),
        "parts": [
            {
                "plugin": clean(part.plugin),
                "outcome": part.verdict.outcome.value,
                "tone": tone(part.verdict.outcome),
                "reason": clean(part.verdict.reason),
            }
            for part in sorted(result.parts, key=lambda part: -part.verdict.outcome.severity)
        ],
    }


def tiles(result: RunResult) -> list[dict[str, str]]:
    """The figures that everybody asks for first."""
    totals, seconds = result.totals, result.counted_s
    times, known = totals.response_times, totals.requests > 0
    found = [
        _tile("Requests", count(totals.requests)),
        _tile("Per second", rate(totals.requests / seconds) if seconds > 0 else "-"),
        _tile("Failed", percent(totals.fail_ratio) if known else "-", tone="bad" if totals.failures else ""),
        *(_tile(name, _ms(times.percentile(share)) if known else "-", "ms" if known else "")
          for name, share in (("Median", 0.5), ("p95", 0.95), ("p99", 0.99))),
        _tile("Users at the peak", count(result.user_count)),
    ]  # fmt: skip
    dropped = result.instrument.dropped_arrivals if result.instrument else 0
    if dropped:
        found.append(_tile("Arrivals dropped", count(dropped), tone="bad"))
    return found


def thresholds_section(result: RunResult) -> list[dict[str, Any]]:
    """Every rule that somebody judged by."""
    return [_threshold(row, result) for row in threshold_rows(result)]


def _threshold(row: ThresholdRow, result: RunResult) -> dict[str, Any]:
    tripped = "" if row.tripped_at_s is None else clock(row.tripped_at_s - result.started_s)
    return {
        "rule": clean(row.rule),
        "outcome": row.outcome.value,
        "tone": tone(row.outcome),
        "observed": quantity(row.observed, clean(row.unit)),
        "limit": quantity(row.limit, clean(row.unit)),
        "reason": clean(row.reason),
        "source": clean(row.source or row.plugin),
        "tripped": tripped,
        "gauge": _gauge(row),
    }


def _gauge(row: ThresholdRow) -> dict[str, float] | None:
    """Where observed and limit lie on a scale of 100; None if there is nothing to draw."""
    if row.observed is None or row.limit is None or row.observed < 0 or row.limit < 0:
        return None
    whole = max(row.observed, row.limit * 1.25)
    if whole <= 0:
        return None
    return {"fill": round(_GAUGE * row.observed / whole, 2), "limit": round(_GAUGE * row.limit / whole, 2)}


def _nothing_wrong(result: RunResult) -> str:
    reasons = [clean(part.verdict.reason) for part in result.parts if part.verdict.reason]
    return reasons[0] if len(reasons) == 1 else "No rule was broken, and no request failed."


def _how_it_went(result: RunResult) -> str:
    line = f"{clock(result.duration_s)} with {plural(result.user_count, 'user')}"
    return f"{line}; ended by: {clean(result.stop_reason)}" if result.stop_reason else line


def _tile(name: str, value: str, unit: str = "", tone: str = "") -> dict[str, str]:
    return {"name": name, "value": value, "unit": unit, "tone": tone}


def _ms(value: float) -> str:
    return milliseconds(value, 2 if value < 10 else 1 if value < 100 else 0)
