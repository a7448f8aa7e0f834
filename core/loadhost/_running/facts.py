"""RunFacts: when a run began and ended, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, time


@dataclass
class RunFacts:
    """Times are epoch seconds UTC. `most_users`: the largest number of users alive at once.

    `reset_s`: when the statistics were last forgotten, None if never in this run.
    """

    started_s: float = field(default_factory=time)
    ended_s: float = 0.0
    stop_reason: str | None = None
    interrupted_by: str | None = None
    most_users: int = 0
    reset_s: float | None = None
    _started_monotonic: float = field(default_factory=monotonic)

    def end(self) -> None:
        """The last request is counted: the run ends now."""
        self.ended_s = self._now()

    def reset(self) -> None:
        """Statistics begin anew, now."""
        self.reset_s = self._now()

    def _now(self) -> float:
        # By the monotonic clock: a step of the wall clock changes no duration.
        return self.started_s + monotonic() - self._started_monotonic
