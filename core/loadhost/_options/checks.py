"""The types of the core's own options: each turns a text into a value, or says what is allowed."""

from __future__ import annotations

import math
import re

from loadhost_hookspecs import duration

from loadhost._running.stages import Stages, parse_rate, parse_stages

MOST_USERS = 1_000_000
MOST_USERS_PER_SECOND = 100_000
MOST_ITERATIONS = 10**12
LONGEST_S = 10 * 365 * 86_400.0


def user_count(text: str) -> int:
    """A whole number of users, 0 or more."""
    try:
        count = int(text)
    except ValueError:
        count = -1
    if not 0 <= count <= MOST_USERS:
        raise ValueError(f"{text!r} is not a number of users; write a whole number from 0 to {MOST_USERS:,}")
    return count


def spawn_rate(text: str) -> float:
    """Users per second, above 0."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate <= MOST_USERS_PER_SECOND:  # false for nan as well
        raise ValueError(
            f"{text!r} is not a spawn rate; write users per second, above 0 and up to {MOST_USERS_PER_SECOND:,}"
        )
    return rate


def run_time(text: str) -> float:
    """A duration above zero, in seconds."""
    seconds = stop_timeout(text)
    if seconds == 0:
        raise ValueError(f"{text!r} is no time to run; write for example 90s, 1m30s or 2h, or leave it out")
    return seconds


def stop_timeout(text: str) -> float:
    """A duration of zero or more, in seconds."""
    seconds = duration(text)
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is more than ten years; write for example 90s, 1m30s or 2h")
    return seconds


def exit_code(text: str) -> int:
    """What a process may end with."""
    try:
        code = int(text)
    except ValueError:
        code = -1
    if not 0 <= code <= 255:
        raise ValueError(f"{text!r} is not an exit code; write a whole number from 0 to 255")
    return code


def host(text: str) -> str:
    """An address with a scheme and something after it."""
    stripped = text.strip()
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", stripped)
    if scheme is None:
        bare = stripped.split("://")[-1].lstrip(":/") or "example.com"
        raise ValueError(f"{text!r} has no scheme; write http://{bare} or https://{bare}")
    if not stripped[scheme.end() :].strip("/") or any(character.isspace() for character in stripped):
        raise ValueError(f"{text!r} is not an address; write for example {scheme[1]}://example.com:8080")
    return stripped


def max_users(text: str) -> int:
    """A whole number of users, 1 or more."""
    count = user_count(text)
    if not count:
        raise ValueError(f"{text!r} lets no user be made; write a whole number from 1 to {MOST_USERS:,}")
    return count


def iterations(text: str) -> int:
    """A whole number of task runs, 1 or more."""
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= MOST_ITERATIONS:
        raise ValueError(f"{text!r} is not a number of task runs; write a whole number from 1 to {MOST_ITERATIONS:,}")
    return count


def rate(text: str) -> float:
    """Arrivals per second, above 0."""
    return parse_rate(text)


def stages(text: str) -> Stages:
    """A load that changes over time."""
    return parse_stages(text)
