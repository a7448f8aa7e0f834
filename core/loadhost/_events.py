"""The Locust-style face of the hooks: `environment.events.request.add_listener(f)` and `loadhost.events`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter, time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

from gevent import GreenletExit, Timeout
from loadhost_hookspecs import hookimpl

from loadhost._plugins.refs import HookInfo
from loadhost._plugins.validation import did_you_mean
from loadhost.exception import PluginError

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager

_F = TypeVar("_F", bound=Callable[..., Any])

# Locust's names where they differ from the hook's.
_HOOK_OF_EVENT = {"init_command_line_parser": "loadhost_add_options"}
_RENAMED_ARGUMENTS = {"loadhost_add_options": {"parser": "options"}}
# Requests that are fired are requests that were made: they go through the one door and are counted.
_DOOR = frozenset({"loadhost_request", "loadhost_request_success", "loadhost_request_failure"})


class EventHook:
    """One event: listeners come and go as small plugins, named module:function."""

    def __init__(self, manager: PluginManager, hook: HookInfo) -> None:
        self._manager = manager
        self._hook = hook
        self._names: list[tuple[Callable[..., Any], str]] = []

    def add_listener(self, listener: _F) -> _F:
        """Call `listener` with the arguments it names, or all of them if it takes **kwargs. Returns it: a decorator.

        Raises PluginError if it asks for an argument that the event does not have, without a default.
        """
        base = f"{listener.__module__}:{getattr(listener, '__qualname__', type(listener).__qualname__)}"
        name = self._manager.free_name(base)
        plugin = SimpleNamespace(**{self._hook.name: hookimpl(_adapter(listener, self._hook, name))})
        self._manager.register(plugin, name)
        self._names.append((listener, name))
        return listener

    def remove_listener(self, listener: Callable[..., Any]) -> None:
        """Remove a listener that was added; of one that was not, nothing happens."""
        for known, name in self._names:
            if known == listener:
                self._manager.unregister(name=name)
                self._names.remove((known, name))
                return

    def fire(self, **arguments: Any) -> None:
        """Tell every plugin. What the event has no argument for goes into `context`, if it has one.

        Of a request, Locust's way for custom clients, this counts it as well.
        """
        if self._hook.name in _DOOR:
            self._record(arguments)
            return
        if self._hook.kind.kind != "tell":
            # Locust's library example fires `init` by hand; here the environment has told it already.
            return
        self._manager.tell(self._hook.name, **_fold_into_context(arguments, self._hook))

    @contextmanager
    def measure(
        self, request_type: str, name: str, response_length: int = 0, context: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Count the block as one request, timed; an exception makes it a failure and goes on its way.

        A block that is cut short because its user is stopped counts as interrupted, not as a request.
        Yields the arguments of the request, for the block to change (`response_length`, `exception`, ...).
        """
        arguments: dict[str, Any] = {"response_length": response_length, "context": context, "start_time": time()}
        started = perf_counter()
        try:
            yield arguments
        except GreenletExit:
            self._environment().requests.interrupted(request_type, name)
            raise
        except (Exception, Timeout) as error:
            arguments["exception"] = error
            self._measured(request_type, name, started, arguments)
            raise
        self._measured(request_type, name, started, arguments)

    def _measured(self, request_type: str, name: str, started: float, arguments: dict[str, Any]) -> None:
        arguments.setdefault("response_time", (perf_counter() - started) * 1000)
        self._record({"request_type": request_type, "name": name, **arguments})

    def _environment(self) -> Any:
        environment = self._manager.environment
        if environment is None:
            raise PluginError(f"{self._hook.name}: there is no environment yet to count a request in; fire it later")
        return environment

    def _record(self, arguments: dict[str, Any]) -> None:
        requests = self._environment().requests
        folded = _fold_into_context(arguments, self._hook)
        if self._hook.name == "loadhost_request_failure" and folded.get("exception") is None:
            folded["exception"] = "request failed"
        folded.pop("environment", None)
        folded.pop("service_time", None)
        # What custom clients leave out, or give as None as some of Locust's own do.
        texts = [str(folded.pop(argument, None) or "") for argument in ("request_type", "name")]
        numbers = [folded.pop(argument, None) or 0 for argument in ("response_time", "response_length")]
        requests.record(*texts, *numbers, **folded)


