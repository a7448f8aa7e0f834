"""LoadTestShape: code that decides, second by second, how much load there is."""

from __future__ import annotations

from time import perf_counter
from typing import Any, ClassVar


class LoadTestShape:
    """Subclass it in a loadfile and define `tick` (users) or `arrival_rate` (iterations per second).

    Either is called once a second, also while a ramp is under way, so that no stage is ever skipped.
    """

    abstract: ClassVar[bool] = True
    """True for a class that is only there to be subclassed. A subclass is not abstract unless it says so itself."""
    use_common_options: ClassVar[bool] = False
    """True: -u, -r and -t may be given, and `tick` reads them from `self.runner.environment.parsed_options`."""

    runner: Any = None
    """The runner, set before the first tick."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = bool(vars(cls).get("abstract"))

    def __init__(self) -> None:
        self._began = perf_counter()

    def reset_time(self) -> None:
        """Begin to count the run time anew. Called by the runner when a run begins."""
        self._began = perf_counter()

    def get_run_time(self) -> float:
        """Seconds since the run began."""
        return perf_counter() - self._began

    def get_current_user_count(self) -> int:
        """Users alive now."""
        return int(self.runner.user_count) if self.runner is not None else 0

    def tick(self) -> tuple[Any, ...] | None:
        """(users, spawn rate), or (users, spawn rate, [user classes]) for only those; None ends the run."""
        return None

    def arrival_rate(self) -> float | None:
        """Iterations that begin per second; None ends the run. Define it in the place of `tick`."""
        return None
