"""Telling: for each tell hook one function, compiled from pluggy's registrations, that isolates every plugin.

pluggy's own call costs 1.3 us and more, stops at the first exception and calls the last registered first. The function
made here costs a tenth, passes each implementation just the arguments it names, and has a `try` around each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from loadhost._plugins.ask import Implementation
from loadhost._plugins.health import CAUGHT, ImplementationHealth, message_of
from loadhost._plugins.refs import HookInfo, PluginRef
from loadhost.exception import ControlException, StopTest

SAMPLE_MASK = 63
"""One call in 64 is timed: the first, the 65th, ..."""


Raised = list[tuple[PluginRef, BaseException]]
"""The control exceptions of one event, with who raised them."""


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


def compile_dispatcher(
    hook: HookInfo, listeners: Sequence[Listener], supervisor: Supervisor, *, timed: bool = True
) -> Dispatcher:
    """The dispatcher of `hook` for these listeners, in this order. `timed`: whether one call in 64 is."""
    ordered = tuple(listeners)
    namespace: dict[str, Any] = {"_CAUGHT": CAUGHT, "_perf_counter": perf_counter}
    namespace["_settle"] = _settler(hook.kind.in_user, supervisor)
    for number, (implementation, health) in enumerate(ordered):
        namespace[f"_tell_{number}"] = implementation.function
        namespace[f"_streak_{number}"] = health.streak
        namespace[f"_sampled_{number}"] = health.sampled
        namespace[f"_failed_{number}"] = _failure_handler(health, hook.kind.in_user, supervisor)
    # The names become locals of the factory, hence closure cells of the function: faster than globals.
    exec(_source(hook, ordered, sorted(namespace), timed=timed), {}, namespace)
    call, take_count = namespace["make"](**{name: namespace[name] for name in sorted(namespace) if name != "make"})
    call.__name__ = call.__qualname__ = hook.name
    return Dispatcher(call, take_count, ordered)


def _source(hook: HookInfo, listeners: Sequence[Listener], names: Sequence[str], *, timed: bool) -> str:
    # Every argument may be left out and is None then, so that a spec can grow without breaking its callers.
    # Our own names begin with _ because the parameters are the spec's: one called `error` or `calls` must be possible.
    signature = ", ".join(f"{parameter}=None" for parameter in hook.parameters)
    arguments = ", ".join(hook.parameters)
    plain = "".join(_call_source(number, listener, timed=False) for number, listener in enumerate(listeners))
    sampled = "".join(_call_source(number, listener, timed=True) for number, listener in enumerate(listeners))
    sometimes = f"        if _calls & {SAMPLE_MASK} == 1: return _sample({arguments})\n" if timed else ""
    return f"""\
def make({", ".join(names)}):
    _calls = 0
    def _sample({arguments}):
        _control = None
{sampled}        if _control is not None: _settle(_control)
    def _tell({signature}):
        nonlocal _calls
        _calls += 1
{sometimes}        _control = None
{plain}        if _control is not None: _settle(_control)
    def _take_count():
        nonlocal _calls
        _count, _calls = _calls, 0
        return _count
    return _tell, _take_count
"""


def _call_source(number: int, listener: Listener, *, timed: bool) -> str:
    call = f"_tell_{number}({', '.join(listener.implementation.arguments)})"
    before = "        _started = _perf_counter()\n" if timed else ""
    after = f"        _sampled_{number}(_perf_counter() - _started)\n" if timed else ""
    return (
        f"{before}"
        f"        try: {call}\n"
        f"        except _CAUGHT as _error: _control = _failed_{number}(_error, _control)\n"
        f"        else:\n"
        f"            if _streak_{number}: _streak_{number}.clear()\n"
        f"{after}"
    )


def _failure_handler(
    health: ImplementationHealth, in_user: bool, supervisor: Supervisor
) -> Callable[[BaseException, Raised | None], Raised | None]:
    def failed(error: BaseException, raised: Raised | None) -> Raised | None:
        """Count a failure; keep a control exception, for when everybody has heard the event."""
        if isinstance(error, StopTest) or (in_user and isinstance(error, ControlException)):
            return [*(raised or ()), (health.plugin, error)]
        health.failed(error, supervisor.switch_off)
        return raised

    return failed


def _settler(in_user: bool, supervisor: Supervisor) -> Callable[[Raised], None]:
    def settle(raised: Raised) -> None:
        """Everybody has heard the event: stop the test if somebody wants that, then direct the user, as the first did.

        Not sooner: a run stopped in the middle of loadhost_test_start would tell its end before its beginning.
        """
        for plugin, error in raised:
            if isinstance(error, StopTest):
                supervisor.stop_test(message_of(error) or f"{plugin} stopped the test")
                break
        if in_user:
            raise raised[0][1]

    return settle
