"""RunFacts: when a run began and ended, and why."""

from __future__ import annotations

from dataclasses import dataclass
from time import time


@dataclass
class RunFacts:
    """Times are epoch seconds UTC. `most_users`: the largest number of users alive at once."""

    started_s: float
    ended_s: float = 0.0
    stop_reason: str | None = None
    interrupted_by: str | None = None
    most_users: int = 0

    def end(self) -> None:
        """The last request is counted: the run ends now."""
        self.ended_s = time()
