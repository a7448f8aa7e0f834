"""Runners: the state machine of a run. `LocalRunner` drives the users in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from loadhost_hookspecs import RunResult

from loadhost._running import deadline
from loadhost._running.arrivals import Arrivals
from loadhost._running.coalesce import Coalesce
from loadhost._running.deadline import bring_to_end, tell_with_deadline, with_deadline
from loadhost._running.facts import RunFacts
from loadhost._running.refusal import check_load, check_users, check_weights
from loadhost._running.result import build_result, with_plugins
from loadhost._running.shape_driver import ShapeDriver, decides_on_arrivals
from loadhost._running.spawner import Spawner
from loadhost._running.stages import Stages, constant_rate, parse_stages
from loadhost._running.usage_monitor import UsageMonitor
from loadhost._running.user_pool import UserPool
from loadhost._running.verdict import EXIT_ERROR, judge
from loadhost._running.window_clock import WindowClock
from loadhost._users.user import User
from loadhost.exception import UsageError
from loadhost.stats import Stats

if TYPE_CHECKING:
    from loadhost._users.shape import LoadTestShape
    from loadhost.env import Environment

logger = logging.getLogger("loadhost.runners")

STATE_READY = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_CLEANUP = "cleanup"

MAX_USERS = 1000
"""How many users arrivals may make if nothing else is said (--max-users)."""

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
        self._facts = RunFacts()
        self._users_changed = Coalesce(self._tell_users_changed, 0.1)
        self._pool = UserPool(environment, self._pool_changed)
        self._spawner: Spawner | None = None
        self._arrivals: Arrivals | None = None
        self._shape: ShapeDriver | None = None
        self._clock: WindowClock | None = None
        self._monitor: UsageMonitor | None = None
        self._starting: set[gevent.Greenlet] = set()  # who is in start(), telling plugins
        self._begun = Event()  # everybody has heard loadhost_test_start
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
        check_load(user_count, spawn_rate)
        self._check_kind(open_workload=False)
        self._start(user_count, lambda spawner: self._ramp(spawner, user_count, spawn_rate))

    def start_stages(self, stages: Stages | str, max_users: int = MAX_USERS) -> None:
        """Begin a run that goes through stages, of users or of arrivals ("1m:500/s, 5m:500/s"), and ends with the last.

        `max_users`: with arrivals, so many users are made at the most. Raises UsageError as `start` does.
        """
        stages = _parsed(stages)
        over = partial(self.stop, "the last stage is over")
        self._check_kind(open_workload=stages.arrivals)
        if stages.arrivals:
            self._check_open(max_users)
            self._start(max_users, lambda spawner: self._open(stages, max_users, over))
        else:
            first = int(stages.stages[0].target)
            check_users(self.environment.user_classes, int(max(stage.target for stage in stages.stages)))
            self._start(first, lambda spawner: spawner.follow(stages, self._moving, over))

    def start_shape(self, max_users: int = MAX_USERS) -> None:
        """Begin a run whose load `environment.shape_class`, a LoadTestShape, decides each second.

        `max_users`: if it decides on arrivals, so many users are made at the most. Raises UsageError as `start` does.
        """
        shape = self.environment.shape_class
        if shape is None:
            raise UsageError("there is no shape: give Environment(shape_class=...), or use start()")
        if self.state not in _IDLE:
            raise UsageError("a shape can't take over a run that is under way: stop() it first")
        check_users(self.environment.user_classes, 2)  # how many it wants, nobody knows
        if decides_on_arrivals(shape):
            self._check_open(max_users)
        self._start(max_users if decides_on_arrivals(shape) else 0, lambda _: self._follow(shape, max_users))

    def stop(self, reason: str | None = None) -> None:
        """End the run; the process lives on. `reason` is what the report says.

        Called from the main greenlet it returns when the run has ended. Anywhere else it returns at once: code in
        hooks, users and helper greenlets must not wait for an end that may have to wait for them.
        """
        if self._ending is None and self.state not in (*_IDLE, STATE_CLEANUP):
            self._facts.stop_reason = reason
            self._mark("stop", reason or "stopped")
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
        gevent.spawn(self._pool.kill, at_once=True)

    # --- a run, from its beginning to its end

    def _start(self, user_count: int, drive: Callable[[Spawner], None]) -> None:
        """Begin a run unless there is one, then have its spawner driven."""
        self._check(user_count)
        current = gevent.getcurrent()
        nested = current in self._starting
        self._starting.add(current)
        try:
            if self.state in _IDLE:
                self._begin()
            if self._ending is None:
                self.target_user_count = user_count
                self._move_to(STATE_SPAWNING)
            # A plugin may have stopped the run in one of the hooks just told.
            if self._ending is None and self._spawner is not None:
                drive(self._spawner)
        finally:
            if not nested:
                self._starting.discard(current)

    def _ramp(self, spawner: Spawner, target: int, per_second: float) -> None:
        self._mark("load", _users(target))
        spawner.go_to(target, per_second)

    def _open(self, stages: Stages, max_users: int, over: Callable[[], None]) -> None:
        """The open workload: arrivals instead of a number of users."""
        self._mark("load", f"arrivals: {stages}")
        if self._arrivals is not None:
            self._arrivals.change(stages)
            return
        classes = self.environment.user_classes
        if ignored := ", ".join(cls.__name__ for cls in classes if _waits(cls)):
            logger.info("iterations begin when arrivals are due: the wait_time of %s is ignored", ignored)
        self._arrivals = Arrivals(self._pool, classes, stages, max_users, self.stats, over)
        self._target_reached()

    def _follow(self, shape: LoadTestShape, max_users: int) -> None:
        def users(count: int, rate: float, classes: Sequence[type] | None) -> None:
            self._moving(count)
            if self._ending is None and self._spawner is not None:  # a plugin may have stopped the run just now
                self._spawner.go_to(count, rate, classes)

        def arrivals(rate: float) -> None:
            if self._ending is None:
                self._open(constant_rate(rate), max_users, lambda: None)

        self._shape = ShapeDriver(self, shape, users, arrivals)

    def _moving(self, target: int) -> None:
        """A ramp to so many users begins."""
        if self._ending is None:
            self.target_user_count = target
            self._mark("load", _users(target))
            self._move_to(STATE_SPAWNING)

    def _begin(self) -> None:
        environment = self.environment
        environment.begin_run()
        self._facts = RunFacts()
        self._mark("start", "the run begins")
        self.result = None
        self._pool.begin(environment.user_classes)
        self._spawner = Spawner(self._pool, environment.user_classes, self._target_reached)
        self._arrivals, self._shape = None, None
        self._ending = None
        self._begun.clear()
        self.state, old = STATE_SPAWNING, self.state
        self._clock = WindowClock(environment, self)
        try:
            environment.plugin_manager.tell("loadhost_test_start")
            environment.plugin_manager.tell("loadhost_state_changed", old=old, new=STATE_SPAWNING)
        finally:
            # Not before: nobody hears of windows or readings of a run whose start it has not heard of.
            self._clock.begin()
            self._monitor = UsageMonitor(environment)
            self._begun.set()

    def _end_run(self) -> None:
        self._begun.wait(timeout=deadline.DEADLINE_S)
        self.exit_code = EXIT_ERROR  # until it is judged
        try:
            self._stop_users()
            result = self._count_up()
            self._tell_rest()
            self._finish(result)
        finally:
            self.target_user_count = 0
            with_deadline(lambda: self._move_to(STATE_STOPPED))

    def _stop_users(self) -> None:
        for driver in (self._shape, self._arrivals, self._spawner):
            if driver is not None:  # first, so that no target is reached in a run that stops
                driver.stop()
        with_deadline(lambda: self._move_to(STATE_STOPPING))
        tell_with_deadline(self.environment.plugin_manager, "loadhost_test_stopping")
        self._pool.stop_all(self.environment.stop_timeout or 0.0)
        if self._monitor is not None:
            self._monitor.stop()
        self._facts.end()

    def _count_up(self) -> RunResult:
        """Cut the last window and add everything up at once: before plugins have their say, which may take long, while
        code outside of users may still send requests. Those would be in the sums and in no window.
        """
        assert self._clock is not None  # _begin made it
        with_deadline(self.environment.requests.take_in_outside)  # native threads sent it before the end
        self._clock.cut_last()
        return build_result(self.environment, self._facts)

    def _tell_rest(self) -> None:
        assert self._clock is not None  # _begin made it
        requests = self.environment.requests
        if requests.batcher is not None:
            bring_to_end(requests.batcher)
        with_deadline(requests.flush_samples)
        with_deadline(self._users_changed.flush)
        teller = self._clock.tell_rest()
        if teller is not None:
            bring_to_end(teller)

    def _finish(self, result: RunResult) -> None:
        manager = self.environment.plugin_manager
        tell_with_deadline(manager, "loadhost_test_stop")
        result = self.result = judge(self.environment, with_plugins(self.environment, result))
        self.exit_code = result.exit_code
        tell_with_deadline(manager, "loadhost_run_finished", result=result)

    def _quit(self, reason: str | None) -> None:
        environment, manager = self.environment, self.environment.plugin_manager
        self.stop(reason)
        if self._ending is not None:
            self._ending.join()
        with_deadline(lambda: self._move_to(STATE_CLEANUP))
        tell_with_deadline(manager, "loadhost_quitting")
        if environment.process_exit_code is not None:
            self.exit_code = environment.process_exit_code
        tell_with_deadline(manager, "loadhost_quit", exit_code=self.exit_code)
        with_deadline(environment.close)
        self._done.set()

    # --- small parts

    def _check(self, user_count: int) -> None:
        check_users(self.environment.user_classes, user_count)
        if self._quitting is not None:
            raise UsageError("a run can't start after quit(): make another Environment with a runner of its own")
        if self._ending is not None and self.state not in _IDLE:
            raise UsageError("a run can't start while one is stopping; wait for the state 'stopped'")

    def _check_kind(self, *, open_workload: bool) -> None:
        if self.state not in _IDLE and self._ending is None and open_workload != (self._arrivals is not None):
            raise UsageError(
                "a run has either a number of users or a rate of arrivals: stop() it before the other begins"
            )

    def _check_open(self, max_users: int) -> None:
        if not isinstance(max_users, int) or isinstance(max_users, bool) or max_users < 1:
            raise UsageError(f"max users: {max_users!r} is not possible; give a whole number, 1 or more")
        check_weights(self.environment.user_classes)

    def _target_reached(self) -> None:
        if self._ending is not None:
            return
        self._move_to(STATE_RUNNING)
        if self.state == STATE_RUNNING:
            self.environment.plugin_manager.tell("loadhost_spawning_complete", user_count=self.user_count)
        self._stop_if_everybody_left()

    def _move_to(self, state: str) -> None:
        old, self.state = self.state, state
        if old != state:
            self.environment.plugin_manager.tell("loadhost_state_changed", old=old, new=state)

    def _pool_changed(self) -> None:
        self._facts.most_users = max(self._facts.most_users, self.user_count)
        self._users_changed.poke()
        self._stop_if_everybody_left()

    def _stop_if_everybody_left(self) -> None:
        everybody_left = self._pool.departed and not self.user_count and self._arrivals is None
        if everybody_left and self.state == STATE_RUNNING and self.target_user_count:
            self.stop("every user has stopped by itself")

    def _tell_users_changed(self) -> None:
        self.environment.plugin_manager.tell(
            "loadhost_users_changed", user_count=self.user_count, user_classes_count=dict(self.user_classes_count)
        )

    def _mark(self, kind: str, text: str) -> None:
        self.environment.marks.add(kind, text, source="loadhost")

    def _wait_if_main(self, greenlet: gevent.Greenlet | None) -> None:
        current = gevent.getcurrent()
        # In start() the main greenlet tells plugins: it is in a hook, then.
        if greenlet is not None and current is gevent.get_hub().parent and current not in self._starting:
            greenlet.join()


def _parsed(stages: Stages | str) -> Stages:
    try:
        return parse_stages(stages) if isinstance(stages, str) else stages
    except ValueError as error:
        raise UsageError(f"stages: {error}") from None


def _users(count: int) -> str:
    return "1 user" if count == 1 else f"{count} users"


def _waits(user_class: Any) -> bool:
    return bool(user_class.wait_time != User.wait_time)


class LocalRunner(Runner):
    """Drives users in this process."""


class MasterRunner(Runner):
    """Drives a run over several processes. Nothing makes one yet: they are to come."""


class WorkerRunner(Runner):
    """Drives a share of the users for a master. `isinstance(environment.runner, WorkerRunner)` tells where code runs.

    Nothing makes one yet: runs over several processes are to come.
    """
