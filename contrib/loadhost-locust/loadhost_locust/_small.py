"""Small things of Locust's that loadhost has no use for itself: some waits, texts and names to catch."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from math import floor
from typing import Any

_TIMESPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class RPCError(Exception):
    """Named here so that it can be caught; nothing raises it."""


class RPCSendError(Exception):
    """Named here so that it can be caught; nothing raises it."""


class RPCReceiveError(Exception):
    """Named here so that it can be caught; nothing raises it."""


def parse_timespan(text: str) -> int:
    """Seconds of "20", "20s", "3m", "1h20m". Raises ValueError."""
    if text.isascii() and text.isdigit():
        return int(text)
    found = _TIMESPAN.fullmatch(text)
    if not text or found is None:
        raise ValueError(f"{text!r} is no time span; write 20, 20s, 3m, 2h, 1h20m or 3h30m10s")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def timespan(text: str) -> int:
    """`parse_timespan` as the `type` of an argparse argument."""
    try:
        return parse_timespan(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def stats_history(runner: Any) -> None:
    """Nothing to do: loadhost keeps a window of every second by itself (`environment.stats.windows`)."""


def proper_round(value: float, digits: int = 0) -> float:
    """Rounded, a half always up."""
    scale = 10.0**digits
    return floor(value * scale + 0.5) / scale


def format_utc_timestamp(seconds: float) -> str:
    """Epoch seconds as "2026-11-22T17:00:00Z"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
