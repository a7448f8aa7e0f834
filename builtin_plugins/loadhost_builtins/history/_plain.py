"""Runs of the history as plain data: what --json writes."""

from __future__ import annotations

from typing import Any

from loadhost_hookspecs import EntryFigures

from loadhost_builtins.history._records import Run

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def plain_line(run: Run) -> dict[str, Any]:
    """A run in the list."""
    total = run.total
    known = total is not None and total.requests > 0
    return {
        "id": run.id,
        "started_s": run.started_s,
        "ended_s": run.ended_s,
        "duration_s": run.duration_s,
        "state": run.state,
        "exit_code": run.exit_code,
        "verdict": run.verdict,
        "users": run.users,
        "requests": total.requests if total else 0,
        "fail_ratio": total.fail_ratio if total and known else None,
        "p95_ms": round(total.response_times.percentile(0.95), 3) if total and known else None,
        "tags": list(run.tags),
    }


def plain_run(run: Run) -> dict[str, Any]:
    """One run in full."""
    seconds = run.counted_s
    return {
        **plain_line(run),
        "counted_s": seconds,
        "stop_reason": run.stop_reason,
        "loadhost": run.version,
        "command": run.command,
        "parts": [dict(part) for part in run.parts],
        "totals": None if run.total is None else _figures(run.total, seconds),
        "entries": [
            {"name": name, "method": method, **_figures(entry, seconds)}
            for (name, method), entry in sorted(run.entries.items())
        ],
        "options": {name: {"value": value, "source": source} for name, (value, source) in run.options.items()},
    }


def _figures(entry: EntryFigures, seconds: float) -> dict[str, Any]:
    times = entry.response_times
    shown = {"min": times.min, "avg": times.mean, "max": times.max}
    shown |= {name: times.percentile(quantile) for name, quantile in _PERCENTILES.items()}
    return {
        "requests": entry.requests,
        "failures": entry.failures,
        "fail_ratio": entry.fail_ratio if entry.requests else None,
        "rps": entry.requests / seconds if seconds > 0 else None,
        "bytes": entry.bytes,
        "response_time_ms": {name: round(value, 3) if times.count else None for name, value in shown.items()},
    }
