"""Columns of text, laid out in a few microseconds per cell: the live view is drawn in the process that makes the load.

rich's Table takes 30 ms for a dozen rows, and all users wait while it does; this takes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions
from rich.segment import Segment

GAP = "  "


class Cell(NamedTuple):
    """Text that is harmless already (`clean`), and a style of rich."""

    text: str
    style: str = ""


Line = list[Cell]


class Lines:
    """Ready lines, as rich's Live wants them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for number, line in enumerate(self.lines):
            if number:
                yield Segment.line()
            for cell in fitted(line, options.max_width):
                yield Segment(cell.text, console.get_style(cell.style) if cell.style else None)


def fitted(line: Line, width: int) -> Line:
    """The line, cut to `width` columns."""
    cells, left = [], width
    for cell in line:
        cells.append(Cell(cut(cell.text, left), cell.style))
        left -= cell_len(cells[-1].text)
        if left <= 0:
            break
    return cells


def cut(text: str, width: int) -> str:
    """The text, ending in an ellipsis if it is wider than `width` columns."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)) + "…" if width > 0 else ""


def columns(rows: Sequence[Sequence[Cell]], *, left: int, flexible: int, width: int) -> list[Line]:
    """Rows of equal length as lines: the first `left` columns to the left, the others, figures, to the right.

    All columns are as wide as their widest cell; if that is more than `width`, column `flexible` gives way.
    """
    widths = [max(cell_len(row[column].text) for row in rows) for column in range(len(rows[0]))]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - width
    widths[flexible] = max(widths[flexible] - max(excess, 0), 4)
    return [_line(row, widths, left) for row in rows]


def width_of(line: Line) -> int:
    """How many columns of the terminal a line takes."""
    return sum(cell_len(cell.text) for cell in line)


def _line(row: Sequence[Cell], widths: Sequence[int], left: int) -> Line:
    line = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        text = cut(cell.text, width)
        blanks = " " * (width - cell_len(text))
        line.append(Cell((GAP if number else "") + (text + blanks if number < left else blanks + text), cell.style))
    return line
