"""Stages: a load that changes over time, such as "30s:100u, 2m:100u, 30s:0u" or "1m:500/s, 5m:500/s"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from loadhost_hookspecs import duration

from loadhost.exception import UsageError

_STAGE = re.compile(r"\s*(?P<time>[^:]+?)\s*:\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>u|/s|/m|/h)\s*", re.IGNORECASE)
_PER_SECOND = {"/s": 1.0, "/m": 1 / 60, "/h": 1 / 3600}
_MOST_USERS = 1_000_000
MOST_PER_SECOND = 10_000_000.0
"""No generator begins as many iterations; what is above is a slip of the hand."""
_LONGEST_S = 10 * 365 * 86_400.0
_EXAMPLE = "write for example '30s:100u, 2m:100u, 30s:0u' (users) or '1m:500/s, 5m:500/s' (arrivals)"


@dataclass(frozen=True)
class Stage:
    """Within `duration_s` seconds the load moves, in a straight line, to `target`: users, or arrivals per second."""

    duration_s: float
    target: float


@dataclass(frozen=True)
class Stages:
    """One stage after the other, from a load of 0. `arrivals`: the targets are rates, else they are users."""

    stages: tuple[Stage, ...]
    arrivals: bool

    @property
    def duration_s(self) -> float:
        """From the beginning of the first to the end of the last."""
        return sum(stage.duration_s for stage in self.stages)

    def value_at(self, elapsed_s: float) -> float:
        """Users or arrivals per second wanted `elapsed_s` after the beginning; the last target after the end."""
        before = 0.0
        for stage in self.stages:
            if elapsed_s < stage.duration_s:
                return before + (stage.target - before) * elapsed_s / stage.duration_s
            elapsed_s -= stage.duration_s
            before = stage.target
        return before

    def users_at(self, elapsed_s: float) -> int:
        """Users wanted, rounded to the nearest."""
        return math.floor(self.value_at(elapsed_s) + 0.5)

    def arrivals_until(self, elapsed_s: float) -> float:
        """How many iterations were to begin until then: the area under the rates."""
        total, before = 0.0, 0.0
        for stage in self.stages:
            span = min(elapsed_s, stage.duration_s)
            if span > 0:
                rate_then = before + (stage.target - before) * span / stage.duration_s
                total += (before + rate_then) / 2 * span
            elapsed_s -= stage.duration_s
            before = stage.target
        return total + (before * elapsed_s if elapsed_s > 0 else 0.0)

    def __str__(self) -> str:
        """As `parse_stages` reads it: the same stages, to the last digit."""
        target = _rate_text if self.arrivals else lambda users: f"{_plain(users)}u"
        return ", ".join(f"{_plain(stage.duration_s)}s:{target(stage.target)}" for stage in self.stages)

    def due_at(self, number: float) -> float:
        """When iteration `number` (from 0) is due, in seconds after the beginning; infinity if it never is."""
        began, left, before = 0.0, float(number), 0.0
        for stage in self.stages:
            area = (before + stage.target) / 2 * stage.duration_s
            if left < area:
                return began + _time_for(left, before, (stage.target - before) / stage.duration_s)
            left -= area
            began += stage.duration_s
            before = stage.target
        return began + left / before if before else math.inf


def constant_rate(per_second: float) -> Stages:
    """Arrivals at the same rate for ever."""
    return Stages((Stage(0.0, per_second),), arrivals=True)


def parse_rate(text: str) -> float:
    """Arrivals per second from "500/s", "30/m" or "500". Raises ValueError with the allowed forms."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(/s|/m|/h)?\s*", text, re.IGNORECASE)
    per_second = float(match[1]) * _PER_SECOND[(match[2] or "/s").lower()] if match else 0.0
    if not 0 < per_second <= MOST_PER_SECOND:
        raise ValueError(
            f"{text!r} is not a rate; write for example 500/s or 30/m, above 0 and up to {MOST_PER_SECOND:,.0f}/s"
        )
    return per_second


def read_stages(stages: Stages | str) -> Stages:
    """Stages from what a caller gives. Raises UsageError for a text that tells none."""
    try:
        return parse_stages(stages) if isinstance(stages, str) else stages
    except ValueError as error:
        raise UsageError(f"stages: {error}") from None


def parse_stages(text: str) -> Stages:
    """The stages that a text tells. Raises ValueError that names the stage and the allowed forms."""
    stages: list[Stage] = []
    units: set[bool] = set()
    for part in text.split(","):
        match = _STAGE.fullmatch(part)
        if not match:
            raise ValueError(f"{part.strip()!r} is not a stage; {_EXAMPLE}")
        unit = match["unit"].lower()
        units.add(unit != "u")
        stage = Stage(_seconds(match["time"], part.strip()), float(match["value"]) * _PER_SECOND.get(unit, 1.0))
        _check_target(stage.target, unit != "u", part.strip())
        stages.append(stage)
    if len(units) > 1:
        raise ValueError(f"{text!r} has both users (u) and arrivals (/s); use one kind; {_EXAMPLE}")
    if not any(stage.target for stage in stages):
        raise ValueError(f"{text!r}: every stage has the target 0, so there is no load; {_EXAMPLE}")
    return Stages(tuple(stages), arrivals=units.pop())


def _seconds(text: str, part: str) -> float:
    try:
        seconds = duration(text)
    except ValueError as error:
        raise ValueError(f"{part!r} is not a stage: {error}") from None
    if not 0 < seconds <= _LONGEST_S:
        raise ValueError(f"{part!r}: a stage takes more than 0 seconds and less than ten years; {_EXAMPLE}")
    return seconds


def _check_target(target: float, arrivals: bool, part: str) -> None:
    if arrivals and target > MOST_PER_SECOND:
        raise ValueError(f"{part!r}: that are more than {MOST_PER_SECOND:,.0f} arrivals per second")
    if not arrivals and (target > _MOST_USERS or target != int(target)):
        raise ValueError(f"{part!r}: write a whole number of users from 0 to {_MOST_USERS:,}, such as 100u")


def _plain(number: float) -> str:
    """All digits that tell `number` from its neighbours, without an exponent: 2.0 is "2", 1e-05 is "0.00001"."""
    return format(Decimal(repr(float(number))), "f").removesuffix(".0")


def _rate_text(per_second: float) -> str:
    """In the unit that makes the shortest text of those that mean exactly this rate: 0.5 is "0.5/s", 1/60 is "1/m"."""
    texts = ((f"{per_second / factor:g}", unit, factor) for unit, factor in _PER_SECOND.items())
    exact = [text + unit for text, unit, factor in texts if "e" not in text and float(text) * factor == per_second]
    return min([*exact, f"{_plain(per_second)}/s"], key=len)


def _time_for(area: float, rate: float, slope: float) -> float:
    """How long a rate that begins at `rate` and changes by `slope` per second takes to make `area` arrivals."""
    if not area:
        return 0.0
    # The root of slope/2 t^2 + rate t - area, in the form that loses no digits for small slopes.
    return 2 * area / (rate + math.sqrt(max(rate * rate + 2 * slope * area, 0.0)))
