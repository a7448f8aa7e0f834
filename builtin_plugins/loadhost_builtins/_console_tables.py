"""Tables that the live view and the final report have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loadhost_hookspecs import EntryFigures
from rich.box import SIMPLE_HEAD, Box
from rich.table import Table
from rich.text import Text

from loadhost_builtins._texts import clean, count, decimals_for, milliseconds, percent, rate

PERCENTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
NOTHING = "-"


def plain_table(*, title: str | None = None, box: Box | None = SIMPLE_HEAD) -> Table:
    """An empty table in the one style of all: a bold head, a rule under it, columns one blank apart."""
    return Table(
        title=None if title is None else Text(title, style="bold"),
        title_justify="left",
        box=box,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1),
        show_edge=False,
    )


def name_columns(table: Table) -> None:
    """The two columns that say which request a row is about. The name gives way when the terminal is narrow."""
    table.add_column("Type", no_wrap=True, max_width=10, overflow="ellipsis")
    table.add_column("Name", min_width=10, overflow="fold")


def name_cells(entry: EntryFigures, *, fold: bool = True) -> tuple[Text, Text]:
    """The cells of those columns; a long name goes on in the next line, or is cut with an ellipsis."""
    # On the cell, not on the column: rich would then shrink the figures as well.
    name = Text(clean(entry.name), no_wrap=not fold, overflow="fold" if fold else "ellipsis")
    return Text(clean(entry.method)), name


def number_column(table: Table, head: str) -> None:
    """A column of figures."""
    table.add_column(Text(head, justify="right"), justify="right", no_wrap=True)


def requests_table(
    rows: Sequence[tuple[EntryFigures, float]], total: tuple[EntryFigures, float], *, fold: bool
) -> Table:
    """(figures, requests per second) of each name, then of all: counts, failures, the usual percentiles."""
    table = plain_table()
    name_columns(table)
    for head in ("Requests", "Failures", "Median", "p95", "p99", "Req/s"):
        number_column(table, head)
    decimals = decimals_of(entry for entry, _ in (*rows, total))
    for entry, per_second in rows:
        table.add_row(*name_cells(entry, fold=fold), *_request_cells(entry, per_second, decimals))
    if rows:
        table.add_section()
    entry, per_second = total
    table.add_row("", "Aggregated", *_request_cells(entry, per_second, decimals), style="bold")
    return table


def percentiles_table(entries: Iterable[EntryFigures], total: EntryFigures) -> Table:
    """The response times of each name, then of all, from the smallest to the largest."""
    rows = [*entries]
    table = plain_table()
    name_columns(table)
    for head in ("Min", "Median", "p90", "p95", "p99", "p99.9", "Max"):
        number_column(table, head)
    decimals = decimals_of((*rows, total))
    for entry in rows:
        table.add_row(*name_cells(entry), *_time_cells(entry, decimals))
    if rows:
        table.add_section()
    table.add_row("", "Aggregated", *_time_cells(total, decimals), style="bold")
    return table


def decimals_of(entries: Iterable[EntryFigures]) -> int:
    """How many decimals the times of a table need."""
    return decimals_for(min((e.response_times.percentile(0.5) for e in entries if e.response_times.count), default=0.0))


def failures_text(entry: EntryFigures) -> Text:
    """Count and share of the failures, in red if there are any."""
    if not entry.failures:
        return Text("0")
    return Text(f"{count(entry.failures)} ({percent(entry.fail_ratio)})", style="red")


def _request_cells(entry: EntryFigures, per_second: float, decimals: int) -> Iterable[Text]:
    yield Text(count(entry.requests))
    yield failures_text(entry)
    for quantile in (0.5, 0.95, 0.99):
        yield time_text(entry, quantile, decimals)
    yield Text(rate(per_second))


def _time_cells(entry: EntryFigures, decimals: int) -> Iterable[Text]:
    for quantile in (0.0, *PERCENTILES.values(), 1.0):
        yield time_text(entry, quantile, decimals)


def time_text(entry: EntryFigures, quantile: float, decimals: int) -> Text:
    """A percentile in ms; a dash if there were no requests."""
    times = entry.response_times
    return Text(milliseconds(times.percentile(quantile), decimals) if times.count else NOTHING)
