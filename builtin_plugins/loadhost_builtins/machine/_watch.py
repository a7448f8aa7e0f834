"""Watch: what is measured while a run goes on: seconds for the verdict, figures for people, gauges for reports."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from loadhost.stats import Histogram
from loadhost_hookspecs import Environment

from loadhost_builtins.machine._garbage import GcWatch
from loadhost_builtins.machine._judgment import EXPOSED
from loadhost_builtins.machine._lateness import HubWatch, Tick
from loadhost_builtins.machine._readings import Readings
from loadhost_builtins.machine._seconds import Record, Second

_LATE_AT = 0.9
"""Of the looks in one second, one in ten is at least as late as what counts as that second's lag: a single late look of
ten is not enough."""


class _Counted(NamedTuple):
    """So far. `late_ms`: the sum of the lateness of iterations that were `due`."""

    requests: int
    unclocked: int
    due: int
    late_ms: float
    dropped: int


class Watch:
    """From its making to `stop`. `record` and `figures` can be read at any time, and after the end.

    `figures`: {name: number} as docs/instrument.md has them; what can't be had here is missing.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._readings = Readings()
        self._garbage = GcWatch()
        self.reset()
        self._hub_watch = HubWatch(self._readings.clocks, self._take)

    def reset(self) -> None:
        """Forget what was measured so far."""
        self.record = Record()
        self.hub_lag = Histogram()
        self.figures: dict[str, float] = {}
        self._garbage.take_longest_ms()
        self._begin_second()

    def stop(self) -> None:
        """The run ends: what comes now is no load any more."""
        self._hub_watch.stop()
        self._garbage.stop()
        if perf_counter() - self._began_s >= 0.5:
            self._end_second()
        self.look_at_limits()
        self._readings.close()

    def look_at_limits(self) -> None:
        """Open files and ports: every few seconds is enough."""
        if (files := self._readings.open_files()) is not None:
            self._most("open_files", files[0])
            self.figures["open_files_limit"] = files[1]
            self._gauge("open_files", files[0])
        if (ports := self._readings.ports()) is not None:
            self._most("ephemeral_ports", ports.used)
            self._most("time_wait", ports.time_wait)
            self.figures["ephemeral_ports_available"] = ports.available
            self._gauge("ephemeral_ports", ports.used)

    def _take(self, ticks: list[Tick]) -> None:
        self._ticks += ticks
        for tick in ticks:
            self.hub_lag.record(tick.late_ms)
        if perf_counter() - self._began_s >= 1.0:
            self._end_second()

    def _counted(self) -> _Counted:
        stats = self._environment.stats
        requests, late = stats.num_requests, stats.schedule_lag
        unclocked = requests - stats.lag.count + stats.stepwise
        return _Counted(requests, unclocked, late.count, late.mean * late.count, stats.dropped_arrivals)

    def _begin_second(self) -> None:
        self._ticks: list[Tick] = []
        self._began_s, self._clocks_then = perf_counter(), self._readings.clocks()
        self._process_then, self._counted_then = self._readings.process_cpu_s(), self._counted()
        self._pauses_then = self._garbage.pause_s

    def _end_second(self) -> None:
        seconds = perf_counter() - self._began_s
        clocks, counted = self._readings.clocks(), self._counted()
        counts = (max(now - then, 0) for now, then in zip(counted, self._counted_then, strict=True))
        requests, unclocked, due, late_ms, dropped = counts
        second = Second(
            seconds=seconds,
            requests=int(requests),
            unclocked=int(min(unclocked, requests)) if unclocked >= EXPOSED * requests else 0,
            due=int(due),
            dropped=int(dropped),
            hub_ms=_upper([tick.late_ms for tick in self._ticks]),
            own_hub_ms=_upper([tick.own_ms for tick in self._ticks]),
            own_hub_median_ms=_upper([tick.own_ms for tick in self._ticks], 0.5),
            schedule_ms=late_ms / due if due else 0.0,
            cpu=min((clocks.cpu_s - self._clocks_then.cpu_s) / seconds, 1.0),
            waited=min((clocks.waited_s - self._clocks_then.waited_s) / seconds, 1.0),
        )
        self.record.add(second)
        self._show(second, (self._readings.process_cpu_s() - self._process_then) / seconds)
        self._readings.look_around()
        self._begin_second()

    def _show(self, second: Second, cpu: float) -> None:
        """Give out the figures of a second; `cpu`: CPU cores that the whole process used."""
        pause_ms = self._garbage.take_longest_ms()
        memory = self._readings.memory_bytes()
        gauges = {
            "cpu": cpu,
            "stolen": second.waited,
            "hub_lag_ms": second.hub_ms,
            "schedule_lag_ms": second.schedule_ms,
            "gc_pause_ms": pause_ms,
            "memory_bytes": memory,
        }
        for name, value in gauges.items():
            self._gauge(name, value)
        record, figures = self.record, self.figures
        figures["seconds"] = record.seconds
        figures["cpu"] = record.share(record.cpu_s)
        figures["pegged"] = record.share(record.pegged_s)
        figures["stolen"] = record.share(record.waited_s)
        self._most("cpu_max", cpu)
        self._most("memory_bytes", memory)
        self._most("gc_pause_ms", pause_ms)
        figures["gc_collections"] = self._garbage.collections
        figures["gc"] = min(self._garbage.pause_s / record.seconds, 1.0)
        figures["hub_lag_p50_ms"] = self.hub_lag.percentile(0.5)
        figures["hub_lag_p99_ms"] = self.hub_lag.percentile(0.99)
        figures["hub_lag_max_ms"] = self.hub_lag.max

    def _gauge(self, name: str, value: float) -> None:
        self._environment.metrics.gauge(f"machine.{name}").set(value)

    def _most(self, name: str, value: float) -> None:
        self.figures[name] = max(value, self.figures.get(name, 0))


def _upper(lates: list[float], quantile: float = _LATE_AT) -> float:
    return sorted(lates)[int(quantile * (len(lates) - 1))] if lates else 0.0
