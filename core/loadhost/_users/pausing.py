"""Pausing: how a user waits, for its wait_time, for a pacing, for an arrival, and gives way to others."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent import GreenletExit

from loadhost._users.loop import TaskLoop
from loadhost.exception import StopUser

if TYPE_CHECKING:
    from loadhost._users.user import IterationBudget

# The states of a user. A waiting one may be ended at once; a running one ends after its task.
READY, RUNNING, WAITING, STOPPING, STOPPED = "ready", "running", "waiting", "stopping", "stopped"

# A user without waits gives way to others after so long. Not after every task: a switch costs a user with
# short tasks more than the tasks themselves.
_SLICE_S = 0.005
# gevent.sleep(0) would not do: gevent runs up to 50 such callbacks before it looks at sockets and timers again
# (measured with two busy users: half a second). A timer that is due at once comes after them.
_NEXT_TURN_S = 1e-6


class Arrivals(Protocol):
    """Who gives a user its iterations in an open workload; `loadhost._running.arrivals` has the class."""

    def park(self, user: Any) -> None:
        """The user is idle."""

    def unpark(self, user: Any) -> None:
        """The user is idle no more."""

    def lose(self) -> None:
        """A user ended before it began the iteration it was given."""


class Pausing(TaskLoop):
    """What a user is at: its state, and when its next iteration is due."""

    _budget: IterationBudget | None

    def __init__(self, environment: Any) -> None:
        super().__init__()
        self.environment = environment
        self.greenlet: Any = None
        self._state = READY
        self._asked_to_stop = False
        self._slice_end = 0.0
        self._turns = 0
        # When the next iteration is due, by perf_counter: as the wait_time has just said; None if that is no pacing.
        self._next_due_s: float | None = None
        # And when the arrival was due that this user was given and has not begun.
        self._due_s: float | None = None
        self._arrivals: Arrivals | None = None
        self._parked = False

    def _begin_slice(self) -> None:
        self._slice_end = perf_counter() + _SLICE_S

    def _end_if_stopping(self) -> None:
        if self._asked_to_stop and self._state != STOPPING:  # on_stop may wait
            raise GreenletExit

    def _pause(self, seconds: float) -> None:
        self._end_if_stopping()
        if seconds <= 0:
            self._breathe()
            return
        before = self._state
        if before == RUNNING:
            self._state = WAITING
        # Not gevent.sleep(seconds): what it has on the stack takes half a KiB, for each user that waits.
        hub = gevent.get_hub()
        timer = hub.loop.timer(seconds)
        try:
            timer.start(gevent.getcurrent().switch)
            hub.switch()
        finally:
            timer.close()
            self._state = before
        self._end_if_stopping()
        self._begin_slice()

    def _await_arrival(self) -> None:
        """Wait until the arrivals have an iteration for this user."""
        arrivals = self._arrivals
        assert arrivals is not None  # asked before
        self._end_if_stopping()
        if self._due_s is None:
            self._parked, self._state = True, WAITING
            arrivals.park(self)
            try:
                gevent.get_hub().switch()
            finally:
                self._parked, self._state = False, RUNNING
                arrivals.unpark(self)
        self._end_if_stopping()
        due_s, self._due_s = self._due_s, None
        if due_s is not None:
            if self._budget is not None and self._budget.exhausted:
                raise StopUser  # the last iteration was taken while this user was on its way to another
            self._begin_late(due_s)

    def _arrive(self, due_s: float) -> None:
        """Here is an iteration that was due at this time. Called by the arrivals, in the hub or another greenlet."""
        self._due_s = due_s
        gevent.get_hub().loop.run_callback(self._unpark)

    def _unpark(self) -> None:
        if self._parked:
            self._parked = False
            self.greenlet.switch()

    def _pause_until_next(self, seconds: float) -> None:
        """Wait so long, or until the next iteration is due by pacing."""
        if self._next_due_s is None:
            self._pause(seconds)
        else:
            self._begin_paced(self._next_due_s)

    def _begin_paced(self, due_s: float) -> None:
        early_s = due_s - perf_counter()
        if early_s <= 0:
            self._pause(0.0)
        while early_s > 0:
            # A timer counts from the loop's last look at the clock: it would end early, and a second one late.
            gevent.get_hub().loop.update_now()
            self._pause(early_s)
            early_s = due_s - perf_counter()
        self._begin_late(due_s)

    def _begin_late(self, due_s: float) -> None:
        """An iteration begins that was due at this time: its lateness belongs to its first request."""
        self.environment.requests.begin_iteration(max(perf_counter() - due_s, 0.0) * 1000.0)

    def _breathe(self) -> None:
        """Let others run if this user has had the hub for long enough."""
        if perf_counter() > self._slice_end:
            self._give_way()

    def _give_way(self) -> None:
        # The loop has gone round since: this user waited for something, and others had their turn.
        turns = gevent.get_hub().loop.iteration
        if turns == self._turns:
            gevent.sleep(_NEXT_TURN_S)
        self._turns = turns
        self._begin_slice()
