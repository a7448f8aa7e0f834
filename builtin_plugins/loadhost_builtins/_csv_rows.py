"""The rows of the CSV files: Locust's columns, times in milliseconds with decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from loadhost_hookspecs import EntryFigures, ErrorCount, ExceptionCount, HistogramView, StatsWindow

Row = Sequence[object]

PERCENTILES = {
    "50%": 0.5,
    "66%": 0.66,
    "75%": 0.75,
    "80%": 0.8,
    "90%": 0.9,
    "95%": 0.95,
    "98%": 0.98,
    "99%": 0.99,
    "99.9%": 0.999,
    "99.99%": 0.9999,
    "100%": 1.0,
}
STATS_COLUMNS = (
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
    *PERCENTILES,
)
HISTORY_COLUMNS = (
    "Timestamp",
    "User Count",
    "Type",
    "Name",
    "Requests/s",
    "Failures/s",
    *PERCENTILES,
    "Total Request Count",
    "Total Failure Count",
    "Total Median Response Time",
    "Total Average Response Time",
    "Total Min Response Time",
    "Total Max Response Time",
    "Total Average Content Size",
)
FAILURES_COLUMNS = ("Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen")
EXCEPTIONS_COLUMNS = ("Count", "Message", "Traceback", "Nodes")

_FORMULA_STARTS = tuple("=+-@\t\r\n")


def safe(text: str) -> str:
    """`text` as a spreadsheet shows it and never runs it: a leading =, +, -, @, tab or line break gets a quote mark.

    Names and errors come from outside, and spreadsheets take such a cell for a formula.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def stats_rows(entries: Iterable[EntryFigures], total: EntryFigures, seconds: float) -> Iterable[Row]:
    """One row per name, sorted as Locust sorts them, then the Aggregated row."""
    yield STATS_COLUMNS
    for entry in sorted(entries, key=lambda entry: (entry.name, entry.method)):
        yield (safe(entry.method), safe(entry.name), *_stats_cells(entry, seconds))
    yield ("", "Aggregated", *_stats_cells(total, seconds))


def history_row(window: StatsWindow, recent: EntryFigures, recent_s: float, total: EntryFigures) -> Row:
    """One second of the run, of one name or of all: rates and percentiles over the last `recent_s` seconds, then the
    totals so far.
    """
    return (
        int(window.start + window.duration),
        window.user_count,
        safe(total.method),
        safe(total.name),
        _per_second(recent.requests, recent_s),
        _per_second(recent.failures, recent_s),
        *_percentiles(recent.response_times),
        *_totals_cells(total),
    )


def failure_rows(failures: Iterable[ErrorCount]) -> Iterable[Row]:
    """One row per name and error text."""
    yield FAILURES_COLUMNS
    for failure in sorted(failures, key=lambda failure: (failure.name, failure.method, failure.error)):
        seen = _utc(failure.first_s), _utc(failure.last_s)
        yield (safe(failure.method), safe(failure.name), safe(failure.error), failure.count, *seen)


def exception_rows(exceptions: Iterable[ExceptionCount]) -> Iterable[Row]:
    """One row per exception that user code let out."""
    yield EXCEPTIONS_COLUMNS
    for exception in exceptions:
        nodes = ", ".join(exception.nodes)
        yield (exception.count, safe(exception.message), safe(exception.traceback), safe(nodes))


def _stats_cells(entry: EntryFigures, seconds: float) -> Row:
    return (
        *_totals_cells(entry),
        _per_second(entry.requests, seconds),
        _per_second(entry.failures, seconds),
        *_percentiles(entry.response_times),
    )


def _totals_cells(entry: EntryFigures) -> Row:
    times = entry.response_times
    return (
        entry.requests,
        entry.failures,
        _ms(times.percentile(0.5)),
        _ms(times.mean),
        _ms(times.min),
        _ms(times.max),
        _ms(entry.bytes / entry.requests if entry.requests else 0.0),
    )


def _percentiles(times: HistogramView) -> Row:
    if not times.count:
        return ["N/A"] * len(PERCENTILES)
    return [_ms(times.percentile(quantile)) for quantile in PERCENTILES.values()]


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ms(value: float) -> float:
    return round(value, 3)


def _per_second(number: int, seconds: float) -> float:
    return round(number / seconds, 3) if seconds > 0 else 0.0
