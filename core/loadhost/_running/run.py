"""Run: the parts that each run has anew (facts, load, iterations, windows), and what is counted at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gevent

from loadhost._running.deadline import bring_to_end, with_deadline
from loadhost._running.facts import RunFacts
from loadhost._running.iterations import IterationBudget
from loadhost._running.load import Load, Told
from loadhost._running.refusal import classes_with_tasks
from loadhost._running.result import build_result
from loadhost._running.usage_monitor import UsageMonitor
from loadhost._running.window_clock import WindowClock

if TYPE_CHECKING:
    from loadhost_hookspecs import RunResult

    from loadhost._running.user_pool import UserPool
    from loadhost.env import Environment

logger = logging.getLogger("loadhost.runners")


@dataclass(frozen=True)
class Listener:
    """Whom a run tells: a ramp to so many users begins, its target is reached, the run should end and why."""

    moving: Callable[[int], None]
    reached: Callable[[], None]
    stop: Callable[[str], None]


class Run:
    """One run. The runner has its states, tells plugins, and decides when it begins and ends."""

    def __init__(self, runner: Any, pool: UserPool, listener: Listener) -> None:
        """Statistics begin anew. Raises UsageError for a number of iterations that can't be."""
        environment: Environment = runner.environment
        self._environment = environment
        self._pool = pool
        self._stop = listener.stop
        user_classes = classes_with_tasks(environment.user_classes, environment.tag_filter)
        if gone := ", ".join(cls.__name__ for cls in environment.user_classes if cls not in user_classes):
            logger.info("%s: no task is left of %s, so there will be no such user", environment.tag_filter, gone)
        options = environment.parsed_options
        given = environment.iterations
        iterations = getattr(options, "iterations", None) if given is None else given
        self._budget = IterationBudget(iterations, self._out_of_iterations) if iterations is not None else None
        environment.begin_run(self._budget)
        self.facts = RunFacts()
        self.mark("start", "the run begins")
        pool.begin(user_classes)
        told = Told(listener.moving, listener.reached, lambda text: self.mark("load", text), listener.stop)
        self.load = Load(runner, pool, user_classes, told)
        self._clock = WindowClock(environment, runner)
        self._reset_due = environment.reset_stats_after_spawning or bool(getattr(options, "reset_stats", False))
        self._monitor: UsageMonitor | None = None

    def begin(self) -> None:
        """Cut windows and watch the machine: not before everybody has heard that the run begins."""
        self._clock.begin()
        self._monitor = UsageMonitor(self._environment)

    def mark(self, kind: str, text: str) -> None:
        """Note for the charts what happens now."""
        self._environment.marks.add(kind, text, source="loadhost")

    def reset_at_first_target(self) -> None:
        """If that was asked for. Not at later ones, or the figures of a run in stages would be those of its last."""
        if self._reset_due:
            self._reset_due = False
            self.reset_stats()

    def reset_stats(self) -> bool:
        """Forget all numbers, after a window that ends here; False if the run is over and its numbers are told."""
        if not self._clock.reset():
            return False
        self.facts.reset()
        self.mark("reset", "the statistics begin anew")
        return True

    def users_changed(self) -> None:
        """There are more users now, or fewer. When the last one leaves after the last iteration, the run is over."""
        self.facts.most_users = max(self.facts.most_users, self._pool.user_count)
        if self._budget is not None and self._budget.exhausted and not self._pool.user_count:
            self._stop(f"all {self._budget.total:,} iterations are done")

    def stop_users(self) -> None:
        """Stop everybody, within the stop timeout: the last request is counted."""
        self._pool.stop_all(self._environment.stop_timeout or 0.0)
        if self._monitor is not None:
            self._monitor.stop()
        self.facts.end()

    def count_up(self) -> RunResult:
        """Cut the last window and add everything up at once: before plugins have their say, which may take long, while
        code outside of users may still send requests. Those would be in the sums and in no window.
        """
        with_deadline(self._environment.requests.take_in_outside)  # native threads sent it before the end
        self._clock.cut_last()
        return build_result(self._environment, self.facts)

    def tell_rest(self, users_changed: Callable[[], None]) -> None:
        """Tell the last samples, the last change of users, and the windows that are still untold."""
        requests = self._environment.requests
        if requests.batcher is not None:
            bring_to_end(requests.batcher)
        with_deadline(requests.flush_samples)
        with_deadline(users_changed)
        teller = self._clock.tell_rest()
        if teller is not None:
            bring_to_end(teller)

    def _out_of_iterations(self) -> None:
        """The last one is taken: no more users are made, and those that wait need not wait for another."""
        self.load.close()
        # In a greenlet of its own: this one is a user's, who is about to begin that last iteration.
        gevent.spawn(self._let_users_go)

    def _let_users_go(self) -> None:
        self.load.stop(out_of_iterations=True)
        for user in self._pool.users:
            if not user.iterating:
                user.stop()
        self.users_changed()
