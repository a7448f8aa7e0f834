"""The figures of requests as cells: what the live view and the final report have in common, and the report's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loadhost_hookspecs import EntryFigures
from rich.box import Box
from rich.table import Table
from rich.text import Text

from loadhost_builtins._columns import Cell
from loadhost_builtins._texts import clean, count, decimals_for, milliseconds, percent, rate

REQUEST_HEADS = ("Type", "Name", "Requests", "Failures", "Median", "p95", "p99", "Req/s")
TIME_HEADS = ("Type", "Name", "Min", "Median", "p90", "p95", "p99", "p99.9", "Max")
_QUANTILES = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
_NOTHING = "-"
# A rule under the head and above the sum, nothing else: rich has no such box.
_RULES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")


def plain_table() -> Table:
    """An empty table in the one style of all: a bold head, a rule under it, columns two blanks apart."""
    return Table(
        box=_RULES, header_style="bold", border_style="dim", pad_edge=False, padding=(0, 1, 0, 0), show_edge=False
    )


def number_column(table: Table, head: str) -> None:
    """A column of figures."""
    table.add_column(Text(head, justify="right"), justify="right", no_wrap=True)


def requests_table(rows: Sequence[tuple[EntryFigures, float]], total: tuple[EntryFigures, float]) -> Table:
    """(figures, requests per second) of each name, then of all: counts, failures, the usual percentiles."""
    decimals = decimals_of(entry for entry, _ in (*rows, total))
    return _table(
        REQUEST_HEADS,
        [request_cells(entry, per_second, decimals) for entry, per_second in rows],
        request_cells(*total, decimals),
    )


def times_table(entries: Sequence[EntryFigures], total: EntryFigures) -> Table:
    """The response times of each name, then of all, from the smallest to the largest."""
    decimals = decimals_of((*entries, total))
    return _table(TIME_HEADS, [_time_cells(entry, decimals) for entry in entries], _time_cells(total, decimals))


def request_cells(entry: EntryFigures, per_second: float, decimals: int) -> list[Cell]:
    """One row under REQUEST_HEADS."""
    failures = Cell("0")
    if entry.failures:
        failures = Cell(f"{count(entry.failures)} ({percent(entry.fail_ratio)})", "red")
    return [
        *_name_cells(entry),
        Cell(count(entry.requests)),
        failures,
        *(_time_cell(entry, quantile, decimals) for quantile in (0.5, 0.95, 0.99)),
        Cell(rate(per_second)),
    ]


def decimals_of(entries: Iterable[EntryFigures]) -> int:
    """How many decimals the times of a table need."""
    return decimals_for(min((e.response_times.percentile(0.5) for e in entries if e.response_times.count), default=0.0))


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], total: Sequence[Cell]) -> Table:
    table = plain_table()
    table.add_column("Type", no_wrap=True, max_width=10, overflow="ellipsis")
    # The name gives way when the terminal is narrow: it goes on in the next line.
    table.add_column("Name", min_width=10, overflow="fold")
    for head in heads[2:]:
        number_column(table, head)
    for row in rows:
        table.add_row(*_texts(row))
    if rows:
        table.add_section()
    table.add_row(*_texts(total), style="bold")
    return table


def _texts(cells: Sequence[Cell]) -> Iterable[Text]:
    return (Text(cell.text, style=cell.style) for cell in cells)


def _name_cells(entry: EntryFigures) -> tuple[Cell, Cell]:
    return Cell(clean(entry.method)), Cell(clean(entry.name))


def _time_cells(entry: EntryFigures, decimals: int) -> list[Cell]:
    return [*_name_cells(entry), *(_time_cell(entry, quantile, decimals) for quantile in _QUANTILES)]


def _time_cell(entry: EntryFigures, quantile: float, decimals: int) -> Cell:
    times = entry.response_times
    return Cell(milliseconds(times.percentile(quantile), decimals) if times.count else _NOTHING)
