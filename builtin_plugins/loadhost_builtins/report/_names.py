"""The table of names: which of them are shown when there are thousands, and the figures of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from loadhost import RunResult
from loadhost_hookspecs import EntryFigures

from loadhost_builtins._texts import clean, count, milliseconds, percent, rate, shorten
from loadhost_builtins.report._distributions import distribution

MOST_FREQUENT, SLOWEST = 400, 100
LONGEST_NAME = 300
PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))
_LINES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


class Cell(NamedTuple):
    """A figure as it is shown, and as it is sorted."""

    text: str
    value: float
    hot: bool = False


def shown_entries(entries: Iterable[EntryFigures]) -> list[EntryFigures]:
    """The most frequent ones and, of the rest, those with the longest p99; in the order of their names."""
    by_count = sorted(entries, key=lambda entry: -entry.requests)
    rest = sorted(by_count[MOST_FREQUENT:], key=lambda entry: -entry.response_times.percentile(0.99))
    chosen = [*by_count[:MOST_FREQUENT], *rest[:SLOWEST]]
    return sorted(chosen, key=lambda entry: (entry.name, entry.method))


def names_section(result: RunResult) -> dict[str, Any]:
    """Rows, the row of the totals, and a note if not every name has a row."""
    entries, seconds = shown_entries(result.entries), result.counted_s
    left_out = len(result.entries) - len(entries)
    note = (
        f"{count(len(result.entries))} names: the {MOST_FREQUENT} most frequent and, of the others, the {SLOWEST} with "
        "the longest p99 are shown. report.json has them all."
    )
    return {
        "heads": [label for label, _ in PERCENTILES],
        "rows": [_row(entry, seconds, place) for place, entry in enumerate(entries, 1)],
        "total": _row(result.totals, seconds, 0),
        "note": note if left_out else "",
    }


def distributions(result: RunResult) -> list[dict[str, Any]]:
    """For the charts, in the order of the rows; the first is that of all requests."""
    rows = [("All requests", result.totals)]
    rows += [(f"{_method(entry)} {_name(entry)}", entry) for entry in shown_entries(result.entries)]
    found = ((label, distribution(entry.response_times, _LINES)) for label, entry in rows)
    return [{"name": label, **(each or {"edges": [], "counts": [], "lines": []})} for label, each in found]


def _row(entry: EntryFigures, seconds: float, place: int) -> dict[str, Any]:
    times, ratio = entry.response_times, entry.fail_ratio
    per_second = entry.requests / seconds if seconds > 0 else 0.0
    failed = f"{count(entry.failures)} ({percent(ratio)})" if entry.failures else "0"
    return {
        "place": place,
        "method": _method(entry),
        "name": _name(entry),
        "cells": [
            Cell(count(entry.requests), entry.requests),
            Cell(failed, ratio, hot=entry.failures > 0),
            Cell(rate(per_second), round(per_second, 6)),
            *(_time(times.percentile(share), times.count) for _, share in PERCENTILES),
            _time(times.max, times.count),
        ],
    }


def _time(ms: float, measured: int) -> Cell:
    if not measured:
        return Cell("-", -1)
    return Cell(milliseconds(ms, 2 if ms < 10 else 1 if ms < 100 else 0), round(ms, 3))


def _method(entry: EntryFigures) -> str:
    return shorten(clean(entry.method), 20)


def _name(entry: EntryFigures) -> str:
    return shorten(clean(entry.name), LONGEST_NAME)
