"""RunResult: everything a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loadhost_hookspecs._figures import EntryFigures, HistogramView, MetricFigures, StatsWindow
from loadhost_hookspecs._verdicts import Outcome, Status, VerdictPart


@dataclass(frozen=True)
class ErrorCount:
    """How often the requests of one (name, method) failed with one error text. Times are epoch seconds UTC."""

    name: str
    method: str
    error: str
    count: int
    first_s: float
    last_s: float

    @property
    def occurrences(self) -> int:
        """`count`, by Locust's name."""
        return self.count

    def to_name(self) -> str:
        """One line for all of it: "GET /cart: 500 Server Error"."""
        return f"{self.method} {self.name}: {self.error}"


@dataclass(frozen=True)
class ExceptionCount:
    """How often a task or on_start let the same exception out. `traceback` is that of the first one."""

    user_class: str
    message: str
    traceback: str
    count: int
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class PluginHealth:
    """How one plugin fared: its `tell` hooks' calls and failures, and what they cost.

    `state`: "loaded", or "off" if an implementation is switched off. `cost_us`: mean microseconds per call, from a
    sample of the calls; without the hooks of a run's end, in which a plugin may wait. `switched_off`: the hooks whose
    implementation is switched off until the next run.
    """

    name: str
    distribution: str | None
    version: str | None
    state: str
    calls: int
    failures: int
    cost_us: float
    switched_off: tuple[str, ...] = ()
    last_error: str | None = None


@dataclass(frozen=True)
class PluginStatus:
    """A Status together with the plugin that gave it."""

    plugin: str
    status: Status


@dataclass(frozen=True)
class Mark:
    """Something that happened at one moment of a run, for charts and reports; see `environment.marks`.

    `time_s`: epoch seconds UTC. `source`: the plugin, or "loadhost" for the core. `kind`: one word; the core's are
    "start", "stop", "load" (another target of users or arrivals), "reset" (statistics begin anew) and "plugin" (one was
    switched off). `text`: one line.
    """

    time_s: float
    source: str
    kind: str
    text: str


@dataclass(frozen=True)
class Instrument:
    """What the load generator says of itself.

    `lag`: how long responses lay in this process before the user got to read them, ms; one value per request that was
    timed by the kernel's clock (`lag.count` of all requests; the others by a clock read after the response).
    `capped`: {what: how often}, for what went to `__other__` because there were too many different ones ("names",
    "errors", "exceptions", "metrics"), and "samples" dropped before a slow exporter; empty if nothing was.
    `schedule_lag`: how late iterations began that had a time at which they were due (pacing, arrivals), ms.
    `dropped_arrivals`: arrivals that began no iteration: no user was free and --max-users allowed no other, or the user
    could not be made, failed in on_start, or was stopped before.
    `stepwise`: how often requests waited for this process before they waited for their answer: for a new connection,
    for each redirect. Such waits are in the times, by whatever clock.
    """

    lag: HistogramView
    capped: Mapping[str, int]
    schedule_lag: HistogramView | None = None
    dropped_arrivals: int = 0
    stepwise: int = 0


@dataclass(frozen=True)
class RunResult:
    """One run, ended. `loadhost_verdict` sees it before, `loadhost_run_finished` after the verdict is in.

    Times are epoch seconds UTC, durations seconds. `stop_reason`: why the run ended ("run time of 15s is over").
    `interrupted_by`: "SIGINT", "SIGTERM" or None. `outcome`, `exit_code`, `verdict`, `parts`: the verdict; while
    `loadhost_verdict` is asked, they are PASSED, 0, "" and (). `windows` covers the whole run: of a long one the
    windows are merged, so that a month takes the memory of an hour. `options`: {name: (value, source)}, redacted.
    `marks`: what happened when, in the order in which it was said. `reset_s`: when statistics were forgotten (the last
    time, by --reset-stats or by hand), None if never: all figures count from then on.
    """

    run_id: str
    node: str
    started_s: float
    ended_s: float
    stop_reason: str | None
    interrupted_by: str | None
    user_count: int
    totals: EntryFigures
    entries: tuple[EntryFigures, ...]
    failures: tuple[ErrorCount, ...]
    exceptions: tuple[ExceptionCount, ...]
    windows: tuple[StatsWindow, ...]
    metrics: tuple[MetricFigures, ...]
    plugins: tuple[PluginHealth, ...]
    statuses: tuple[PluginStatus, ...]
    options: Mapping[str, tuple[Any, str]]
    command: str
    instrument: Instrument | None = None
    outcome: Outcome = Outcome.PASSED
    exit_code: int = 0
    verdict: str = ""
    parts: tuple[VerdictPart, ...] = ()
    marks: tuple[Mark, ...] = ()
    reset_s: float | None = None

    @property
    def duration_s(self) -> float:
        """From the start to the end of the run, in seconds."""
        return self.ended_s - self.started_s

    @property
    def counted_s(self) -> float:
        """The seconds that the figures are of: those since the statistics were reset, or else the whole run."""
        return self.ended_s - (self.started_s if self.reset_s is None else self.reset_s)
