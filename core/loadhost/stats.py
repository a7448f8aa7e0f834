"""Statistics of a run: counted per (name, method), in windows of a second and in total; read by Locust's names."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import floor
from time import time

from loadhost_hookspecs import EntryFigures, ErrorCount, ExceptionCount, MetricFigures, StatsWindow

from loadhost._numbers.buckets import DAY_US, microseconds
from loadhost._numbers.caps import OTHER, Cap, Caps
from loadhost._numbers.entry import StatsEntry
from loadhost._numbers.errors import ErrorBook, ExceptionBook, error_text
from loadhost._numbers.histogram import FrozenHistogram, Histogram
from loadhost._numbers.merging import merge_entries
from loadhost._numbers.metrics import Counter, Gauge, Metrics, Trend
from loadhost._numbers.tally import Tally
from loadhost._numbers.timeline import Timeline

__all__ = [
    "Caps",
    "Counter",
    "FrozenHistogram",
    "Gauge",
    "Histogram",
    "Metrics",
    "Stats",
    "StatsEntry",
    "Timeline",
    "Trend",
    "error_text",
    "merge_entries",
]

_RING = 300
_RING_AT_LEAST = 15
_RING_ENTRIES = 50_000
"""So many entries the windows of the ring have together, 1.1 KiB each: with more, fewer windows are kept whole."""
_OTHER_METHODS = 100
"""So many methods have a row of their own beyond the cap of names: methods, too, may be made of ids."""


class Stats:
    """The numbers of a run. A request is counted in the open window only, and a closed window is added to the sums:
    so the sum of all windows equals the totals, by construction.

    `total`, `entries[(name, method)]`: live StatsEntry views. `windows`: the last 300, with their entries (fewer, 15 at
    least, when there are thousands of names).
    `timeline`: the whole run, without entries. `start_time`: epoch seconds. Belongs to one thread; native threads
    go through `environment.requests.record_threadsafe`.
    """

    def __init__(self, caps: Caps | None = None) -> None:
        self.caps = caps or Caps()
        self.entries: dict[tuple[str, str], StatsEntry] = {}
        self.windows: deque[StatsWindow] = deque(maxlen=_RING)
        self.total = StatsEntry(
            self, "Aggregated", "", lambda: (self._closed_total, *self._open.values()), lambda window: window.total
        )
        self._open: dict[tuple[str, str], Tally] = {}
        self._closed: dict[tuple[str, str], Tally] = {}
        self._last_s: dict[tuple[str, str], float] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything and begin anew, now. Views of entries read 0 from then on."""
        for kept in (self.entries, self._open, self._closed, self._last_s, self.windows):
            kept.clear()
        self._ring_entries = 0
        self._closed_total = Tally()
        self.timeline = Timeline()
        self._errors, self._exceptions = ErrorBook(self.caps), ExceptionBook(self.caps)
        self._names = Cap(
            self.caps.names, "different names of requests", "Give requests to changing addresses one name with name=."
        )
        self.lag = Histogram()
        """How long responses lay in this process before their user read them; see `Instrument`."""
        self.schedule_lag = Histogram()
        """How late iterations began that had a time at which they were due (pacing, arrivals)."""
        self.dropped_arrivals = 0
        """Arrivals that began no iteration, for want of a user that was ready; see `Instrument`."""
        self.stepwise = 0
        """How often requests waited for this process before they waited for their answer; see `Instrument`."""
        self.start_time = time()

    def record(
        self,
        name: str,
        method: str,
        response_ms: float,
        service_ms: float,
        length: int,
        exception: BaseException | str | None = None,
        lag_ms: float | None = None,
    ) -> None:
        """Count one request that has ended. Times in ms, `length` in bytes; `exception` None means success.

        `lag_ms`: how long the response lay in this process, if the kernel's clock tells (see `lag`).
        """
        try:
            tally = self._open[name, method]
        except KeyError:
            tally = self._open_tally(name, method)
        # Histogram.record written out, for the call would cost a tenth of the whole; floor() costs half of int().
        # Clamping is free: only a value beyond all earlier ones can be out of bounds.
        try:
            us = floor(response_ms * 1000.0 + 0.5)
        except (ValueError, OverflowError):
            us = microseconds(response_ms)
        # First, so that a length or a time that is no number raises before anything is counted.
        tally.bytes += length
        if response_ms == service_ms:
            times = tally.both
        else:
            times = tally.response
            tally.service.record(service_ms)
        if us > times.max_us:
            times.max_us = us = min(us, DAY_US)
        if us < times.min_us:
            times.min_us = us = max(us, 0)
        times.count += 1
        times.sum_us += us
        if us < 256:
            times.counts[us] += 1
        else:
            shift = us.bit_length() - 8
            times.counts[(shift << 7) + (us >> shift)] += 1
        if exception is not None:
            self._count_failure(tally, name, method, exception)
        if lag_ms is not None:
            us, times = int(lag_ms * 1000.0), self.lag
            if us > times.max_us:
                times.max_us = us = min(us, DAY_US)
            if us < times.min_us:
                times.min_us = us = max(us, 0)
            times.count += 1
            times.sum_us += us
            if us < 256:
                times.counts[us] += 1
            else:
                shift = us.bit_length() - 8
                times.counts[(shift << 7) + (us >> shift)] += 1

    def interrupted(self, name: str, method: str) -> None:
        """Count a request that was under way when the run was cut short."""
        self._open_tally(name, method).interrupted += 1

    def retried(self, name: str, method: str) -> None:
        """Count a request that was sent again on a fresh connection."""
        self._open_tally(name, method).retried += 1

    def log_exception(
        self, user_class: str, exception: BaseException | str, traceback_text: str = "", node: str = "local"
    ) -> None:
        """Count an exception that a task, on_start or on_stop let out."""
        self._exceptions.count(user_class, exception, traceback_text, node)

    def close_window(
        self,
        start: float,
        duration: float,
        *,
        user_count: int = 0,
        user_classes_count: Mapping[str, int] | None = None,
        metrics: tuple[MetricFigures, ...] = (),
        final: bool = False,
        late: int = 0,
        workers_reported: int = 0,
        workers_expected: int = 0,
    ) -> StatsWindow:
        """Close the open window and begin the next. What it returns never changes.

        `start`: epoch seconds; `duration`: seconds; `metrics`: what Metrics.cut() gave for this window.
        """
        tallies, total = dict(self._open), Tally()
        self._open.clear()
        for key, tally in tallies.items():
            self._closed[key].add(tally)
            self._last_s[key] = start + duration
            total.add(tally)
        self._closed_total.add(total)
        window = StatsWindow(
            start=start,
            duration=duration,
            total=total.figures(self.total.name, self.total.method),
            entries={key: tally.figures(*key) for key, tally in tallies.items()},
            metrics=tuple(metrics),
            user_count=user_count,
            workers_reported=workers_reported,
            workers_expected=workers_expected,
            late=late,
            final=final,
            user_classes_count=dict(user_classes_count or {}),
        )
        self._keep(window)
        self.timeline.append(window)
        return window

    def _keep(self, window: StatsWindow) -> None:
        windows = self.windows
        if len(windows) == windows.maxlen:
            self._ring_entries -= len(windows[0].entries)
        windows.append(window)
        self._ring_entries += len(window.entries)
        while self._ring_entries > _RING_ENTRIES and len(windows) > _RING_AT_LEAST:
            self._ring_entries -= len(windows.popleft().entries)

    def get(self, name: str, method: str) -> StatsEntry:
        """The entry of (name, method); one that reads 0, until there is traffic, if it is unknown."""
        return self.entries.get((name, method)) or self._view((name, method))

    @property
    def errors(self) -> dict[tuple[str, str, str], ErrorCount]:
        """Failed requests by (name, method, error text), as they are now."""
        return self._errors.counts()

    @property
    def exceptions(self) -> dict[tuple[str, str], ExceptionCount]:
        """Exceptions of tasks by (user class, message), as they are now."""
        return self._exceptions.counts()

    @property
    def capped(self) -> dict[str, int]:
        """What a cap sent to `__other__`: requests by names, failures by errors, exceptions."""
        return {
            "names": self._names.over,
            "errors": self._errors.cap.over,
            "exceptions": self._exceptions.cap.over,
        }

    @property
    def num_requests(self) -> int:
        """Requests of all entries."""
        return self.total.num_requests

    @property
    def num_failures(self) -> int:
        """Failures of all entries."""
        return self.total.num_failures

    @property
    def num_none_requests(self) -> int:
        """Always 0; see StatsEntry."""
        return self.total.num_none_requests

    @property
    def last_request_timestamp(self) -> float | None:
        """When the last request ended, epoch seconds; see StatsEntry."""
        return self.total.last_request_timestamp

    def totals_figures(self) -> EntryFigures:
        """The total as it is now, frozen."""
        return self.total.figures()

    def entry_figures(self) -> tuple[EntryFigures, ...]:
        """Every entry as it is now, frozen, by name and method."""
        return tuple(self.entries[key].figures() for key in sorted(self.entries))

    def error_counts(self) -> tuple[ErrorCount, ...]:
        """Every error row as it is now, the most frequent first."""
        return tuple(sorted(self.errors.values(), key=lambda row: (-row.count, row.name, row.method, row.error)))

    def exception_counts(self) -> tuple[ExceptionCount, ...]:
        """Every exception row as it is now, the most frequent first."""
        return tuple(sorted(self.exceptions.values(), key=lambda row: (-row.count, row.user_class, row.message)))

    def _open_tally(self, name: str, method: str) -> Tally:
        key = self._key(name, method)
        tally = self._open.get(key)
        if tally is None:
            tally = self._open[key] = Tally()
        return tally

    def _key(self, name: str, method: str) -> tuple[str, str]:
        """The pair itself if it is known or there is room, else that of `__other__`.

        The cap's warning may switch to another greenlet (logging locks and writes): nothing may be held from before.
        """
        key = (name, method)
        if key not in self._closed and not self._names.has_room(len(self._closed)):
            has_row = (OTHER, method) in self._closed or len(self._closed) < self.caps.names + _OTHER_METHODS
            key = (OTHER, method if has_row else OTHER)
        if key not in self._closed:
            self._closed[key] = Tally()
            self.entries[key] = self._view(key)
        return key

    def _view(self, key: tuple[str, str]) -> StatsEntry:
        def tallies() -> tuple[Tally, ...]:
            return tuple(part[key] for part in (self._closed, self._open) if key in part)

        return StatsEntry(self, *key, tallies, lambda window: window.entries.get(key))

    def _count_failure(self, tally: Tally, name: str, method: str, exception: BaseException | str) -> None:
        tally.failures += 1
        if (name, method) not in self._closed:
            name, method = OTHER, method if (OTHER, method) in self._closed else OTHER
        self._errors.count(name, method, exception)

    def _last_traffic(self, name: str, method: str) -> float | None:
        key = (name, method)
        if key == (self.total.name, self.total.method):
            return time() if self._open else max(self._last_s.values(), default=None)
        return time() if key in self._open else self._last_s.get(key)

    def _traffic_duration(self) -> float:
        last = self.last_request_timestamp
        return last - self.start_time if last is not None else 0.0
