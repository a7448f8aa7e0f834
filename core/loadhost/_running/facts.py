"""RunFacts: when a run began and ended, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, time


@dataclass
class RunFacts:
    """Times are epoch seconds UTC. `most_users`: the largest number of users alive at once."""

    started_s: float = field(default_factory=time)
    ended_s: float = 0.0
    stop_reason: str | None = None
    interrupted_by: str | None = None
    most_users: int = 0
    _started_monotonic: float = field(default_factory=monotonic)

    def end(self) -> None:
        """The last request is counted: the run ends now."""
        # By the monotonic clock: a step of the wall clock changes no duration.
        self.ended_s = self.started_s + monotonic() - self._started_monotonic
