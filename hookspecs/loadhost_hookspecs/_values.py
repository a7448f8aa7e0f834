"""Types for options: functions from what a person types to a value, with errors that teach."""

from __future__ import annotations

import re

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.IGNORECASE)


def duration(text: str) -> float:
    """Seconds from "90", "90s", "1m30s", "1.5h" or "250ms".

    Raises ValueError, with the allowed forms, for anything else and for negative values.
    """
    stripped = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", stripped):
        return float(stripped)
    if not stripped or _PART.sub("", stripped).strip():
        raise ValueError(f"{text!r} is not a duration; write for example 90s, 1m30s, 2h or 250ms")
    return sum(float(number) * _UNITS_S[unit.lower()] for number, unit in _PART.findall(stripped))


def ratio(text: str) -> float:
    """A ratio 0..1 from "0.2" or "20%". Raises ValueError for anything else."""
    stripped = text.strip()
    try:
        value = float(stripped[:-1]) / 100 if stripped.endswith("%") else float(stripped)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"{text!r} is not a ratio; write a number from 0 to 1, or a percentage such as 20%")
    return value
