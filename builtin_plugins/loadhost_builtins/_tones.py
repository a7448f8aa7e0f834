"""Figures and outcomes in the words and colours that all written reports share."""

from __future__ import annotations

from datetime import UTC, datetime

from loadhost import Outcome

from loadhost_builtins._texts import count, milliseconds, percent, rate

GOOD, DOUBT, BAD = "good", "doubt", "bad"

_DOUBTFUL = (Outcome.DOUBTFUL, Outcome.INTERRUPTED)


def tone(outcome: Outcome) -> str:
    """ "good", "doubt" or "bad": the colour of an outcome."""
    if outcome is Outcome.PASSED:
        return GOOD
    return DOUBT if outcome in _DOUBTFUL else BAD


def quantity(value: float | None, unit: str) -> str:
    """A figure with its unit: "ms", "ratio" (0..1), "per_s", "bytes" or any word; "-" for none."""
    if value is None:
        return "-"
    if unit == "ms":
        return f"{milliseconds(value, 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2)} ms"
    if unit == "ratio":
        return percent(value)
    if unit == "per_s":
        return f"{rate(value)}/s"
    if unit == "bytes":
        return size(value)
    text = count(int(value)) if float(value).is_integer() else f"{value:,.3g}"
    return f"{text} {unit}".strip()


def size(number: float) -> str:
    """12345678 bytes are "12.3 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:,.0f} B" if unit == "B" else f"{number:,.1f} {unit}"


def moment(seconds: float) -> str:
    """Epoch seconds as "2026-01-31 12:00:00 UTC"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(seconds: float) -> str:
    """Epoch seconds as "2026-01-31T12:00:00", in UTC, as XML schemas have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
