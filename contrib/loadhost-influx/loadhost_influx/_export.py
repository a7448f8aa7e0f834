"""Export: the points of one run, from its first event to the sum at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import gevent
from loadhost import RunResult, StatsWindow

from loadhost_influx._account import Account
from loadhost_influx._delivery import Delivery
from loadhost_influx._errors import Errors
from loadhost_influx._events import Events
from loadhost_influx._generator import Generator
from loadhost_influx._interval import Intervals, merged
from loadhost_influx._points import Run, nanoseconds, window_lines
from loadhost_influx._result import result_lines
from loadhost_influx._samples import Samples
from loadhost_influx._settings import Settings

_CHUNK = 50
"""So many points are written in one go, in about a millisecond: then other greenlets have their turn."""
_VERDICT_DRAIN_S = 5.0


class Export:
    """Of one run on one node. The node that sees the whole run writes its figures; in raw mode each node that makes
    requests writes those.
    """

    def __init__(self, settings: Settings, environment: Any) -> None:
        self._environment = environment
        self._run = Run.of(environment.run_id, test_name(environment), settings.tags)
        self._intervals = Intervals(settings.interval_s)
        self._errors, self._drafted_errors = Errors(), Errors()
        self._events, self._generator = Events(), Generator()
        self._settings = replace(settings, run_id=environment.run_id)
        # Every second the same names and errors.
        self._redact: Callable[[str], str] = lru_cache(maxsize=10_000)(environment.config.redact)
        self._began_s: float | None = None
        self._last_start = 0.0
        self.account: Account | None = None
        """The sum, once the run has ended."""
        self.delivery = Delivery(self._settings, environment.background)
        self.delivery.start()
        self._raw: Samples | None = None
        if settings.mode == "raw" and environment.node != "master":
            self._raw = Samples(self._run, settings.sample, self._put, self._redact)
            environment.plugin_manager.register(self._raw, environment.plugin_manager.free_name("influx.raw"))

    def usage(self, cpu_percent: float, memory_bytes: float) -> None:
        """A reading of this process."""
        self._generator.usage(cpu_percent, memory_bytes)

    def window(self, window: StatsWindow) -> None:
        """The next second of the run."""
        if self._began_s is None:
            self._began_s = window.start
        self._put(self._events.lines(self._run, self._environment.marks, self._redact))
        if stretches := self._intervals.add(window):
            self._write(stretches)
        # Those that wait for the rest of their stretch would be lost with a process that is killed.
        if self._intervals.waits(window):
            with self.delivery.together():
                self._in_chunks(self._lines(self._merged([window]), self._drafted_errors), self.delivery.draft)

    def reset(self) -> None:
        """Statistics were reset: what was counted before is history, and is written as such."""
        # These counted with statistics that begin at zero again.
        self._errors, self._generator = Errors(), Generator()
        self._write(self._intervals.rest())

    def end(self) -> Account:
        """Write what is left, and wait until it is delivered, or the time for that is over."""
        if self._raw is not None:
            self._raw.over = True
        self._write(self._intervals.rest())
        if self._environment.node != "worker":
            self._put(self._events.lines(self._run, self._environment.marks, self._redact))
            # Of the time after the last window: errors of users that were stopped while it was told.
            self._put(self._error_lines(self._errors, nanoseconds(self._last_start) + 1000))
        self.account = self.delivery.drain(self._settings.drain_s)
        return self.account

    def verdict(self, result: RunResult) -> Account:
        """Write what the run was in all, and what it was judged to be. By then the run's sum is made: these few points
        have one of their own."""
        delivery = Delivery(self._settings, self._environment.background)
        delivery.start()
        try:
            delivery.put(list(result_lines(self._run, result)))
            waiting = self.account is None or self.account.spooled > 0
            return delivery.drain(0.0 if waiting else min(_VERDICT_DRAIN_S, self._settings.drain_s))
        finally:
            delivery.close()

    def close(self) -> None:
        """Let go of everything; what is not delivered stays in the spool."""
        self.delivery.close()
        if self._raw is not None:
            self._environment.plugin_manager.unregister(self._raw)
            self._raw = None

    def _write(self, stretches: list[list[StatsWindow]]) -> None:
        with self.delivery.together():
            for windows in stretches:
                window = self._merged(windows)
                self._put(self._lines(window, self._errors))
                self._put(self._generator.lines(self._run, self._environment, window, nanoseconds(window.start)))
            self.delivery.forget_drafts()
            self._drafted_errors = self._errors.copy()

    def _merged(self, windows: list[StatsWindow]) -> StatsWindow:
        return merged(windows, pause=partial(gevent.sleep, 0), redact=self._redact)

    def _lines(self, window: StatsWindow, errors: Errors) -> Iterator[str]:
        self._last_start = window.start
        began_s = window.start if self._began_s is None else self._began_s
        yield from window_lines(self._run, window, self._environment.runner.target_user_count, began_s)
        yield from self._error_lines(errors, nanoseconds(window.start))

    def _error_lines(self, errors: Errors, time_ns: int) -> Iterator[str]:
        return errors.lines(self._run, self._environment.stats, time_ns, self._redact)

    def _put(self, lines: Iterator[str]) -> None:
        self._in_chunks(lines, self.delivery.put)

    @staticmethod
    def _in_chunks(lines: Iterator[str], take: Callable[[list[str]], None]) -> None:
        while chunk := list(islice(lines, _CHUNK)):
            take(chunk)
            if len(chunk) == _CHUNK:
                gevent.sleep(0)


def test_name(environment: Any) -> str:
    """What was tested, for people: the names of the loadfiles, or of the user classes if there is no file."""
    plugins: Iterable[Any] = environment.plugin_manager.plugins()
    files = [plugin.name.partition(".py")[0] for plugin in plugins if plugin.origin == "loadfile"]
    return "+".join(files or [user_class.__name__ for user_class in environment.user_classes])
