"""Telling: for each tell hook one function, compiled from pluggy's registrations, that isolates every plugin.

pluggy's own call costs 1.3 us and more, stops at the first exception and calls the last registered first. The function
made here costs a tenth, passes each implementation just the arguments it names, and has a `try` around each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from loadhost._plugins.ask import Implementation
from loadhost._plugins.health import CAUGHT, ImplementationHealth
from loadhost._plugins.refs import HookInfo
from loadhost.exception import ControlException, StopTest

SAMPLE_MASK = 63
"""One call in 64 is timed: the first, the 65th, ..."""


class Listener(NamedTuple):
    """An implementation together with its record."""

    implementation: Implementation
    health: ImplementationHealth


class Dispatcher(NamedTuple):
    """A compiled tell hook: `call` tells everybody; `take_count` says how often since it was last asked."""

    call: Callable[..., None]
    take_count: Callable[[], int]
    listeners: tuple[Listener, ...]


class Supervisor(NamedTuple):
    """What happens when an implementation raises: who switches it off, who stops the test."""

    switch_off: Callable[[ImplementationHealth], None]
    stop_test: Callable[[str], None]


def compile_dispatcher(hook: HookInfo, listeners: Sequence[Listener], supervisor: Supervisor) -> Dispatcher:
    """The dispatcher of `hook` for these listeners, in this order (reversed for a hook declared last_first)."""
    ordered = tuple(reversed(listeners)) if hook.kind.last_first else tuple(listeners)
    namespace: dict[str, Any] = {"CAUGHT": CAUGHT, "perf_counter": perf_counter}
    for number, (implementation, health) in enumerate(ordered):
        namespace[f"tell_{number}"] = implementation.function
        namespace[f"streak_{number}"] = health.streak
        namespace[f"sampled_{number}"] = health.sampled
        namespace[f"failed_{number}"] = _failure_handler(health, hook.kind.in_user, supervisor)
    # The names become locals of the factory, hence closure cells of the function: faster than globals.
    exec(_source(hook, ordered, sorted(namespace)), {}, namespace)
    call, take_count = namespace["make"](**{name: namespace[name] for name in sorted(namespace) if name != "make"})
    call.__name__ = call.__qualname__ = hook.name
    return Dispatcher(call, take_count, ordered)


def _source(hook: HookInfo, listeners: Sequence[Listener], names: Sequence[str]) -> str:
    # Every argument may be left out and is None then, so that a spec can grow without breaking its callers.
    signature = ", ".join(f"{parameter}=None" for parameter in hook.parameters)
    arguments = ", ".join(hook.parameters)
    plain = "".join(_call_source(number, listener, timed=False) for number, listener in enumerate(listeners))
    timed = "".join(_call_source(number, listener, timed=True) for number, listener in enumerate(listeners))
    return f"""\
def make({", ".join(names)}):
    calls = 0
    def sample({arguments}):
        control = None
{timed}        if control is not None: raise control
    def tell({signature}):
        nonlocal calls
        calls += 1
        if calls & {SAMPLE_MASK} == 1: return sample({arguments})
        control = None
{plain}        if control is not None: raise control
    def take_count():
        nonlocal calls
        count, calls = calls, 0
        return count
    return tell, take_count
"""


def _call_source(number: int, listener: Listener, *, timed: bool) -> str:
    call = f"tell_{number}({', '.join(listener.implementation.arguments)})"
    before = "        started = perf_counter()\n" if timed else ""
    after = f"        sampled_{number}(perf_counter() - started)\n" if timed else ""
    # "control = control or": the first control exception wins, and only after every plugin has heard the event.
    return (
        f"{before}"
        f"        try: {call}\n"
        f"        except CAUGHT as error: control = failed_{number}(error) if control is None else"
        f" (failed_{number}(error), control)[1]\n"
        f"        else:\n"
        f"            if streak_{number}: streak_{number}.clear()\n"
        f"{after}"
    )


def _failure_handler(
    health: ImplementationHealth, in_user: bool, supervisor: Supervisor
) -> Callable[[BaseException], BaseException | None]:
    def failed(error: BaseException) -> BaseException | None:
        """The control exception to raise once everybody has heard the event, or None."""
        if isinstance(error, StopTest):
            supervisor.stop_test(str(error) or f"{health.plugin} stopped the test")
            return error if in_user else None
        if in_user and isinstance(error, ControlException):
            return error
        health.failed(error, supervisor.switch_off)
        return None

    return failed
