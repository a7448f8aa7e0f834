"""WindowClock: cuts the run into windows at whole seconds, and tells plugins of each, in order."""

from __future__ import annotations

import logging
from collections import deque
from math import floor
from time import monotonic, time

import gevent
from loadhost_hookspecs import Environment, PluginStatus, Runner, StatsWindow, Status

logger = logging.getLogger("loadhost.runners")

BEHIND = 10
"""So many windows that wait to be told are worth a warning."""


class WindowClock:
    """Cutting and telling are two greenlets: a plugin that dawdles over one window does not blur the next."""

    def __init__(self, environment: Environment, runner: Runner) -> None:
        self._environment = environment
        self._runner = runner
        # Wall-clock seconds on the monotonic clock, so that a step of the wall clock tears no window.
        self._offset = time() - monotonic()
        self._last_cut = self._now()
        self._untold: deque[StatsWindow | None] = deque()  # None: here the statistics were reset
        self._over = False
        self._teller: gevent.Greenlet | None = None
        self._cutter: gevent.Greenlet | None = None

    def begin(self) -> None:
        """Cut from now on; the first window begins when the clock was made."""
        self._cutter = gevent.spawn(self._cut_each_second)

    def cut_last(self) -> None:
        """Cut the last, partial window, and no more."""
        if self._cutter is not None:
            self._cutter.kill()
        self._cut(self._now(), final=True)
        self._over = True

    def reset(self) -> bool:
        """Forget all numbers, between two windows: so exporters lose none, and those since then add up to the totals.

        False if the last window is cut: the numbers of an ended run are nobody's but the caller's to forget.
        """
        if self._over:
            return False
        self._cut(self._now(), final=False)
        self._environment.forget_numbers()
        self._untold.append(None)
        self.tell_rest()
        return True

    def tell_rest(self) -> gevent.Greenlet | None:
        """The greenlet that tells what is still untold, the last window too; None if everything is told."""
        if self._untold and not self._teller:
            self._teller = gevent.spawn(self._tell)
        return self._teller

    def _now(self) -> float:
        return monotonic() + self._offset

    def _cut_each_second(self) -> None:
        while True:
            gevent.sleep(floor(self._last_cut) + 1 - self._now())
            whole_second = float(floor(self._now()))
            if whole_second > self._last_cut:
                self._cut(whole_second, final=False)

    def _cut(self, end: float, *, final: bool) -> None:
        window = self._environment.stats.close_window(
            self._last_cut,
            max(end - self._last_cut, 0.0),
            user_count=self._runner.user_count,
            user_classes_count=self._runner.user_classes_count,
            metrics=self._environment.metrics.cut(),
            final=final,
            workers_reported=1,
            workers_expected=1,
        )
        self._last_cut = end
        self._untold.append(window)
        if len(self._untold) == BEHIND:
            logger.warning("plugins are %d windows behind: one takes long in loadhost_stats_window", BEHIND)
        if not final:
            self.tell_rest()

    def _tell(self) -> None:
        manager = self._environment.plugin_manager
        while self._untold:
            if self._untold[0] is not None:
                self._environment.statuses = ask_statuses(self._environment)
            window = self._untold.popleft()
            if window is not None:
                manager.tell("loadhost_stats_window", window=window)
            else:
                manager.tell("loadhost_reset_stats")


def ask_statuses(environment: Environment) -> tuple[PluginStatus, ...]:
    """What every plugin wants seen just now; the failure of one is its status."""
    statuses = []
    for plugin, answer in environment.plugin_manager.ask_isolated("loadhost_status"):
        status = answer if isinstance(answer, Status) else Status(f"status failed: {answer}")
        statuses.append(PluginStatus(plugin.name, status))
    return tuple(statuses)
