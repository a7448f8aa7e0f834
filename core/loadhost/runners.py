"""Runners: what starts a run, changes its load and ends it. `LocalRunner` drives the users in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loadhost_hookspecs import ErrorCount, ExceptionCount

from loadhost._running.machine import (
    IDLE,
    STATE_CLEANUP,
    STATE_READY,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    STATE_STOPPING,
    Machine,
)
from loadhost._running.messages import Message
from loadhost._running.refusal import check_chosen, check_load, check_max_users, check_users, check_weights
from loadhost._running.shape_driver import decides_on_arrivals
from loadhost._running.stages import Stages, read_stages
from loadhost.exception import UsageError
from loadhost.stats import Stats

__all__ = [
    "STATE_CLEANUP",
    "STATE_READY",
    "STATE_RUNNING",
    "STATE_SPAWNING",
    "STATE_STOPPED",
    "STATE_STOPPING",
    "LocalRunner",
    "MasterRunner",
    "Message",
    "Runner",
    "WorkerRunner",
]

MAX_USERS = 1000
"""How many users arrivals may make if nothing else is said (--max-users)."""


class Runner(Machine):
    """Starts a run, changes its load, ends it in the one right order. Made by `Environment.create_local_runner`."""

    worker_index = 0
    worker_count = 1
    client_id = "local"
    """The name of this node: messages that it sends have it as their `node_id`."""

    @property
    def stats(self) -> Stats:
        """The statistics of the run."""
        return self.environment.stats

    @property
    def user_classes(self) -> list[type]:
        """The classes that run."""
        return self.environment.user_classes

    @property
    def errors(self) -> Mapping[tuple[str, str, str], ErrorCount]:
        """Failed requests by (name, method, error text); `environment.stats.errors`."""
        return self.stats.errors

    @property
    def exceptions(self) -> Mapping[tuple[str, str], ExceptionCount]:
        """Exceptions of tasks by (user class, message); `environment.stats.exceptions`."""
        return self.stats.exceptions

    def start(
        self,
        user_count: int,
        spawn_rate: float = 1.0,
        wait: bool = False,
        user_classes: Sequence[type] | None = None,
    ) -> None:
        """Begin a run with `user_count` users, `spawn_rate` more per second; during a run: go to the new target.

        `wait`: return when the target is reached, or the run ends before. `user_classes`: only these from now on, the
        users of others are stopped; None is all of them. Raises UsageError for numbers that can't be, for user classes
        that can't run, and while a run is ending.
        """
        check_load(user_count, spawn_rate)
        if user_classes is not None:
            check_chosen(user_classes, self.environment.user_classes, user_count)
        self._check_kind(open_workload=False)
        self._start(user_count, lambda load: load.ramp(user_count, spawn_rate, user_classes))
        if wait and self._ending is None:
            self._settled.wait()

    def start_stages(self, stages: Stages | str, max_users: int = MAX_USERS) -> None:
        """Begin a run that goes through stages, of users or of arrivals ("1m:500/s, 5m:500/s"), and ends with the last.

        `max_users`: with arrivals, so many users are made at the most. Raises UsageError as `start` does.
        """
        stages = read_stages(stages)
        self._check_kind(open_workload=stages.arrivals)
        if stages.arrivals:
            self._check_open(max_users)
        else:
            check_users(self.environment.user_classes, int(max(stage.target for stage in stages.stages)))
        first = max_users if stages.arrivals else int(stages.stages[0].target)
        self._start(first, lambda load: load.follow(stages, max_users))

    def start_shape(self, max_users: int = MAX_USERS) -> None:
        """Begin a run whose load `environment.shape_class`, a LoadTestShape, decides each second.

        `max_users`: if it decides on arrivals, so many users are made at the most. Raises UsageError as `start` does.
        """
        shape = self.environment.shape_class
        if shape is None:
            raise UsageError("there is no shape: give Environment(shape_class=...), or use start()")
        if self.state not in IDLE:
            raise UsageError("a shape can't take over a run that is under way: stop() it first")
        check_users(self.environment.user_classes, 2)  # how many it wants, nobody knows
        if decides_on_arrivals(shape):
            self._check_open(max_users)
        self._start(max_users if decides_on_arrivals(shape) else 0, lambda load: load.obey(shape, max_users))

    def register_message(self, msg_type: str, listener: Callable[..., Any], concurrent: bool = False) -> None:
        """Have `listener(environment, msg, **kwargs)` called for each message of this type: msg.data, .type, .node_id.

        `concurrent`: a listener that takes long runs in a greenlet of its own, and later messages may overtake it.
        Raises UsageError for a type that has a listener.
        """
        self._messages.register(msg_type, listener, concurrent)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send a message; in a local run to this very node, whose listener hears it soon. `client_id`: to whom."""
        self._messages.deliver(Message(msg_type, data, self.client_id))

    def _check_kind(self, *, open_workload: bool) -> None:
        if self.state not in IDLE and self._ending is None and open_workload != self._is_open:
            raise UsageError(
                "a run has either a number of users or a rate of arrivals: stop() it before the other begins"
            )

    def _check_open(self, max_users: int) -> None:
        check_max_users(max_users)
        check_weights(self.environment.user_classes)


class LocalRunner(Runner):
    """Drives users in this process."""


class MasterRunner(Runner):
    """Drives a run over several processes. Nothing makes one yet: they are to come."""


class WorkerRunner(Runner):
    """Drives a share of the users for a master. `isinstance(environment.runner, WorkerRunner)` tells where code runs.

    Nothing makes one yet: runs over several processes are to come.
    """
