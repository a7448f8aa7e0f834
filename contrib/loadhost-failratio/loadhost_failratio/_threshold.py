"""Threshold: one rule as data, and its text. `_parser.py` makes them from texts; what is printed parses back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

TIME, RATIO, RATE, COUNT, METRIC = "time", "ratio", "rate", "count", "metric"
"""The kinds of quantities: in ms, 0..1, per second, a number of, and whatever the metric's maker says."""

TIMES = ("avg", "min", "max", "median")
KINDS = {"fail_ratio": RATIO, "failures": COUNT, "requests": COUNT, "rps": RATE, **dict.fromkeys(TIMES, TIME)}
UNITS = {
    TIME: {"ms": 1.0, "s": 1000.0, "us": 0.001},
    RATIO: {"%": 0.01},
    RATE: {"/s": 1.0},
    COUNT: {},
    METRIC: {"ms": 1.0, "s": 1000.0, "us": 0.001, "%": 0.01, "/s": 1.0},
}
"""{kind: {unit: how many of the base unit it is}}; the base units are ms, 0..1, per second, 1."""
BASE_UNITS = {TIME: "ms", RATIO: "ratio", RATE: "per_s", COUNT: "", METRIC: ""}

_PLAIN_WORD = re.compile(r"[^\s,{}=\"'\\]+")
_PLAIN_METRIC = re.compile(r"[A-Za-z_][A-Za-z0-9_/:-]*")


@dataclass(frozen=True)
class Quantity:
    """What is measured.

    `figure`: "fail_ratio", "failures", "requests", "rps", "avg", "min", "max", "median", "p95", "p99.9"; of a metric
    "rate", "count", a figure of times, or "" for its value. `service`: the service time, not the response time.
    `metric`: the name of a custom metric, or None.
    """

    figure: str
    service: bool = False
    metric: str | None = None

    @property
    def kind(self) -> str:
        """TIME, RATIO, RATE, COUNT or METRIC."""
        return METRIC if self.metric is not None else KINDS.get(self.figure, TIME)

    @property
    def quantile(self) -> float | None:
        """0.95 of "p95" and 0.5 of "median"; None for all others."""
        if self.figure == "median":
            return 0.5
        return float(self.figure[1:]) / 100 if re.fullmatch(r"p[\d.]+", self.figure) else None

    @property
    def is_of_times(self) -> bool:
        """Whether it is read from a histogram."""
        return self.figure in TIMES or self.quantile is not None

    def __str__(self) -> str:
        if self.metric is None:
            return f"service.{self.figure}" if self.service else self.figure
        name = self.metric if _PLAIN_METRIC.fullmatch(self.metric) else quoted(self.metric)
        return f"metric:{name}.{self.figure}" if self.figure else f"metric:{name}"


@dataclass(frozen=True)
class Limit:
    """A number as it was written, with its unit; `value` is in the base unit of the quantity."""

    number: float
    unit: str
    value: float

    def __str__(self) -> str:
        return f"{plain(self.number)}{self.unit}"


@dataclass(frozen=True)
class Threshold:
    """One rule: the quantity, of what matches the selector, compares to the limit as it says.

    `selector`: (key, value) pairs; several values of one key mean any of them. `comparison`: "<", "<=", ">", ">=",
    "==". `for_s`: broken without a break for so long before it counts. `within_s`: judged over the last so many
    seconds. `after_s`: what happens before is left out. `action`: "stop", "warn", or "" for neither.
    """

    quantity: Quantity
    comparison: str
    limit: Limit
    selector: tuple[tuple[str, str], ...] = ()
    for_s: float | None = None
    within_s: float | None = None
    after_s: float | None = None
    action: str = ""

    @property
    def span_s(self) -> float | None:
        """The length of the rolling stretch that is judged; None is the whole run."""
        if self.within_s is not None:
            return self.within_s
        return None if self.for_s is None else 1.0

    @property
    def judges_failures(self) -> bool:
        """Whether it decides if the failed requests of the run are too many: all of them, and not just a warning."""
        return self.quantity.figure in ("fail_ratio", "failures") and not self.selector and self.action != "warn"

    def keeps(self, value: float) -> bool:
        """Whether `value` is as it should be."""
        limit = self.limit.value
        compare = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}
        # A ratio or a percentile that is computed differs from one that is written in the last digits.
        return compare.get(self.comparison, abs(value - limit) <= 1e-9 * max(1.0, abs(limit)))

    @property
    def subject(self) -> str:
        """The quantity with its selector: "p99{name=/checkout}"."""
        if not self.selector:
            return str(self.quantity)
        pairs = ", ".join(f"{word(key)}={word(value)}" for key, value in self.selector)
        return f"{self.quantity}{{{pairs}}}"

    def __str__(self) -> str:
        clauses = [
            f"{name} {seconds_text(seconds)}"
            for name, seconds in (("for", self.for_s), ("within", self.within_s), ("after", self.after_s))
            if seconds is not None
        ]
        if self.action:
            clauses.append(f"then {self.action}")
        text = f"{self.subject} {self.comparison} {self.limit}"
        return f"{text} {', '.join(clauses)}" if clauses else text


def plain(number: float) -> str:
    """All digits of a number and no exponent: 2.0 is "2", 1e-05 is "0.00001"."""
    return format(Decimal(repr(float(number))), "f").removesuffix(".0")


def seconds_text(seconds: float) -> str:
    """A duration as the grammar has it: "10s", "0.25s"."""
    return f"{plain(seconds)}s"


def word(text: str) -> str:
    """A name or label as the grammar has it, in quotes where it needs them."""
    return text if _PLAIN_WORD.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """In double quotes, with backslashes before those inside."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
