"""The lower sections of the page: both clocks, failures, exceptions, the instrument, plugins, settings."""

from __future__ import annotations

import json
import platform
from typing import Any

import loadhost
from loadhost import RunResult
from loadhost_hookspecs import HistogramView, PluginHealth

from loadhost_builtins._console_instrument import instrument_lines
from loadhost_builtins._texts import clean, clock, count, milliseconds, percent, plural, shorten
from loadhost_builtins._tones import BAD, DOUBT, GOOD, moment, quantity

MAX_FAILURES, MAX_EXCEPTIONS, MAX_MARKS = 200, 50, 200
_CLOCK_COLUMNS = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))
_FITNESS = {"fit": GOOD, "doubtful": DOUBT, "not fit": BAD}


def clocks_section(result: RunResult) -> dict[str, Any]:
    """Response time, service time, and what the generator added, in one table."""
    totals, instrument = result.totals, result.instrument
    rows = [
        _times("Response time", "from when the iteration was due to the answer", totals.response_times),
        _times("Service time", "from when the request was sent to the answer", totals.service_times),
    ]
    if instrument is not None and instrument.lag.count:
        rows.append(_times("Lag", "answers that lay in the generator until it read them", instrument.lag))
    if instrument is not None and instrument.schedule_lag is not None and instrument.schedule_lag.count:
        rows.append(_times("Lateness", "iterations that began after they were due", instrument.schedule_lag))
    return {"heads": ["count", "min", "avg", *(name for name, _ in _CLOCK_COLUMNS), "max"], "rows": rows}


def _times(name: str, what: str, times: HistogramView) -> dict[str, Any]:
    figures = [times.min, times.mean, *(times.percentile(share) for _, share in _CLOCK_COLUMNS), times.max]
    cells = [milliseconds(ms, 2) for ms in figures] if times.count else ["-"] * len(figures)
    return {"name": name, "what": what, "cells": [count(times.count), *cells]}


def failures_section(result: RunResult) -> dict[str, Any]:
    """Failed requests by error, the most frequent first."""
    rows = sorted(result.failures, key=lambda failure: -failure.count)
    all_failures = max(result.totals.failures, 1)
    return {
        "more": max(len(rows) - MAX_FAILURES, 0),
        "rows": [
            {
                "method": shorten(clean(row.method), 20),
                "name": shorten(clean(row.name), 300),
                "error": clean(row.error),
                "count": count(row.count),
                "share": percent(min(row.count / all_failures, 1)),
                "first": clock(row.first_s - result.started_s),
                "last": clock(row.last_s - result.started_s),
            }
            for row in rows[:MAX_FAILURES]
        ],
    }


def exceptions_section(result: RunResult) -> dict[str, Any]:
    """What users' own code let out, with the first traceback of each."""
    rows = sorted(result.exceptions, key=lambda exception: -exception.count)
    return {
        "more": max(len(rows) - MAX_EXCEPTIONS, 0),
        "rows": [
            {
                "count": count(row.count),
                "user_class": clean(row.user_class),
                "message": clean(row.message),
                "traceback": "\n".join(clean(line) for line in row.traceback.splitlines()),
            }
            for row in rows[:MAX_EXCEPTIONS]
        ],
    }


def instrument_section(result: RunResult) -> dict[str, Any]:
    """Whether the generator was fit to measure, why, and what it says of itself."""
    part = next((part for part in result.parts if part.plugin == "machine"), None)
    fitness = str(part.verdict.evidence.get("fitness", part.verdict.outcome.value)) if part else "not judged"
    status = next((row.status for row in result.statuses if row.plugin == "machine"), None)
    return {
        "fitness": clean(fitness),
        "tone": _FITNESS.get(fitness, DOUBT),
        "reason": clean(part.verdict.reason) if part else "",
        "lines": list(instrument_lines(result)),
        "figures": [(clean(name), _figure(name, value)) for name, value in (status.figures if status else {}).items()],
    }


