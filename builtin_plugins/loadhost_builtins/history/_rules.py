"""--max-regression: by how much a figure may be worse than the baseline's, "p95 10%"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loadhost_builtins.history._comparing import TOTAL, Key
from loadhost_builtins.history._quantities import Quantity, quantity

DEFAULT = "p95 10%"
_RULE = re.compile(r"\s*(?P<quantity>[a-z_]+[\d.]*)\s*(?:\{(?P<selector>[^{}]*)\})?\s+(?P<limit>\d+(?:\.\d+)?)\s*%\s*")
_FORM = "write for example 'p95 10%', 'p99{name=/checkout} 15%', 'rps 5%' or 'fail_ratio 1%'"


@dataclass(frozen=True)
class RegressionRule:
    """A figure, of all requests or of one name, and by how much it may be worse: as a part (0.1) of what it was, of
    fail_ratio in absolute terms (0.01 is one percentage point)."""

    quantity: Quantity
    limit: float
    name: str | None = None
    method: str | None = None

    def __str__(self) -> str:
        chosen = ",".join(f"{key}={value}" for key, value in (("name", self.name), ("method", self.method)) if value)
        selector = f"{{{chosen}}}" if chosen else ""
        return f"{self.quantity.name}{selector} {100 * self.limit:.6g}%"

    def keys(self, known: Sequence[Key]) -> list[Key]:
        """The rows that it is about."""
        if self.name is None and self.method is None:
            return [TOTAL]
        return [
            key
            for key in known
            if key != TOTAL and self.name in (None, key[0]) and (self.method or key[1]).upper() == key[1].upper()
        ]


def rule(text: str) -> RegressionRule:
    """The type of --max-regression. Raises ValueError that shows how rules are written."""
    found = _RULE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a figure and a percentage; {_FORM}")
    chosen: dict[str, str] = {}
    for part in (found["selector"] or "").split(",") if found["selector"] else ():
        key, sign, value = part.partition("=")
        if key.strip() not in ("name", "method") or not sign or not value.strip():
            raise ValueError(f"{text!r}: {part.strip()!r} selects nothing, name=... and method=... do; {_FORM}")
        chosen[key.strip()] = value.strip().strip("\"'")
    limit = float(found["limit"]) / 100
    if limit <= 0:
        raise ValueError(f"{text!r}: no two runs are quite the same, so allow more than 0%; {_FORM}")
    return RegressionRule(quantity(found["quantity"]), limit, **chosen)
