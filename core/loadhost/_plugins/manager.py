"""PluginManager: pluggy keeps and checks the registrations; this class calls the hooks, in two kinds."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy
from loadhost_hookspecs import PROJECT, SPEC_MODULES, Config, PluginHealth

from loadhost._plugins.ask import Implementation
from loadhost._plugins.health import ImplementationHealth, summarize
from loadhost._plugins.inventory import Absentees
from loadhost._plugins.notify import Dispatcher, Listener, Supervisor, compile_dispatcher
from loadhost._plugins.refs import Answer, HookInfo, PluginInfo, PluginRef
from loadhost._plugins.specs import read_specs
from loadhost._plugins.validation import did_you_mean, unknown_hook, validate
from loadhost.exception import PluginError

if TYPE_CHECKING:
    from loadhost._events import Events

Before = Callable[[str, dict[str, Any]], None]
After = Callable[[str, dict[str, Any], Sequence[Answer]], None]


class Notify:
    """One attribute per tell hook: the compiled function that tells everybody, or None if nobody implements it.

    On a hot path: `tell = notify.loadhost_request; if tell: tell(...)`. Read it anew for each event: it is replaced
    whenever a plugin comes, goes or is switched off.
    """

    def __getattr__(self, name: str) -> Callable[..., None] | None:
        raise AttributeError(f"there is no tell hook '{name}'{did_you_mean(name, vars(self))}")


class PluginManager:
    """Registers plugins and calls their hooks. It serves one environment at a time.

    A fresh manager knows the hooks of loadhost and has no plugins; it discovers nothing by itself.
    """

    def __init__(self) -> None:
        from loadhost._events import Events

        self._host = pluggy.PluginManager(PROJECT)
        self._hooks: dict[str, HookInfo] = {}
        self._refs: dict[str, PluginRef] = {}
        self._sequence: dict[str, int] = {}
        self._records: dict[tuple[str, str], ImplementationHealth] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        self._monitors: list[tuple[Before | None, After | None]] = []
        self._absent = Absentees()
        self._config: Config | None = None
        self._init_arguments: dict[str, Any] | None = None
        self.environment: Any = None
        self.notify: Any = Notify()
        self.events: Events = Events(self)
        for module in SPEC_MODULES:
            self.add_hookspecs(importlib.import_module(module))

    # --- hooks

    def add_hookspecs(self, module_or_class: Any) -> None:
        """Add the hooks that a module or class declares with `@ask` and `@tell`."""
        fresh = list(read_specs(module_or_class))
        taken = [hook.name for hook in fresh if hook.name in self._hooks]
        if taken:
            raise PluginError(f"hook '{taken[0]}' is already declared, in {self._hooks[taken[0]].module}")
        try:
            self._host.add_hookspecs(module_or_class)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"an implementation does not fit the new hooks: {error}") from error
        for hook in fresh:
            self._hooks[hook.name] = hook
            self._rebuild(hook.name)

    def hooks(self) -> list[HookInfo]:
        """All hooks, in the order in which they were declared."""
        return list(self._hooks.values())

    def add_monitor(self, before: Before | None = None, after: After | None = None) -> Callable[[], None]:
        """Watch the calls of both kinds: `before(hook, arguments)`, `after(hook, arguments, answers)`.

        For recorders and debugging: every event then takes a detour. Returns the function that ends the watch.
        """
        monitor = (before, after)
        self._monitors.append(monitor)
        self._rebuild_all()

        def end() -> None:
            self._monitors.remove(monitor)
            self._rebuild_all()

        return end

    # --- plugins

    def register(
        self,
        plugin: object,
        name: str | None = None,
        *,
        distribution: str | None = None,
        version: str | None = None,
        origin: str = "code",
        pending_allowed: bool = False,
    ) -> str:
        """Register a module, an object or a class (made without arguments). Returns the plugin's name.

        Raises PluginError, with the reason, for what could not work, and registers nothing then. `pending_allowed`:
        accept hooks whose spec may come with another plugin; `check_pending` names those that never came.
        A plugin registered after the start-up is configured and initialised at once; if it refuses, it is gone again.
        """
        if inspect.isclass(plugin):
            plugin = plugin()
        name = name or self._free_name(plugin)
        ref = PluginRef(name, distribution, version, origin)
        if self.is_blocked(name):
            raise PluginError(f"{ref} is blocked: {self._absent.blocked[name]}", plugin=name)
        if self._host.has_plugin(name):
            raise PluginError(f"{ref} would take a name that {self._refs[name]} has; register it under another name")
        validate(self._host, plugin, ref, self._hooks, pending_allowed=pending_allowed)
        try:
            self._host.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"{ref} can't be registered: {error}", plugin=name) from error
        self._refs[name] = ref
        self._sequence[name] = max(self._sequence.values(), default=0) + 1
        try:
            self._catch_up(name)
        except BaseException:
            self.unregister(name=name)
            raise
        self._rebuild_hooks_of(plugin)
        return name

    def unregister(self, plugin: object | None = None, name: str | None = None) -> object | None:
        """Remove a plugin, by itself or by name; from the next event on it hears nothing. Returns it, or None."""
        name = name if name is not None else self.get_name(plugin)
        found = self._host.get_plugin(name) if name is not None else None
        if name is None or found is None:
            return None
        hooks = [caller.name for caller in self._host.get_hookcallers(found) or ()]
        self._host.unregister(name=name)
        for hook in hooks:
            self._rebuild(hook)
            self._records.pop((name, hook), None)
        del self._refs[name], self._sequence[name]
        return found

    def set_blocked(self, name: str, reason: str = "blocked") -> None:
        """Keep `name` from being registered, and unregister it if it is."""
        self.unregister(name=name)
        self._host.set_blocked(name)
        self._absent.blocked[name] = reason

    def is_blocked(self, name: str) -> bool:
        """Whether `name` is kept from being registered."""
        return name in self._absent.blocked

    def add_broken(self, ref: PluginRef, reason: str) -> None:
        """Remember a plugin that could not be loaded, so that lists show it."""
        self._absent.broken[ref.name] = (ref, reason)

    def get_plugin(self, name: str) -> object | None:
        """The plugin of that name, or None."""
        return self._host.get_plugin(name)

    def get_name(self, plugin: object) -> str | None:
        """The name under which `plugin` is registered, or None."""
        return next((name for name, known in self._host.list_name_plugin() if known is plugin), None)

    def has_plugin(self, name: str) -> bool:
        """Whether a plugin of that name is registered."""
        return self._host.has_plugin(name)

    def ref(self, name: str) -> PluginRef:
        """Who the plugin of that name is. Raises KeyError."""
        return self._refs[name]

    def plugins(self) -> list[PluginInfo]:
        """Every plugin in order of registration, then those that are blocked or broken."""
        off = {row.name: row for row in self.plugin_health if row.switched_off}
        rows = []
        for name, ref in self._refs.items():
            reason = f"switched off: {', '.join(off[name].switched_off)}" if name in off else None
            hooks = tuple(sorted(caller.name for caller in self._host.get_hookcallers(self.get_plugin(name)) or ()))
            state = "off" if reason else "loaded"
            rows.append(PluginInfo(name, ref.distribution, ref.version, ref.origin, state, reason, hooks))
        return rows + self._absent.rows()

    def check_pending(self) -> list[tuple[PluginRef, str, str]]:
        """(plugin, hook, one line) for every implementation of a hook that nobody declared."""
        found = []
        for name, ref in self._refs.items():
            for caller in self._host.get_hookcallers(self.get_plugin(name)) or ():
                optional = any(i.optionalhook for i in caller.get_hookimpls() if i.plugin_name == name)
                if caller.name not in self._hooks and not optional:
                    found.append((ref, caller.name, unknown_hook(ref, caller.name, self._hooks)))
        return found

    # --- calling

    def implementations(self, hook: str) -> list[Implementation]:
        """Who implements `hook`, in calling order: tryfirst, then by registration, then trylast."""
        caller = getattr(self._host.hook, hook, None)
        if hook not in self._hooks or caller is None:
            raise PluginError(f"there is no hook '{hook}'{did_you_mean(hook, self._hooks)}")
        impls = [impl for impl in caller.get_hookimpls() if impl.plugin_name in self._refs]
        impls.sort(key=lambda impl: (impl.trylast - impl.tryfirst, self._sequence[impl.plugin_name]))
        return [Implementation(self._refs[i.plugin_name], hook, i.function, tuple(i.argnames)) for i in impls]

    def ask(self, hook: str, **arguments: Any) -> list[Answer]:
        """The answers that are not None, with who gave them. Raises PluginError or UsageError at the first failure."""
        return self._ask(hook, arguments, lambda implementation: implementation.call(**arguments))

    def ask_isolated(self, hook: str, **arguments: Any) -> list[Answer]:
        """Like `ask`, but everybody is asked: of one that fails, the answer is the error."""

        def call(implementation: Implementation) -> Any:
            try:
                return implementation.call(**arguments)
            except Exception as error:
                return error

        return self._ask(hook, arguments, call)

    def tell(self, hook: str, **arguments: Any) -> None:
        """Tell everybody who implements `hook`; `environment` is filled in. Off the hot path; see `notify`."""
        tell = getattr(self.notify, hook)
        if tell is not None:
            arguments.setdefault("environment", self.environment)
            tell(**arguments)

    def configure(self, config: Config) -> None:
        """Ask everybody to accept the settings (loadhost_configure); plugins that come later are asked then."""
        self._config = config
        self.ask("loadhost_configure", config=config)

    def initialise(self, environment: Any, runner: Any, web_ui: Any) -> None:
        """Ask everybody to begin (loadhost_init); plugins that come later are asked then."""
        self._init_arguments = {"environment": environment, "runner": runner, "web_ui": web_ui}
        self.ask("loadhost_init", **self._init_arguments)

    def serve(self, environment: Any) -> None:
        """Belong to this environment from now on."""
        self.environment = environment
        self._config = self._init_arguments = None

    # --- health

    @property
    def plugin_health(self) -> tuple[PluginHealth, ...]:
        """How every registered plugin fares in this run, in order of registration."""
        self._count_calls()
        return tuple(
            summarize(ref, [record for (plugin, _), record in self._records.items() if plugin == name])
            for name, ref in self._refs.items()
        )

    def forget_health(self) -> None:
        """Begin the records anew, as each run does: what was switched off is on again."""
        for record in self._records.values():
            record.forget()
        self._rebuild_all()

    # --- inside

    def _ask(self, hook: str, arguments: dict[str, Any], call: Callable[[Implementation], Any]) -> list[Answer]:
        arguments.setdefault("environment", self.environment)
        kind = self._hooks[hook].kind if hook in self._hooks else None
        for before, _ in self._monitors:
            if before:
                before(hook, arguments)
        answers = []
        for implementation in self.implementations(hook):
            value = call(implementation)
            if value is not None:
                answers.append(Answer(implementation.plugin, value))
                if kind and kind.first_answer:
                    break
        for _, after in self._monitors:
            if after:
                after(hook, arguments, answers)
        return answers

    def _catch_up(self, name: str) -> None:
        """Ask a new plugin what the others were asked before it came."""
        for hook, arguments in (
            ("loadhost_add_hookspecs", {"pluginmanager": self}),
            ("loadhost_configure", {"config": self._config} if self._config else None),
            ("loadhost_init", self._init_arguments),
        ):
            if arguments is None:
                continue
            for implementation in self.implementations(hook):
                if implementation.plugin.name == name:
                    implementation.call(**arguments)

    def _rebuild(self, hook: str) -> None:
        """Compile the dispatcher of one tell hook anew, from what is registered and not switched off."""
        info = self._hooks.get(hook)
        if info is None or info.kind.kind != "tell":
            return
        self._count_calls(hook)
        listeners = []
        for implementation in self.implementations(hook):
            key = (implementation.plugin.name, hook)
            record = self._records.setdefault(key, ImplementationHealth(implementation.plugin, hook))
            if not record.off:
                listeners.append(Listener(implementation, record))
        supervisor = Supervisor(lambda record: self._rebuild(record.hook), self._stop_test)
        self._dispatchers[hook] = dispatcher = compile_dispatcher(info, listeners, supervisor)
        call = dispatcher.call if listeners else None
        setattr(self.notify, hook, self._monitored(info, call) if self._monitors else call)

    def _rebuild_all(self) -> None:
        for hook in self._hooks:
            self._rebuild(hook)

    def _rebuild_hooks_of(self, plugin: object) -> None:
        for caller in self._host.get_hookcallers(plugin) or ():
            self._rebuild(caller.name)

    def _monitored(self, hook: HookInfo, call: Callable[..., None] | None) -> Callable[..., None]:
        def tell(*positional: Any, **named: Any) -> None:
            arguments = {**dict(zip(hook.parameters, positional, strict=False)), **named}
            for before, _ in tuple(self._monitors):
                if before:
                    before(hook.name, arguments)
            try:
                if call is not None:
                    call(**arguments)
            finally:
                for _, after in tuple(self._monitors):
                    if after:
                        after(hook.name, arguments, ())

        return tell

    def _count_calls(self, hook: str | None = None) -> None:
        """Move the calls that dispatchers counted into the records."""
        for name in [hook] if hook else list(self._dispatchers):
            dispatcher = self._dispatchers.get(name)
            if dispatcher is not None:
                count = dispatcher.take_count()
                for _, record in dispatcher.listeners:
                    record.calls += count

    def _stop_test(self, reason: str) -> None:
        runner = getattr(self.environment, "runner", None)
        if runner is not None:
            runner.stop(reason)

    def _free_name(self, plugin: object) -> str:
        if inspect.ismodule(plugin):
            return plugin.__name__
        kind = type(plugin)
        base = f"{kind.__module__}:{kind.__qualname__}"
        return self.free_name(base)

    def free_name(self, base: str) -> str:
        """`base`, or `base#2`, `base#3`, ... if it is taken."""
        name, number = base, 2
        while self._host.has_plugin(name):
            name, number = f"{base}#{number}", number + 1
        return name
