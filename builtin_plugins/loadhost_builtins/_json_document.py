"""The report as plain data: schema "loadhost.report", version 1. Later versions only add keys.

Times in ms where the key says so, `_s` seconds, epoch seconds UTC, ratios 0..1. What was not measured (the percentiles
of no requests) is null. Text is as it came; whoever shows it escapes it.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence, Set
from typing import Any

import loadhost
from loadhost import RunResult, StatsWindow
from loadhost_hookspecs import EntryFigures, HistogramView, MetricFigures, PluginHealth, VerdictPart

SCHEMA, VERSION = "loadhost.report", 1
RELATIVE_ERROR = 0.008
"""How far a percentile may be from the truth; min, avg and max are exact."""

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_WINDOW_PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_LAG_PERCENTILES = {"p50": 0.5, "p99": 0.99}
_LAG_KEYS = ("min", "avg", "max", *_LAG_PERCENTILES)


def document(result: RunResult) -> dict[str, Any]:
    """The whole report; nothing in it but dicts with text keys, lists, text, numbers, booleans and None."""
    seconds = result.counted_s
    report = {
        "schema": SCHEMA,
        "version": VERSION,
        "run": _run(result),
        "verdict": {
            "outcome": result.outcome.value,
            "exit_code": result.exit_code,
            "reason": result.verdict,
            "parts": [_part(part) for part in result.parts],
        },
        "relative_error": RELATIVE_ERROR,
        "totals": _figures(result.totals, seconds),
        "entries": [
            {"name": entry.name, "method": entry.method, **_figures(entry, seconds)} for entry in result.entries
        ],
        "failures": [
            {
                "name": failure.name,
                "method": failure.method,
                "error": failure.error,
                "count": failure.count,
                "first_s": failure.first_s,
                "last_s": failure.last_s,
            }
            for failure in result.failures
        ],
        "exceptions": [
            {
                "user_class": exception.user_class,
                "message": exception.message,
                "traceback": exception.traceback,
                "count": exception.count,
                "nodes": exception.nodes,
            }
            for exception in result.exceptions
        ],
        "windows": [_window(window) for window in result.windows],
        "marks": [
            {"time_s": mark.time_s, "source": mark.source, "kind": mark.kind, "text": mark.text}
            for mark in result.marks
        ],
        "metrics": [_metric(metric) for metric in result.metrics],
        "instrument": _instrument(result),
        "workers": [],
        "plugins": [_plugin(plugin) for plugin in result.plugins],
        "statuses": [
            {"plugin": status.plugin, "text": status.status.text, "figures": status.status.figures}
            for status in result.statuses
        ],
        "options": {name: {"value": value, "source": source} for name, (value, source) in result.options.items()},
    }
    plain = to_plain(report)
    assert isinstance(plain, dict)
    return plain


def _instrument(result: RunResult) -> dict[str, Any]:
    """What the load generator says of itself.

    `lag_ms`: how long responses lay in this process before the user read them; of `kernel_clock_share` (0..1) of all
    requests, whose times are by the kernel's clock. `schedule_lag_ms`: how late iterations began, of those that had a
    time at which they were due. `dropped_arrivals`: how many arrivals began no iteration. `capped`: {what: how often}.
    `stepwise`: how often requests waited for a new connection or for a redirect. `machine`: the figures of the plugin
    of that name, as docs/instrument.md has them; empty without it.
    """
    instrument = result.instrument
    if instrument is None:
        return {}
    requests, lag, late = result.totals.requests, instrument.lag, instrument.schedule_lag
    return {
        "lag_ms": _times(lag, _LAG_PERCENTILES),
        "kernel_clock_share": min(lag.count / requests, 1.0) if requests else None,
        "schedule_lag_ms": dict.fromkeys(_LAG_KEYS) if late is None else _times(late, _LAG_PERCENTILES),
        "iterations_due": 0 if late is None else late.count,
        "dropped_arrivals": instrument.dropped_arrivals,
        "capped": instrument.capped,
        "stepwise": instrument.stepwise,
        "machine": next((row.status.figures for row in result.statuses if row.plugin == "machine"), {}),
    }


def to_plain(value: Any) -> Any:
    """`value` as JSON can hold it: what is not finite is None, what JSON has no word for is its text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [to_plain(item) for item in value]
    if isinstance(value, Set):
        return sorted((to_plain(item) for item in value), key=str)
    return str(value)


def _run(result: RunResult) -> dict[str, Any]:
    return {
        "id": result.run_id,
        "node": result.node,
        "started_s": result.started_s,
        "ended_s": result.ended_s,
        "duration_s": result.duration_s,
        "reset_s": result.reset_s,
        "counted_s": result.counted_s,
        "stop_reason": result.stop_reason,
        "interrupted_by": result.interrupted_by,
        "user_count": result.user_count,
        "command": result.command,
        "loadhost": loadhost.__version__,
        "python": platform.python_version(),
    }


def _part(part: VerdictPart) -> dict[str, Any]:
    return {
        "plugin": part.plugin,
        "outcome": part.verdict.outcome.value,
        "reason": part.verdict.reason,
        "evidence": part.verdict.evidence,
    }


def _figures(entry: EntryFigures, seconds: float) -> dict[str, Any]:
    return {
        "requests": entry.requests,
        "failures": entry.failures,
        "interrupted": entry.interrupted,
        "retried": entry.retried,
        "fail_ratio": entry.fail_ratio if entry.requests else None,
        "rps": entry.requests / seconds if seconds > 0 else None,
        "bytes": entry.bytes,
        "response_time_ms": _times(entry.response_times, _PERCENTILES),
        "service_time_ms": _times(entry.service_times, _PERCENTILES),
    }


def _times(times: HistogramView, percentiles: Mapping[str, float]) -> dict[str, float | None]:
    if not times.count:
        return dict.fromkeys(("min", "avg", "max", *percentiles))
    figures = {"min": times.min, "avg": times.mean, "max": times.max}
    figures.update({name: times.percentile(quantile) for name, quantile in percentiles.items()})
    return {name: round(value, 3) for name, value in figures.items()}


def _window(window: StatsWindow) -> dict[str, Any]:
    return {
        "start_s": window.start,
        "duration_s": window.duration,
        "requests": window.total.requests,
        "failures": window.total.failures,
        "interrupted": window.total.interrupted,
        "retried": window.total.retried,
        "bytes": window.total.bytes,
        "response_time_ms": _times(window.total.response_times, _WINDOW_PERCENTILES),
        "user_count": window.user_count,
        "workers_reported": window.workers_reported,
        "workers_expected": window.workers_expected,
        "late": window.late,
        "final": window.final,
    }


def _metric(metric: MetricFigures) -> dict[str, Any]:
    return {
        "name": metric.name,
        "labels": dict(metric.labels),
        "kind": metric.kind,
        "value": metric.value,
        "trend": None if metric.histogram is None else _times(metric.histogram, _PERCENTILES),
    }


def _plugin(plugin: PluginHealth) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "state": plugin.state,
        "calls": plugin.calls,
        "failures": plugin.failures,
        "cost_us": plugin.cost_us,
        "switched_off": plugin.switched_off,
        "last_error": plugin.last_error,
    }
