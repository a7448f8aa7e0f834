"""RunOutcome: what a run left behind."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunOutcome:
    """A run that has ended.

    `exit_code`, `stdout`, `stderr`: of the child process; negative codes are signals. `report`: the JSON report, None
    if none was written. `folder`: the working folder. `name`: what the run's files in it begin with.
    In process, there is no output and no report: `environment`, with its statistics, and `result` (the RunResult) are
    set instead.
    """

    exit_code: int
    stdout: str = ""
    stderr: str = ""
    report: Mapping[str, Any] | None = None
    folder: Path = Path()
    name: str = ""
    environment: Any = None
    result: Any = None

    @property
    def output(self) -> str:
        """stdout, then stderr."""
        return self.stdout + self.stderr

    @property
    def stats(self) -> Any:
        """The statistics of a run in process; use `report` for a child's."""
        if self.environment is None:
            raise AttributeError("statistics live in the run's own process; see .report, or run with in_process=True")
        return self.environment.stats

    @property
    def verdict(self) -> str | None:
        """The outcome of the run: "passed", "failed", ...; None if no run took place."""
        if self.result is not None:
            return str(self.result.outcome.value)
        return self.report["verdict"]["outcome"] if self.report else None

    def entry(self, name: str, method: str = "GET") -> Mapping[str, Any]:
        """The report's row of one (name, method). Raises KeyError that lists those there are."""
        rows = {(row["name"], row["method"]): row for row in (self.report or {}).get("entries", ())}
        if (name, method) not in rows:
            raise KeyError(f"the report has no {method} {name}; it has {sorted(rows) or 'no entries'}\n{self.output}")
        row: Mapping[str, Any] = rows[name, method]
        return row

    def csv(self, kind: str = "stats") -> list[dict[str, str]]:
        """The rows of one CSV file: "stats", "stats_history", "failures" or "exceptions"."""
        with (self.folder / f"{self.name}_{kind}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
