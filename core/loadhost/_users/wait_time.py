"""How long a user waits after a task: `between`, `constant`, pacing; plain numbers and functions become one of them."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from loadhost.exception import MissingWaitTimeError, UsageError

ALLOWED = "seconds as a number >= 0, between(1, 5), constant(2), or a function that returns seconds"


@dataclass(frozen=True)
class Between:
    """Draws a time from an interval, evenly. Called as `self.wait_time()` or with the user, like a function."""

    low: float
    high: float

    def __call__(self, instance: object = None) -> float:
        return self.low + random.random() * (self.high - self.low)

    def __repr__(self) -> str:
        return f"between({self.low!r}, {self.high!r})"

    @property
    def seconds(self) -> tuple[Any, ...]:
        """What was given, to be checked once it is known for which class."""
        return (self.low, self.high)


@dataclass(frozen=True)
class Constant:
    """Always the same time. Called as `self.wait_time()` or with the user, like a function."""

    value: float

    def __call__(self, instance: object = None) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"constant({self.value!r})"

    @property
    def seconds(self) -> tuple[Any, ...]:
        """What was given, to be checked once it is known for which class."""
        return (self.value,)


@dataclass(frozen=True)
class Pacing:
    """Starts an iteration every `interval` seconds, however long the last one took.

    The schedule is fixed when the user (or the TaskSet that has a pacing of its own) begins: an iteration that begins
    late does not move those that follow, which come without a wait until the schedule is caught up with. Its lateness
    counts in the response time of its first request. So a system that stalls is seen to stall.
    """

    interval: float

    def __call__(self, instance: Any = None) -> float:
        if instance is None:
            raise TypeError("constant_pacing belongs to a user: call self.wait_time()")
        if not self.interval:
            return 0.0  # there is no schedule to be late for
        instance._paced_until_s = due_s = instance._paced_until_s + self.interval
        instance._owner._next_due_s = due_s
        return float(due_s - perf_counter())

    def __repr__(self) -> str:
        return f"constant_pacing({self.interval!r})"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: `self.wait_time()` passes the user."""
        return self if instance is None else partial(self, instance)

    @property
    def seconds(self) -> tuple[Any, ...]:
        """What was given, to be checked once it is known for which class."""
        return (self.interval,)


@dataclass(frozen=True)
class Poisson:
    """Draws a time from the exponential distribution with a mean of 1 / `rate` seconds."""

    rate: float

    def __call__(self, instance: object = None) -> float:
        return random.expovariate(self.rate)

    def __repr__(self) -> str:
        return f"poisson({self.rate!r})"


def between(min_wait: float, max_wait: float) -> Between:
    """Wait a random time between `min_wait` and `max_wait` seconds: `wait_time = between(1, 2.5)`."""
    return Between(min_wait, max_wait)


def constant(wait_time: float) -> Constant:
    """Wait `wait_time` seconds: `wait_time = constant(3)`."""
    return Constant(wait_time)


def constant_pacing(wait_time: float) -> Pacing:
    """Begin an iteration every `wait_time` seconds, whatever its length: `wait_time = constant_pacing(2)`."""
    return Pacing(wait_time)


def constant_throughput(task_runs_per_second: float) -> Pacing:
    """Begin so many iterations per second and user: `wait_time = constant_throughput(0.5)` is one every two seconds."""
    if not is_number(task_runs_per_second) or task_runs_per_second <= 0:
        raise UsageError(f"constant_throughput({task_runs_per_second!r}): give iterations per second, more than 0")
    return Pacing(1.0 / task_runs_per_second)


def poisson(rate: float) -> Poisson:
    """Random waits with a mean of 1 / `rate` seconds, as between calls that do not know of each other."""
    if not is_number(rate) or rate <= 0:
        raise UsageError(f"poisson({rate!r}): give task runs per second, more than 0")
    return Poisson(rate)


def prepare_wait_time(owner: type) -> None:
    """Make the `wait_time` written in the body of `owner` callable as `self.wait_time()`; UsageError if it can't be.

    A number becomes `constant(number)`; a function without parameters (`wait_time = lambda: 2`) becomes static.
    """
    if "wait_time" not in vars(owner):
        return
    value = vars(owner)["wait_time"]
    if is_number(value):
        value = Constant(value)
        owner.wait_time = value  # type: ignore[attr-defined]  # User and TaskSet have it; `type` doesn't know
    elif inspect.isfunction(value) and not inspect.signature(value).parameters:
        owner.wait_time = staticmethod(value)  # type: ignore[attr-defined]  # as above
    check_wait_time(owner, value)


def check_wait_time(owner: type, value: object) -> None:
    """Refuse a wait_time that names a negative time or can't be called, with a line that names class and value."""
    if isinstance(value, Between | Constant | Pacing):
        if not all(is_number(seconds) and seconds >= 0 for seconds in value.seconds):
            raise UsageError(f"{owner.__name__}.wait_time = {value!r}: give seconds that are numbers >= 0")
    elif value is not None and not callable(value) and not isinstance(value, staticmethod | classmethod | property):
        raise UsageError(f"{owner.__name__}.wait_time = {value!r}: give {ALLOWED}")


def seconds_of(holder: Any) -> float:
    """The seconds that `holder` (a User or TaskSet) waits now, by its wait_time. Negative ones count as 0."""
    source: Callable[..., Any] | Any = holder.wait_time
    if type(source) is Pacing:  # set on the instance, so that it is no method
        seconds: Any = source(holder)
    else:
        seconds = source() if callable(source) else source
    if (type(seconds) is not float and not is_number(seconds)) or seconds != seconds:
        name = type(holder).__name__
        if source is None:
            raise MissingWaitTimeError(f"{name} has no wait_time: set {name}.wait_time to {ALLOWED}")
        raise TypeError(f"{name}.wait_time gave {seconds!r}: it must give seconds, a number >= 0")
    return float(seconds)


def is_number(value: object) -> bool:
    """Whether it is a finite number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
