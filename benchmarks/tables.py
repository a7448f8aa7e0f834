"""Markdown tables and figures as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> str:
    """A table in Markdown; the columns named by `right` hold figures."""
    rule = ["--:" if number in right else "---" for number in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines) + "\n"


def cell(value: Any) -> str:
    """Text that does not end its cell."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return " ".join(text.replace("|", "\\|").split())


def factor(value: float) -> str:
    """A ratio with three digits that mean something."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
