"""Machine: the states of a runner, from the start of a run to its end, and to the end of the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event
from loadhost_hookspecs import RunResult

from loadhost._running import deadline
from loadhost._running.coalesce import Coalesce
from loadhost._running.deadline import bring_to_end, tell_with_deadline, with_deadline
from loadhost._running.messages import Messages
from loadhost._running.redacted import without_secrets
from loadhost._running.refusal import check_users, classes_with_tasks
from loadhost._running.result import with_plugins
from loadhost._running.run import Listener, Run
from loadhost._running.user_pool import UserPool
from loadhost._running.verdict import EXIT_ERROR, judge
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._running.load import Load
    from loadhost.env import Environment

STATE_READY = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_CLEANUP = "cleanup"

IDLE = frozenset({STATE_READY, STATE_STOPPED})
"""The states in which a run can begin."""


class Machine:
    """A runner without the load that it can be asked for, which `loadhost.runners.Runner` adds."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.state = STATE_READY
        self.target_user_count = 0
        self.result: RunResult | None = None
        self.exit_code = 0
        self._users_changed = Coalesce(self._tell_users_changed, 0.1)
        self._pool = UserPool(environment, self._pool_changed)
        self._messages = Messages(self)
        self._run: Run | None = None
        self._starting: set[gevent.Greenlet] = set()  # who is in start(), telling plugins
        self._begun = Event()  # everybody has heard loadhost_test_start
        self._settled = Event()  # the target is reached, or the run over
        self._ending: gevent.Greenlet | None = None
        self._quitting: gevent.Greenlet | None = None
        self._done = Event()
        self.greenlet = gevent.spawn(self._done.wait)
        """Ends when `quit` is done: `runner.greenlet.join()` waits for it."""

    @property
    def user_count(self) -> int:
        """Users alive now."""
        return self._pool.user_count

    @property
    def user_classes_count(self) -> Mapping[str, int]:
        """Users alive now, by the name of their class."""
        return self._pool.counts

    def stop(self, reason: str | None = None) -> None:
        """End the run; the process lives on. `reason` is what the report says.

        Called from the main greenlet it returns when the run has ended. Anywhere else it returns at once: code in
        hooks, users and helper greenlets must not wait for an end that may have to wait for them.
        """
        if self._ending is None and self.state not in (*IDLE, STATE_CLEANUP):
            run = self._under_way
            run.facts.stop_reason = reason
            run.mark("stop", reason or "stopped")
            run.load.close()
            self._ending = gevent.spawn(self._end_run, run)
        self._wait_if_main(self._ending)

    def quit(self, reason: str | None = None, *, interrupted_by: str | None = None) -> None:
        """End the run, then the process: `loadhost_quitting`, the exit code, `loadhost_quit`. Returns as `stop` does.

        `interrupted_by`: the signal ("SIGINT") that is the reason; the verdict is then at least "interrupted".
        """
        if interrupted_by and self.state not in (*IDLE, STATE_CLEANUP):
            self._under_way.facts.interrupted_by = interrupted_by
        if self._quitting is None:
            self._quitting = gevent.spawn(self._quit, reason or (interrupted_by and f"interrupted by {interrupted_by}"))
        self._wait_if_main(self._quitting)

    def hurry(self) -> None:
        """Kill users that are given time to finish, now; reports are still written."""
        self.environment.stop_timeout = 0.0
        gevent.spawn(self._pool.kill, at_once=True)

    def reset_stats(self) -> None:
        """Forget all numbers so far; during a run after a window that ends here. `environment.reset_stats` does it."""
        if self._run is None or not self._run.reset_stats():
            self.environment.forget_numbers()
            self.environment.plugin_manager.tell("loadhost_reset_stats")

    # --- a run, from its beginning to its end

    def _start(self, user_count: int, drive: Callable[[Load], None]) -> None:
        """Begin a run unless there is one, then give it its load."""
        self._check(user_count)
        current = gevent.getcurrent()
        nested = current in self._starting
        self._starting.add(current)
        try:
            if self.state in IDLE:
                self._begin()
            if self._ending is None:
                self.target_user_count = user_count
                self._move_to(STATE_SPAWNING)
            # A plugin may have stopped the run in one of the hooks just told.
            if self._ending is None:
                self._settled.clear()
                drive(self._under_way.load)
        finally:
            if not nested:
                self._starting.discard(current)

    def _moving(self, target: int) -> None:
        """A ramp to so many users begins."""
        if self._ending is None:
            self.target_user_count = target
            self._move_to(STATE_SPAWNING)

    def _begin(self) -> None:
        self._run = run = Run(self, self._pool, Listener(self._moving, self._target_reached, self.stop))
        self.result = None
        self._ending = None
        self._begun.clear()
        self.state, old = STATE_SPAWNING, self.state
        manager = self.environment.plugin_manager
        try:
            manager.tell("loadhost_test_start")
            manager.tell("loadhost_state_changed", old=old, new=STATE_SPAWNING)
        finally:
            # Not before: nobody hears of windows or readings of a run whose start it has not heard of.
            run.begin()
            self._begun.set()

    def _end_run(self, run: Run) -> None:
        self._begun.wait(timeout=deadline.DEADLINE_S)
        self.exit_code = EXIT_ERROR  # until it is judged
        try:
            run.load.stop()
            with_deadline(lambda: self._move_to(STATE_STOPPING))
            tell_with_deadline(self.environment.plugin_manager, "loadhost_test_stopping")
            run.stop_users()
            result = run.count_up()
            run.tell_rest(self._users_changed.flush)
            self._finish(result)
        finally:
            self.target_user_count = 0
            with_deadline(lambda: self._move_to(STATE_STOPPED))
            self._settled.set()

    def _finish(self, result: RunResult) -> None:
        manager = self.environment.plugin_manager
        tell_with_deadline(manager, "loadhost_test_stop")
        judged = judge(self.environment, with_plugins(self.environment, result))
        result = self.result = without_secrets(judged, self.environment.config.redactor())
        self.exit_code = result.exit_code
        tell_with_deadline(manager, "loadhost_run_finished", result=result)

    def _quit(self, reason: str | None) -> None:
        environment, manager = self.environment, self.environment.plugin_manager
        self.stop(reason)
        if self._ending is not None:
            self._ending.join()
        if self._messages.courier is not None:
            bring_to_end(self._messages.courier)
        with_deadline(lambda: self._move_to(STATE_CLEANUP))
        tell_with_deadline(manager, "loadhost_quitting")
        if environment.process_exit_code is not None:
            self.exit_code = environment.process_exit_code
        tell_with_deadline(manager, "loadhost_quit", exit_code=self.exit_code)
        with_deadline(environment.close)
        self._done.set()

    # --- small parts

    def _check(self, user_count: int) -> None:
        environment = self.environment
        environment.tag_filter.forget()
        check_users(classes_with_tasks(environment.user_classes, environment.tag_filter), user_count)
        if self._quitting is not None:
            raise UsageError("a run can't start after quit(): make another Environment with a runner of its own")
        if self._ending is not None and self.state not in IDLE:
            raise UsageError("a run can't start while one is stopping; wait for the state 'stopped'")

    @property
    def _is_open(self) -> bool:
        return self._run is not None and self._run.load.is_open

    @property
    def _under_way(self) -> Run:
        assert self._run is not None  # there is one in every state but "ready"
        return self._run

    def _target_reached(self) -> None:
        if self._ending is not None:
            return
        self._move_to(STATE_RUNNING)
        if self.state == STATE_RUNNING:
            self._under_way.reset_at_first_target()
            self.environment.plugin_manager.tell("loadhost_spawning_complete", user_count=self.user_count)
        self._settled.set()
        self._stop_if_everybody_left()

    def _move_to(self, state: str) -> None:
        old, self.state = self.state, state
        if old != state:
            self.environment.plugin_manager.tell("loadhost_state_changed", old=old, new=state)

    def _pool_changed(self) -> None:
        self._under_way.users_changed()
        self._users_changed.poke()
        self._stop_if_everybody_left()

    def _stop_if_everybody_left(self) -> None:
        everybody_left = self._pool.departed and not self.user_count and not self._is_open
        if everybody_left and self.state == STATE_RUNNING and self.target_user_count:
            self.stop("every user has stopped by itself")

    def _tell_users_changed(self) -> None:
        self.environment.plugin_manager.tell(
            "loadhost_users_changed", user_count=self.user_count, user_classes_count=dict(self.user_classes_count)
        )

    def _wait_if_main(self, greenlet: gevent.Greenlet | None) -> None:
        current = gevent.getcurrent()
        # In start() the main greenlet tells plugins: it is in a hook, then.
        if greenlet is not None and current is gevent.get_hub().parent and current not in self._starting:
            greenlet.join()