def _figure(name: str, value: float) -> str:
    if name.endswith("_ms"):
        return quantity(value, "ms")
    if name.endswith("_bytes"):
        return quantity(value, "bytes")
    return quantity(value, "ratio" if name in ("cpu", "cpu_max", "pegged", "stolen", "gc") else "")


def plugins_section(result: RunResult) -> list[dict[str, Any]]:
    """State, calls, failures and cost of each; those that did something first."""
    said = {status.plugin: clean(status.status.text) for status in result.statuses if status.plugin != "machine"}
    rows = sorted(result.plugins, key=lambda plugin: -plugin.calls * plugin.cost_us)
    return [{**_plugin(row, result), "said": said.get(row.name, "")} for row in rows]


def _plugin(plugin: PluginHealth, result: RunResult) -> dict[str, Any]:
    state, colour = "ok" if plugin.calls else "nothing to do", GOOD
    if plugin.switched_off:
        state, colour = f"switched off: {', '.join(plugin.switched_off)}", BAD
    elif plugin.failures:
        state, colour = "failed at times", DOUBT
    spent_s = plugin.calls * plugin.cost_us / 1e6
    return {
        "name": clean(plugin.name),
        "origin": clean(" ".join(filter(None, (plugin.distribution, plugin.version)))),
        "state": clean(state),
        "tone": colour,
        "quiet": not plugin.calls and not plugin.failures,
        "calls": count(plugin.calls),
        "failures": count(plugin.failures),
        "cost": f"{plugin.cost_us:,.1f} µs" if plugin.calls else "-",
        "share": percent(min(spent_s / result.duration_s, 1)) if plugin.calls and result.duration_s > 0 else "-",
        "error": clean(plugin.last_error or ""),
    }


def settings_section(result: RunResult) -> dict[str, list[dict[str, str]]]:
    """What somebody set, and the defaults, each with its source."""
    rows = [
        {"name": name.replace("_", "-"), "value": _value(value), "source": clean(source)}
        for name, (value, source) in sorted(result.options.items())
    ]
    return {
        "set": [row for row in rows if row["source"] != "default"],
        "defaults": [row for row in rows if row["source"] == "default"],
    }


def _value(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, list | tuple):
        return shorten(
            ", ".join(clean(each if isinstance(each, str) else json.dumps(each, default=str)) for each in value), 500
        )
    return shorten(clean(f"{value:g}" if isinstance(value, float) else str(value)), 500)


def facts(result: RunResult) -> list[tuple[str, str]]:
    """What identifies the run."""
    rows = [
        ("Run", result.run_id),
        ("Started", moment(result.started_s)),
        ("Ended", moment(result.ended_s)),
        ("Command", result.command or "as a library"),
        ("Made with", f"loadhost {loadhost.__version__}, Python {platform.python_version()}, {platform.system()}"),
        ("Precision", "percentiles within 0.8 %, min and max exact"),
    ]
    if result.reset_s is not None:
        rows.append(("Figures", f"of the last {result.counted_s:.1f} s; statistics were reset before"))
    if result.totals.interrupted:
        rows.append(
            ("Interrupted", f"{plural(result.totals.interrupted, 'request')} under way at the end, not counted")
        )
    if result.totals.retried:
        rows.append(("Retried", f"{plural(result.totals.retried, 'request')} sent again on a fresh connection"))
    return [(name, clean(text)) for name, text in rows]


def marks_section(result: RunResult) -> dict[str, Any]:
    """What happened, in the order of time."""
    rows = sorted(result.marks, key=lambda mark: mark.time_s)
    return {
        "more": max(len(rows) - MAX_MARKS, 0),
        "rows": [
            {"at": clock(mark.time_s - result.started_s), "source": clean(mark.source), "kind": clean(mark.kind),
             "text": clean(mark.text)}
            for mark in rows[:MAX_MARKS]
        ],
    }  # fmt: skip
