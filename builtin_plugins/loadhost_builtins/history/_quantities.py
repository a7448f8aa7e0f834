"""What two runs are compared by: percentiles, the mean, requests per second, the ratio of failures."""

from __future__ import annotations

import re
from dataclasses import dataclass

TIME, RATE, RATIO = "time", "rate", "ratio"
UNITS = {TIME: "ms", RATE: "per_s", RATIO: "ratio"}

_FEWEST_BEYOND = 5
"""A percentile is judged if so many requests lie beyond it: p99 from 500 requests on."""
_FEWEST = 20
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Quantity:
    """One figure of a row. `quantile`: of a percentile, else None.

    Times and rates are compared by their ratio, ratios of failures by subtraction: what was 0 can't be divided by.
    """

    name: str
    kind: str
    quantile: float | None = None

    @property
    def unit(self) -> str:
        """ "ms", "per_s" or "ratio"."""
        return UNITS[self.kind]

    @property
    def needed(self) -> int:
        """From how many requests on it means something, in each run."""
        if self.quantile is None:
            return _FEWEST
        return max(_FEWEST, round(_FEWEST_BEYOND / (1 - self.quantile)))

    @property
    def more_is_better(self) -> bool:
        """True of requests per second only."""
        return self.kind == RATE


def quantity(text: str) -> Quantity:
    """ "p95", "avg", "rps" or "fail_ratio". Raises ValueError for anything else."""
    if text in ("rps", "fail_ratio", "avg"):
        return Quantity(text, {"rps": RATE, "fail_ratio": RATIO, "avg": TIME}[text])
    found = _PERCENTILE.fullmatch("p50" if text == "median" else text)
    percent = float(found[1]) if found else 0.0
    if not 0 < percent < 100:
        raise ValueError(
            f"{text!r} can't be compared; write p50, p95 or another percentile, avg, rps (requests per second) "
            "or fail_ratio"
        )
    return Quantity(f"p{percent:g}", TIME, percent / 100)


USUAL = tuple(quantity(name) for name in ("p50", "p95", "p99", "rps", "fail_ratio"))
