"""Telling: keeps the compiled function of every tell hook in step with what is registered and switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from loadhost_hookspecs import PluginHealth

from loadhost._plugins.health import ImplementationHealth, summarize
from loadhost._plugins.monitors import Monitors
from loadhost._plugins.notify import Dispatcher, Listener, Supervisor, compile_dispatcher
from loadhost._plugins.refs import HookInfo
from loadhost._plugins.registry import Registry
from loadhost._plugins.validation import did_you_mean


class Notify:
    """One attribute per tell hook: the compiled function that tells everybody, or None if nobody implements it.

    On a hot path: `tell = notify.loadhost_request; if tell: tell(...)`. Read it anew for each event: it is replaced
    whenever a plugin comes, goes or is switched off.
    """

    def __getattr__(self, name: str) -> Callable[..., None] | None:
        raise AttributeError(f"there is no tell hook '{name}'{did_you_mean(name, vars(self))}")


class Telling:
    """The dispatchers of all tell hooks, and the records of everybody they tell."""

    def __init__(
        self,
        registry: Registry,
        monitors: Monitors,
        stop_test: Callable[[str], None],
        switched_off: Callable[[ImplementationHealth], None],
    ) -> None:
        self.notify: Any = Notify()
        self._registry = registry
        self._monitors = monitors
        self._records: dict[tuple[str, str, Callable[..., Any]], ImplementationHealth] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        self._switched_off = switched_off
        self._supervisor = Supervisor(self._switch_off, stop_test)

    def rebuild(self, hook: str) -> None:
        """Compile the dispatcher of one tell hook anew; of other hooks, nothing happens."""
        info = self._registry.hooks.get(hook)
        if info is None or info.kind.kind != "tell":
            return
        self._count_calls(hook)
        listeners = []
        for implementation in self._registry.implementations(hook):
            # The function too: a plugin may implement one hook twice, with specname=.
            key = (implementation.plugin.name, hook, implementation.function)
            record = self._records.setdefault(key, ImplementationHealth(implementation.plugin, hook))
            if not record.off:
                listeners.append(Listener(implementation, record))
        self._dispatchers[hook] = dispatcher = compile_dispatcher(info, listeners, self._supervisor)
        setattr(self.notify, hook, self._entrance(info, dispatcher.call if listeners else None))

    def rebuild_all(self) -> None:
        """Compile every dispatcher anew."""
        for hook in self._registry.hooks:
            self.rebuild(hook)

    def forget(self, plugin: str) -> None:
        """A plugin is gone, and its records with it."""
        for key in [key for key in self._records if key[0] == plugin]:
            del self._records[key]

    def begin_anew(self) -> None:
        """Zero all records, as each run does: what was switched off is on again."""
        self._count_calls()
        for record in self._records.values():
            record.forget()
        self.rebuild_all()

    def health(self) -> tuple[PluginHealth, ...]:
        """How every registered plugin fares, in order of registration."""
        self._count_calls()
        return tuple(
            summarize(ref, [record for (plugin, *_), record in self._records.items() if plugin == name])
            for name, ref in self._registry.refs.items()
        )

    def one_by_one(self, hook: str) -> Iterator[Callable[..., None]]:
        """One function per implementation of a tell hook, in calling order, each isolated and counted as ever.

        None is timed: so the end of a run is told, where a plugin may wait (for a database that takes what is left).
        """
        for listener in self._dispatchers[hook].listeners:
            single = compile_dispatcher(self._registry.hooks[hook], [listener], self._supervisor, timed=False)
            yield single.call
            listener.health.calls += single.take_count()

    def _switch_off(self, record: ImplementationHealth) -> None:
        self.rebuild(record.hook)
        self._switched_off(record)

    def _entrance(self, hook: HookInfo, call: Callable[..., None] | None) -> Callable[..., None] | None:
        return self._monitors.around_tell(hook, call) if self._monitors else call

    def _count_calls(self, hook: str | None = None) -> None:
        """Move the calls that dispatchers counted into the records."""
        for name in [hook] if hook else list(self._dispatchers):
            dispatcher = self._dispatchers.get(name)
            if dispatcher is not None:
                count = dispatcher.take_count()
                for _, record in dispatcher.listeners:
                    record.calls += count
