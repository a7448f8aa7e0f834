"""Words and numbers for people: untrusted text made harmless, figures with their units."""

from __future__ import annotations

import math


def clean(text: str) -> str:
    r"""Untrusted text on one line: control characters, newlines and direction marks are shown as `\x1b`, `\n`, ...

    A name or an error comes from the server under test: it must not move the cursor, colour the terminal or hide
    what stands next to it.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def shorten(text: str, width: int) -> str:
    """`text`, cut to `width` characters if it is longer, and then ending in "..."."""
    return text if len(text) <= width else text[: max(width - 3, 0)] + "..."


def count(number: int) -> str:
    """1234567 is "1,234,567"."""
    return f"{number:,}"


def rate(per_second: float) -> str:
    """Requests per second with one decimal."""
    return f"{per_second:,.1f}" if math.isfinite(per_second) else "-"


def percent(ratio: float) -> str:
    """0.034 is "3.4 %"; what is not nothing never reads as 0.0 %, what is not everything never as 100.0 %."""
    if 0 < ratio < 0.001:
        return "<0.1 %"
    if 0.999 < ratio < 1:
        return ">99.9 %"
    return f"{100 * ratio:.1f} %"


def milliseconds(ms: float, decimals: int = 1) -> str:
    """1234.56 is "1,234.6"."""
    return f"{ms:,.{decimals}f}"


def decimals_for(smallest_ms: float) -> int:
    """Decimals with which the times of one table are told apart: 2 if some are below 1 ms, else 1."""
    return 2 if 0 < smallest_ms < 1 else 1


def clock(seconds: float) -> str:
    """75 seconds are "1:15", 3,675 are "1:01:15"."""
    minutes, second = divmod(int(max(seconds, 0)), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def plural(number: int, noun: str) -> str:
    """(1, "user") is "1 user", (20, "user") is "20 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
