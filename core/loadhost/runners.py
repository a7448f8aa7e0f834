"""Runners: the state machine of a run. `LocalRunner` drives the users in this process."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from time import time
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event
from loadhost_hookspecs import RunResult

from loadhost._patch import is_patched
from loadhost._running.allocation import Allocation
from loadhost._running.coalesce import Coalesce
from loadhost._running.deadline import bring_to_end, with_deadline
from loadhost._running.facts import RunFacts
from loadhost._running.result import build_result
from loadhost._running.spawner import Spawner
from loadhost._running.usage_monitor import UsageMonitor
from loadhost._running.user_pool import UserPool
from loadhost._running.verdict import judge
from loadhost._running.window_clock import WindowClock
from loadhost.exception import UsageError
from loadhost.stats import Stats

if TYPE_CHECKING:
    from loadhost.env import Environment

logger = logging.getLogger("loadhost.runners")

STATE_READY = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_CLEANUP = "cleanup"

_IDLE = frozenset({STATE_READY, STATE_STOPPED})


class Runner:
    """Starts a run, changes its load, ends it in the one right order. Made by `Environment.create_local_runner`."""

    worker_index = 0

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.state = STATE_READY
        self.target_user_count = 0
        self.result: RunResult | None = None
        self.exit_code = 0
        self._facts = RunFacts(time())
        self._users_changed = Coalesce(self._tell_users_changed, 0.1)
        self._pool = UserPool(environment, self._pool_changed)
        self._spawner: Spawner | None = None
        self._clock: WindowClock | None = None
        self._monitor: UsageMonitor | None = None
        self._ending: gevent.Greenlet | None = None
        self._quitting: gevent.Greenlet | None = None
        self._done = Event()
        self.greenlet = gevent.spawn(self._done.wait)
        """Ends when `quit` is done: `runner.greenlet.join()` waits for it."""

    # --- what it is doing

    @property
    def stats(self) -> Stats:
        """The statistics of the run."""
        return self.environment.stats

    @property
    def user_count(self) -> int:
        """Users alive now."""
        return self._pool.user_count

    @property
    def user_classes_count(self) -> Mapping[str, int]:
        """Users alive now, by the name of their class."""
        return self._pool.counts

    # --- what it can be told

    def start(self, user_count: int, spawn_rate: float = 1.0) -> None:
        """Begin a run with `user_count` users, `spawn_rate` more per second; during a run: go to the new target.

        Raises UsageError for numbers that can't be, for user classes that can't run, and while a run is ending.
        """
        self._check(user_count, spawn_rate)
        if self.state in _IDLE:
            self._begin()
        if self.state not in (STATE_SPAWNING, STATE_RUNNING):
            return  # a plugin has stopped the run in loadhost_test_start
        self.target_user_count = user_count
        self._move_to(STATE_SPAWNING)
        assert self._spawner is not None  # _begin made it
        self._spawner.go_to(user_count, spawn_rate)

    def stop(self, reason: str | None = None) -> None:
        """End the run; the process lives on. `reason` is what the report says.

        Called from the main greenlet it returns when the run has ended. Anywhere else it returns at once: code in
        hooks, users and helper greenlets must not wait for an end that may have to wait for them.
        """
        if self._ending is None and self.state not in (*_IDLE, STATE_CLEANUP):
            self._facts.stop_reason = reason
            self._ending = gevent.spawn(self._end_run)
        self._wait_if_main(self._ending)

    def quit(self, reason: str | None = None, *, interrupted_by: str | None = None) -> None:
        """End the run, then the process: `loadhost_quitting`, the exit code, `loadhost_quit`. Returns as `stop` does.

        `interrupted_by`: the signal ("SIGINT") that is the reason; the verdict is then at least "interrupted".
        """
        if interrupted_by and self.state not in (*_IDLE, STATE_CLEANUP):
            self._facts.interrupted_by = interrupted_by
        if self._quitting is None:
            self._quitting = gevent.spawn(self._quit, reason or (interrupted_by and f"interrupted by {interrupted_by}"))
        self._wait_if_main(self._quitting)

    def hurry(self) -> None:
        """Kill users that are given time to finish, now; reports are still written."""
        self.environment.stop_timeout = 0.0
        gevent.spawn(self._pool.kill)

    # --- a run, from its beginning to its end

    def _begin(self) -> None:
        environment = self.environment
        environment.begin_run()
        self._facts = RunFacts(time())
        self.result = None
        self._pool.begin(environment.user_classes)
        self._spawner = Spawner(self._pool, Allocation(environment.user_classes), self._target_reached)
        self._ending = None
        self.state, old = STATE_SPAWNING, self.state
        self._clock = WindowClock(environment, self)
        self._monitor = UsageMonitor(environment)
        environment.plugin_manager.tell("loadhost_test_start")
        environment.plugin_manager.tell("loadhost_state_changed", old=old, new=STATE_SPAWNING)

    def _end_run(self) -> None:
        manager = self.environment.plugin_manager
        self._move_to(STATE_STOPPING)
        with_deadline(lambda: manager.tell("loadhost_test_stopping"))
        self._stop_users()
        self._close_windows()
        with_deadline(lambda: manager.tell("loadhost_test_stop"))
        result = self.result = judge(self.environment, build_result(self.environment, self._facts))
        self.exit_code = result.exit_code
        with_deadline(lambda: manager.tell("loadhost_run_finished", result=result))
        self.target_user_count = 0
        self._ending = None
        self._move_to(STATE_STOPPED)

    def _stop_users(self) -> None:
        assert self._spawner is not None and self._monitor is not None  # _begin made them
        self._spawner.stop()
        self._pool.stop_all(self.environment.stop_timeout or 0.0)
        self._monitor.stop()
        self._facts.end()

    def _close_windows(self) -> None:
        assert self._clock is not None  # _begin made it
        with_deadline(self.environment.requests.flush_samples)
        with_deadline(self._users_changed.flush)
        teller = self._clock.finish()
        if teller is not None:
            bring_to_end(teller)

    def _quit(self, reason: str | None) -> None:
        environment, manager = self.environment, self.environment.plugin_manager
        self.stop(reason)
        if self._ending is not None:
            self._ending.join()
        self._move_to(STATE_CLEANUP)
        with_deadline(lambda: manager.tell("loadhost_quitting"))
        if environment.process_exit_code is not None:
            self.exit_code = environment.process_exit_code
        with_deadline(lambda: manager.tell("loadhost_quit", exit_code=self.exit_code))
        environment.close()
        self._done.set()

    # --- small parts

    def _check(self, user_count: int, spawn_rate: float) -> None:
        if user_count < 0:
            raise UsageError(f"users: {user_count} is negative; give 0 or more")
        if not (spawn_rate > 0 and math.isfinite(spawn_rate)):
            raise UsageError(f"spawn rate: {spawn_rate} is not possible; give a number of users per second above 0")
        if self.state in (STATE_STOPPING, STATE_CLEANUP):
            raise UsageError(f"a run can't start while the runner is {self.state}; wait for the state 'stopped'")
        if (
            user_count > 1
            and not is_patched()
            and any(getattr(user_class, "needs_patch", False) for user_class in self.environment.user_classes)
        ):
            raise UsageError(
                "more than one HttpUser needs gevent's patching: call loadhost.patch() as the first line of the "
                "program, before requests or anything else that does networking is imported"
            )

    def _target_reached(self) -> None:
        self._move_to(STATE_RUNNING)
        self.environment.plugin_manager.tell("loadhost_spawning_complete", user_count=self.user_count)

    def _move_to(self, state: str) -> None:
        old, self.state = self.state, state
        if old != state:
            self.environment.plugin_manager.tell("loadhost_state_changed", old=old, new=state)

    def _pool_changed(self) -> None:
        self._facts.most_users = max(self._facts.most_users, self.user_count)
        self._users_changed.poke()
        everybody_left = self._pool.departed and not self.user_count
        if everybody_left and self.state == STATE_RUNNING and self.target_user_count:
            self.stop("every user has stopped by itself")

    def _tell_users_changed(self) -> None:
        self.environment.plugin_manager.tell(
            "loadhost_users_changed", user_count=self.user_count, user_classes_count=dict(self.user_classes_count)
        )

    @staticmethod
    def _wait_if_main(greenlet: gevent.Greenlet | None) -> None:
        if greenlet is not None and gevent.getcurrent() is gevent.get_hub().parent:
            greenlet.join()


class LocalRunner(Runner):
    """Drives users in this process."""


class WorkerRunner(Runner):
    """Drives a share of the users for a master. `isinstance(environment.runner, WorkerRunner)` tells where code runs.

    Nothing makes one yet: runs over several processes are to come.
    """
