"""Windows to judge, made with the histograms of loadhost itself, and who judges them: a rule, or a whole guard."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from loadhost import Outcome, PluginManager
from loadhost.stats import Histogram
from loadhost_failratio import FailRatio, parse_threshold
from loadhost_failratio._judge import Judge
from loadhost_hookspecs import EntryFigures, MetricFigures, OptionSpec, StatsWindow

START = 1_700_000_000.0


def times_of(ms: float | Iterable[float], count: int) -> Histogram:
    """So many times of `ms`, or the times themselves."""
    histogram = Histogram()
    for each in [ms] * count if isinstance(ms, int | float) else ms:
        histogram.record(each)
    return histogram


def make_entry(
    requests: int,
    failures: int = 0,
    *,
    ms: float | Iterable[float] = 12.5,
    service_ms: float | None = None,
    name: str = "Aggregated",
    method: str = "",
) -> EntryFigures:
    """The figures of so many requests, of which so many failed and each took `ms`."""
    times = times_of(ms, requests)
    service = times if service_ms is None else times_of(service_ms, requests)
    return EntryFigures(name, method, requests, failures, times, service, bytes=0)


def make_window(
    requests: int = 0,
    failures: int = 0,
    seconds: float = 1.0,
    *,
    start: float = START,
    final: bool = False,
    entries: Iterable[EntryFigures] = (),
    metrics: Iterable[MetricFigures] = (),
    **figures: Any,
) -> StatsWindow:
    """A window of so many requests, of which so many failed."""
    return StatsWindow(
        start=start,
        duration=seconds,
        total=make_entry(requests, failures, **figures),
        entries={(entry.name, entry.method): entry for entry in entries},
        metrics=tuple(metrics),
        final=final,
    )


@pytest.fixture(scope="session")
def window() -> Callable[..., StatsWindow]:
    """The function that makes windows."""
    return make_window


@pytest.fixture(scope="session")
def entry() -> Callable[..., EntryFigures]:
    """The function that makes the figures of one name."""
    return make_entry


def make_metric(kind: str, value: float, times: Iterable[float] = (), name: str = "x", **labels: str) -> MetricFigures:
    """The figures of the metric "x"; a trend has these times."""
    histogram = None
    if kind == "trend":
        histogram = Histogram()
        for ms in times:
            histogram.record(ms)
        value = histogram.count
    return MetricFigures(name, tuple(sorted(labels.items())), kind, value, histogram)


class Run:
    """A rule, and the windows of a run, one after the other. `trips`: in which window (from 1) it tripped."""

    def __init__(self, rule: str, **settings: Any) -> None:
        self.judge = Judge(parse_threshold(rule), "--threshold", **settings)
        self.clock = START
        self.count = 0
        self.trips: list[int] = []

    def see(self, *args: Any, times: int = 1, stopped_s: float | None = None, **settings: Any) -> Run:
        for _ in range(times):
            window = make_window(*args, start=self.clock, **settings)
            self.clock += window.duration
            self.count += 1
            if self.judge.see(window, stopped_s=stopped_s) is not None:
                self.trips.append(self.count)
        return self

    def end(self, *args: Any, seconds: float = 0.25, **settings: Any) -> Run:
        return self.see(*args, seconds=seconds, final=True, **settings)

    @property
    def outcome(self) -> Outcome:
        self.judge.finish()
        return self.judge.outcome

    def row(self, names: Iterable[Any] = (), metrics: Iterable[Any] = ()) -> dict[str, Any]:
        return self.judge.row(SimpleNamespace(entries=tuple(names), metrics=tuple(metrics)))  # type: ignore[arg-type]


@pytest.fixture
def run() -> Callable[..., Run]:
    """`run("p95 < 300ms")` begins one."""
    return Run


@pytest.fixture(scope="session")
def metric() -> Callable[..., MetricFigures]:
    """The function that makes the figures of a metric."""
    return make_metric


class Options:
    """Keeps what a plugin adds."""

    def __init__(self) -> None:
        self.specs: dict[str, OptionSpec] = {}

    def add(self, spec: OptionSpec) -> None:
        self.specs[spec.name] = spec


class Config:
    """Settings as the host hands them over."""

    node = "local"

    def __init__(self, **values: Any) -> None:
        self.given = values
        options = Options()
        FailRatio().loadhost_add_options(options)
        defaults = {name: spec.default for name, spec in options.specs.items()}
        self.options = Namespace(**{"exit_code_on_error": 1, **defaults, **values})

    def source(self, name: str) -> str:
        return "command line" if name in self.given else "default"

    def set_default(self, name: str, value: Any) -> bool:
        if name in self.given:
            return False
        setattr(self.options, name, value)
        return True


class Runner:
    """Remembers why it was stopped."""

    def __init__(self) -> None:
        self.stops: list[str | None] = []

    def stop(self, reason: str | None = None) -> None:
        self.stops.append(reason)


class Guarded:
    """A guard in an environment, fed with windows."""

    node = "local"
    user_classes: tuple[type, ...] = ()
    plugin_manager = PluginManager()

    def __init__(self, *, thresholds: Any = (), **values: Any) -> None:
        self.config = Config(**values)
        self.runner = Runner()
        self.marks = Marks()
        self.guard = FailRatio(thresholds)
        self.guard.loadhost_configure(self.config)
        self.begin()

    def begin(self) -> None:
        self.guard.loadhost_test_start(environment=self)

    def see(self, *windows: Any) -> Guarded:
        for window in windows:
            self.guard.loadhost_stats_window(environment=self, window=window)
        return self

    @property
    def verdict(self) -> Any:
        return self.guard.loadhost_verdict(result=Namespace(entries=(), metrics=()))

    @property
    def rows(self) -> Any:
        return self.verdict.evidence["thresholds"]


class Marks(list[tuple[str, str, str]]):
    """Keeps what is marked."""

    def add(self, kind: str, text: str, *, source: str, time_s: float) -> None:
        self.append((source, kind, text))


@pytest.fixture
def guarded() -> type[Guarded]:
    """`guarded(fail_ratio=0.2)` is a guard with these settings, in a run that has begun."""
    return Guarded
