"""The tables of Locust's console, as lines: its columns, its widths, from loadhost's figures."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import gevent
from loadhost.stats import Stats, StatsEntry

from loadhost_locust import _constants

console_logger = logging.getLogger("locust.stats_logger")

_TERMINAL_LESS = 80
"""Columns that the figures take: what a terminal has beyond them is for names."""


def setting(name: str) -> Any:
    """A constant of locust.stats, as the locustfile may have set it there."""
    module = sys.modules.get("locust.stats")
    return getattr(module, name, None) if module is not None else getattr(_constants, name)


def _name_width() -> int:
    width: int = setting("STATS_NAME_WIDTH")
    if not setting("STATS_AUTORESIZE"):
        return width
    try:
        return max(min(os.get_terminal_size()[0] - _TERMINAL_LESS, width), 0)
    except OSError:  # no terminal
        return width


def _columns() -> tuple[str, int, int]:
    """The form of a row, the width of types, the width of names."""
    kinds: int = setting("STATS_TYPE_WIDTH")
    names = _name_width() - kinds + 4
    return f"%-{kinds}s %-{names}s %7s %12s |%7s %7s %7s%7s | %7s %11s", kinds, names


def get_stats_summary(stats: Stats, current: bool = True) -> list[str]:
    """The table of requests; `current`: with the rates of the last ten seconds, else with those of the whole run."""
    form, kinds, names = _columns()
    rule = "|".join("-" * width for width in (kinds, names, 7, 13, 7, 7, 7, 7, 8, 11))
    head = form % ("Type", "Name", "# reqs", "# fails", "Avg", "Min", "Max", "Med", "req/s", "failures/s")
    rows = [_row(form, entry, current) for entry in sort_stats(stats.entries)]
    return [head, rule, *rows, rule, _row(form, stats.total, current)]


def _row(form: str, entry: StatsEntry, current: bool) -> str:
    rps = entry.current_rps if current else entry.total_rps
    failures = entry.current_fail_per_sec if current else entry.total_fail_per_sec
    times = (entry.avg_response_time, entry.min_response_time, entry.max_response_time, entry.median_response_time)
    return form % (
        f"{entry.method} " if entry.method else "",
        entry.name,
        entry.num_requests,
        f"{entry.num_failures}({entry.fail_ratio * 100:.2f}%)",
        *(int(time) for time in times),
        f"{rps:.2f}",
        f"{failures:.2f}",
    )


def get_readable_percentiles(percentile_list: Iterable[float]) -> list[str]:
    """0.5 is "50%", 0.999 is "99.9%"."""
    return [f"{round(percentile * 100, 6):g}%" for percentile in percentile_list]


def get_percentile_stats_summary(stats: Stats) -> list[str]:
    """The table of percentiles, of names that have traffic."""
    percentiles: Sequence[float] = setting("PERCENTILES_TO_REPORT")
    kinds, names = setting("STATS_TYPE_WIDTH"), _name_width()
    form = f"%-{kinds}s %-{names}s %8s " + " ".join(["%6s"] * len(percentiles))
    rule = "|".join("-" * width for width in (kinds, names, 8, *[6] * len(percentiles)))

    def row(entry: StatsEntry) -> str:
        times = entry.response_times
        shown = [int(times.percentile(percentile) + 0.5) for percentile in percentiles]
        return form % (entry.method, entry.name, *shown, entry.num_requests)

    head = form % ("Type", "Name", *get_readable_percentiles(percentiles), "# reqs")
    rows = [row(entry) for entry in sort_stats(stats.entries) if entry.num_requests]
    total = [row(stats.total)] if stats.total.num_requests else []
    return ["Response time percentiles (approximated)", head, rule, *rows, rule, *total]


def get_error_report_summary(stats: Stats) -> list[str]:
    """The table of errors."""
    rule = f"{'-' * 18}|{'-' * (61 + _name_width())}"
    rows = [f"{row.count:<18} {f'{row.method} {row.name}: {row.error}':<100}" for row in stats.error_counts()]
    return ["Error report", f"{'# occurrences':18} {'Error':100}", rule, *rows, rule, ""]


def print_stats(stats: Stats, current: bool = True) -> None:
    """Log the table of requests."""
    _say([*get_stats_summary(stats, current), ""])


def print_percentile_stats(stats: Stats) -> None:
    """Log the table of percentiles."""
    _say([*get_percentile_stats_summary(stats), ""])


def print_error_report(stats: Stats) -> None:
    """Log the table of errors, if there are any."""
    if stats.num_failures:
        _say(get_error_report_summary(stats))


def stats_printer(stats: Stats) -> Callable[[], None]:
    """A function for `gevent.spawn`: logs the table of requests every CONSOLE_STATS_INTERVAL_SEC seconds."""

    def printer() -> None:
        while True:
            print_stats(stats)
            gevent.sleep(setting("CONSOLE_STATS_INTERVAL_SEC"))

    return printer


def sort_stats(stats: Mapping[Any, Any]) -> list[Any]:
    """The values in the order of their keys."""
    return [stats[key] for key in sorted(stats)]


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        console_logger.info("%s", line)
