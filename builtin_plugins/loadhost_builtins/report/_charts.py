"""What the charts over time show: the windows of the run as series, with its marks and the limits of its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadhost import Outcome, RunResult, StatsWindow
from loadhost_hookspecs import HistogramView

from loadhost_builtins._texts import clean, shorten
from loadhost_builtins._threshold_rows import threshold_rows

Values = list[float | None]

_MACHINE = (
    ("machine-cpu", "CPU of the generator", "ratio", (("cpu", "Used, of one core", "blue", "area"),
                                                      ("stolen", "Taken by others", "red", "line"))),
    ("machine-lag", "Lag of the generator", "ms", (("hub_lag_ms", "Event loop late", "violet", "line"),
                                                   ("schedule_lag_ms", "Iterations late", "amber", "line"),
                                                   ("gc_pause_ms", "Garbage collection", "grey", "line"))),
    ("machine-memory", "Memory of the generator", "bytes", (("memory_bytes", "Memory", "teal", "area"),)),
    ("machine-files", "Files and ports in use", "", (("open_files", "Open files", "blue", "line"),
                                                     ("ephemeral_ports", "Ephemeral ports", "amber", "line"))),
)  # fmt: skip
_COLOURS = ("blue", "amber", "violet", "teal", "red", "green", "grey")
_CORE = "loadhost"


def charts(result: RunResult) -> list[dict[str, Any]]:
    """All charts over time, as the chart module takes them; `id` says where on the page."""
    windows = result.windows
    times = [round(window.start + window.duration / 2 - result.started_s, 2) for window in windows]
    shared = {"times": times, "start": result.started_s, "end": round(result.duration_s, 2), "group": "run"}
    shared["marks"] = _marks(result)
    return [{**shared, **chart} for chart in (*_traffic(result), *_machine(windows))]


def _traffic(result: RunResult) -> list[dict[str, Any]]:
    windows = result.windows
    rates = [
        _series("Requests", _rate(windows, lambda window: window.total.requests), "blue", "area"),
        _series("Failures", _rate(windows, lambda window: window.total.failures), "red", "bars"),
    ]
    users: Values = [window.user_count for window in windows]
    return [
        {"id": "times", "title": "Response time", "unit": "ms", "series": _times(windows), "scale": "linear",
         "limits": _limits(result)},
        {"id": "rates", "title": "Requests and failures per second", "unit": "per_s", "series": rates},
        {"id": "users", "title": "Users", "unit": "", "series": [_series("Users", users, "teal", "step")]},
    ]  # fmt: skip


def _times(windows: tuple[StatsWindow, ...]) -> list[dict[str, Any]]:
    series = [
        _series(name, [_percentile(window.total.response_times, share) for window in windows], colour)
        for name, share, colour in (("p50", 0.5, "blue"), ("p95", 0.95, "amber"), ("p99", 0.99, "violet"))
    ]
    if any(window.total.service_times is not window.total.response_times for window in windows):
        service = [_percentile(window.total.service_times, 0.99) for window in windows]
        if service != series[-1]["values"]:
            series.append({**_series("p99 of service time", service, "grey"), "dash": True})
    return series


def _machine(windows: tuple[StatsWindow, ...]) -> list[dict[str, Any]]:
    """The metrics machine.*: one series each, or one per label set (a node) if there are several."""
    drawn = []
    for chart, title, unit, parts in _MACHINE:
        series: list[dict[str, Any]] = []
        for name, shown, colour, kind in parts:
            found = _gauges(windows, f"machine.{name}")
            for labels, values in found.items():
                own = colour if len(found) == 1 else _COLOURS[len(series) % len(_COLOURS)]
                node = ", ".join(clean(value) for _, value in labels)
                text = shown if len(found) == 1 else f"{shown}, {node}"
                series.append(_series(text, values, own, kind if len(found) == 1 else "line"))
        if series:
            drawn.append({"id": chart, "title": title, "unit": unit, "series": series[:12]})
    return drawn


def _gauges(windows: tuple[StatsWindow, ...], name: str) -> dict[tuple[tuple[str, str], ...], Values]:
    found: dict[tuple[tuple[str, str], ...], Values] = {}
    for place, window in enumerate(windows):
        for metric in window.metrics:
            if metric.name == name:
                values = found.setdefault(metric.labels, [None] * len(windows))
                values[place] = round(metric.value, 4)
    return found


def _series(name: str, values: Values, colour: str, kind: str = "line") -> dict[str, Any]:
    return {"name": name, "values": values, "color": colour, "kind": kind}


def _rate(windows: tuple[StatsWindow, ...], count: Callable[[StatsWindow], int]) -> Values:
    return [round(count(window) / window.duration, 2) if window.duration > 0 else None for window in windows]


def _percentile(times: HistogramView, share: float) -> float | None:
    return round(times.percentile(share), 3) if times.count else None


def _marks(result: RunResult) -> list[dict[str, Any]]:
    """Those of the core are quiet, but for a plugin that it switched off."""
    return [
        {
            "time": round(mark.time_s - result.started_s, 2),
            "label": f"{clean(mark.source)}: {shorten(clean(mark.text), 160)}",
            "strong": mark.source != _CORE or mark.kind == "plugin",
        }
        for mark in result.marks
    ]


def _limits(result: RunResult) -> list[dict[str, Any]]:
    """Lines for the rules about response times of all requests; those of one name are not what is drawn."""
    return [
        {"value": row.limit, "label": shorten(clean(row.rule), 40), "broken": row.outcome is not Outcome.PASSED}
        for row in threshold_rows(result)
        if row.unit == "ms" and row.limit is not None and not any(sign in row.rule for sign in ("{", ":", "service."))
    ][:6]
