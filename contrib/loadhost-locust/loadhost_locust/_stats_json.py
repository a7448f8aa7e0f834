"""Locust's JSON of the figures: a list with a dict per name, as --json and --json-file write it."""

from __future__ import annotations

import json
from collections import Counter
from math import floor
from pathlib import Path
from typing import Any

from loadhost.stats import Stats, StatsEntry
from loadhost_hookspecs import StatsWindow


def print_stats_json(stats: Stats) -> None:
    """On standard output."""
    print(json.dumps(serialized(stats), indent=4), flush=True)


def save_stats_json(stats: Stats, filename: str) -> None:
    """Into `filename`.json, as Locust names it."""
    path = Path(f"{filename}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(serialized(stats), indent=4), encoding="utf-8")


def serialized(stats: Stats) -> list[dict[str, Any]]:
    """One dict per name that has traffic. Reading it changes nothing."""
    return [_entry(stats, stats.entries[key]) for key in sorted(stats.entries) if stats.entries[key].num_requests]


def _entry(stats: Stats, entry: StatsEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "method": entry.method,
        "last_request_timestamp": entry.last_request_timestamp,
        "start_time": entry.start_time,
        "num_requests": entry.num_requests,
        "num_none_requests": entry.num_none_requests,
        "num_failures": entry.num_failures,
        "total_response_time": entry.total_response_time,
        "max_response_time": entry.max_response_time,
        "min_response_time": entry.min_response_time,
        "total_content_length": entry.total_content_length,
        "response_times": _response_times(entry),
        **_per_second(stats, entry),
    }


def _response_times(entry: StatsEntry) -> dict[str, int]:
    """{ms: count}, by whole milliseconds."""
    counts: Counter[int] = Counter()
    for low, high, count in entry.response_times.buckets():
        counts[floor((low + high) / 2 + 0.5)] += count
    return {str(ms): counts[ms] for ms in sorted(counts)}


def _per_second(stats: Stats, entry: StatsEntry) -> dict[str, dict[str, int]]:
    """{second: count}, of the last 300 seconds, which is as far back as there are windows by name."""
    requests: dict[str, int] = {}
    failures: dict[str, int] = {}
    for window in stats.windows:
        figures = window.entries.get((entry.name, entry.method))
        if figures is not None:
            requests[_second(window)] = figures.requests
            if figures.failures:
                failures[_second(window)] = figures.failures
    return {"num_reqs_per_sec": requests, "num_fail_per_sec": failures}


def _second(window: StatsWindow) -> str:
    return str(int(window.start))
