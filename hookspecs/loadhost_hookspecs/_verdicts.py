"""Verdict and Status: what a plugin thinks of a run, and what it wants seen while the run goes on."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Outcome(enum.Enum):
    """The outcome of a run. Of several, the worst wins, by this order (last is worst), not by exit code."""

    PASSED = "passed"
    DOUBTFUL = "doubtful"
    REQUESTS_FAILED = "requests failed"
    INTERRUPTED = "interrupted"
    NOT_JUDGED = "not judged"
    FAILED = "failed"
    UNFIT = "not fit"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """The place in the order, 0 for PASSED."""
        return list(Outcome).index(self)


@dataclass(frozen=True)
class Verdict:
    """One plugin's answer to `loadhost_verdict`.

    `reason`: one line that a person reads at the end of the run. `evidence`: the figures behind it, plain data.
    """

    outcome: Outcome
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VerdictPart:
    """A verdict together with who gave it; `plugin` is "loadhost" for the core's own."""

    plugin: str
    verdict: Verdict


@dataclass(frozen=True)
class Status:
    """One line and a few figures that a plugin wants seen while the run goes on, and in the report.

    `text`: one line ("fail ratio 3.1 % of the last 10 s, limit 20 %"). `figures`: {name: number}, plain data.
    """

    text: str
    figures: Mapping[str, float] = field(default_factory=dict)