class Events:
    """All events of one PluginManager, by Locust's names: `init`, `request`, `test_start`, ...

    Every hook is here under its name without `loadhost_`, those that plugins declare too.
    """

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._events: dict[str, EventHook] = {}

    @property
    def plugin_manager(self) -> PluginManager:
        """The manager whose events these are."""
        return self._manager

    def __getattr__(self, name: str) -> EventHook:
        if name.startswith("_"):
            raise AttributeError(name)
        hooks = {hook.name: hook for hook in self._manager.hooks()}
        hook = hooks.get(_HOOK_OF_EVENT.get(name, f"loadhost_{name}")) or hooks.get(name)
        if hook is None:
            known = [*_HOOK_OF_EVENT, *(hook.removeprefix("loadhost_") for hook in hooks)]
            raise AttributeError(f"there is no event '{name}'{did_you_mean(name, known)}")
        # By the hook's name: a listener is removed by whichever name of the event it was not added by.
        return self._events.setdefault(hook.name, EventHook(self._manager, hook))

    def __dir__(self) -> list[str]:
        return sorted([*_HOOK_OF_EVENT, *(hook.name.removeprefix("loadhost_") for hook in self._manager.hooks())])


class _CurrentEvents:
    """`loadhost.events`: the events of the current PluginManager, looked up at each use."""

    def __getattr__(self, name: str) -> Any:
        from loadhost._plugins.current import current_manager

        return getattr(current_manager().events, name)


events = _CurrentEvents()


def _adapter(listener: Callable[..., Any], hook: HookInfo, name: str) -> Callable[..., Any]:
    """A function with the plain arguments that pluggy wants, which calls `listener` by keyword."""
    renamed = {spec: listeners for listeners, spec in _RENAMED_ARGUMENTS.get(hook.name, {}).items()}
    offered = {renamed.get(parameter, parameter): parameter for parameter in hook.parameters}
    offered.update({parameter: parameter for parameter in hook.parameters})
    parameters = inspect.signature(listener).parameters.values()
    called = listener if inspect.isroutine(listener) else getattr(type(listener), "__call__", None)  # noqa: B004  # its code
    if inspect.iscoroutinefunction(called) or inspect.isgeneratorfunction(called):
        raise PluginError(
            f"listener {name} is a coroutine or generator; listeners are plain functions on gevent", plugin=name
        )
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        wanted = list(offered)
    else:
        wanted = [parameter.name for parameter in parameters if parameter.name in offered]
    for parameter in parameters:
        variadic = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if parameter.name not in offered and parameter.default is parameter.empty and not variadic:
            raise PluginError(
                f"listener {name}: event '{hook.name.removeprefix('loadhost_')}' has no argument '{parameter.name}'"
                f"{did_you_mean(parameter.name, offered)}; it has: {', '.join(offered)}",
                plugin=name,
                hook=hook.name,
            )
    taken = sorted({offered[keyword] for keyword in wanted}, key=hook.parameters.index)
    by_place = {parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_ONLY}
    call = ", ".join(offered[word] if word in by_place else f"{word}={offered[word]}" for word in wanted)
    # Our own names begin with _: the parameters are the spec's, and one may be called `listener`.
    namespace: dict[str, Any] = {"_listener": listener}
    exec(f"def _adapter({', '.join(taken)}):\n    return _listener({call})", namespace)
    adapter: Callable[..., Any] = namespace["_adapter"]
    adapter.__name__ = hook.name
    return adapter


def _fold_into_context(arguments: dict[str, Any], hook: HookInfo) -> dict[str, Any]:
    known = {name: value for name, value in arguments.items() if name in hook.parameters}
    extra = {name: value for name, value in arguments.items() if name not in hook.parameters}
    if extra and "context" in hook.parameters:
        known["context"] = {**(known.get("context") or {}), **extra}
    return known
