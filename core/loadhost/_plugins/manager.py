"""PluginManager: registers plugins and calls their hooks, in the two kinds. The one door to both."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gevent import GreenletExit
from loadhost_hookspecs import SPEC_MODULES, Config, PluginHealth

from loadhost._plugins.ask import Implementation
from loadhost._plugins.health import CAUGHT, ImplementationHealth, message_of
from loadhost._plugins.monitors import After, Before, Monitors
from loadhost._plugins.refs import Answer, HookInfo, PluginInfo, PluginRef
from loadhost._plugins.registry import Registry
from loadhost._plugins.telling import Telling
from loadhost._plugins.validation import did_you_mean
from loadhost.exception import PluginError, UsageError

if TYPE_CHECKING:
    from loadhost._events import Events


class PluginManager:
    """Registers plugins and calls their hooks. It serves one environment at a time.

    A fresh manager knows the hooks of loadhost and has no plugins; it discovers nothing by itself.
    `notify`: one attribute per tell hook, see `loadhost._plugins.telling.Notify`.
    `events`: the same hooks as Locust's events. `asked_for`: the names of plugins that -p and its equivalents name, for
    a plugin that does more if it was asked for than if it is just installed.
    """

    def __init__(self) -> None:
        from loadhost._events import Events

        self._registry = Registry()
        self._monitors = Monitors()
        self._telling = Telling(self._registry, self._monitors, self._stop_test, self._mark)
        self._config: Config | None = None
        self._init_arguments: dict[str, Any] | None = None
        self.environment: Any = None
        self.asked_for: frozenset[str] = frozenset()
        self.notify: Any = self._telling.notify
        self.events: Events = Events(self)
        for module in SPEC_MODULES:
            self.add_hookspecs(importlib.import_module(module))

    # --- plugins and hooks

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
            plugin = _instance_of(plugin)
        name = name or self._registry.free_name(plugin)
        self._registry.admit(plugin, PluginRef(name, distribution, version, origin), pending_allowed=pending_allowed)
        try:
            self._catch_up(name, pending_allowed)
        except BaseException:
            self.unregister(name=name)
            raise
        self._rebuild(self._registry.hooks_of(name))
        return name

    def unregister(self, plugin: object | None = None, name: str | None = None) -> object | None:
        """Remove a plugin, by itself or by name; from the next event on it hears nothing. Returns it, or None."""
        name = name if name is not None else self.get_name(plugin)
        if name is None or not self.has_plugin(name):
            return None
        hooks = self._registry.hooks_of(name)
        removed = self._registry.remove(name)
        self._rebuild(hooks)
        self._telling.forget(name)
        return removed

    def set_blocked(self, name: str, reason: str = "blocked") -> None:
        """Keep `name` from being registered, and unregister it if it is."""
        self.unregister(name=name)
        self._registry.block(name, reason)

    def is_blocked(self, name: str) -> bool:
        """Whether `name` is kept from being registered."""
        return name in self._registry.absent.blocked

    def add_broken(self, ref: PluginRef, reason: str) -> None:
        """Remember a plugin that could not be loaded, so that lists show it."""
        self._registry.absent.broken[ref.name] = (ref, reason)

    def get_plugin(self, name: str) -> object | None:
        """The plugin of that name, or None."""
        return self._registry.plugin(name)

    def get_name(self, plugin: object) -> str | None:
        """The name under which `plugin` is registered, or None."""
        return self._registry.name_of(plugin)

    def has_plugin(self, name: str) -> bool:
        """Whether a plugin of that name is registered."""
        return name in self._registry.refs

    def free_name(self, base: str) -> str:
        """`base`, or `base#2`, `base#3`, ... if it is taken."""
        return self._registry.free_name(base)

    def plugins(self) -> list[PluginInfo]:
        """Every plugin in order of registration, then those that are blocked or broken."""
        return self._registry.rows({row.name: row.switched_off for row in self.plugin_health})

    def add_hookspecs(self, module_or_class: Any) -> None:
        """Add the hooks that a module or class declares with `@ask` and `@tell`."""
        self._rebuild([hook.name for hook in self._registry.declare(module_or_class)])

    def hooks(self) -> list[HookInfo]:
        """All hooks, in the order in which they were declared."""
        return list(self._registry.hooks.values())

    def check_pending(self) -> list[tuple[PluginRef, str, str]]:
        """(plugin, hook, one line) for every implementation of a hook that nobody declared."""
        return self._registry.pending()

    def add_monitor(self, before: Before | None = None, after: After | None = None) -> Callable[[], None]:
        """Watch the calls of both kinds: `before(hook, arguments)`, `after(hook, arguments, answers)`.

        For recorders and debugging: every event then takes a detour. Returns the function that ends the watch.
        """
        remove = self._monitors.add(before, after)
        self._telling.rebuild_all()

        def end() -> None:
            remove()
            self._telling.rebuild_all()

        return end

    # --- calling

    def implementations(self, hook: str) -> list[Implementation]:
        """Who implements `hook`, in calling order: tryfirst, by registration, trylast; a last_first hook in reverse."""
        return self._registry.implementations(hook)

    def ask(self, hook: str, **arguments: Any) -> list[Answer]:
        """The answers that are not None, with who gave them. Raises PluginError or UsageError at the first failure."""
        return self._ask(hook, arguments, lambda implementation, given: implementation.call(**given))

    def ask_isolated(self, hook: str, **arguments: Any) -> list[Answer]:
        """Like `ask`, but everybody is asked: of one that fails, the answer is the error."""

        def call(implementation: Implementation, given: dict[str, Any]) -> Any:
            try:
                return implementation.call(**given)
            except (Exception, GreenletExit) as error:
                return error

        return self._ask(hook, arguments, call)

    def ask_each(self, hook: str, arguments_for: Callable[[PluginRef], dict[str, Any] | None]) -> list[Answer]:
        """Like `ask`, but each plugin gets arguments of its own, made for it; None leaves it out."""

        def call(implementation: Implementation, given: dict[str, Any]) -> Any:
            own = arguments_for(implementation.plugin)
            return None if own is None else implementation.call(**{**given, **own})

        return self._ask(hook, {}, call)

    def tell(self, hook: str, **arguments: Any) -> None:
        """Tell everybody who implements `hook`; `environment` is filled in. Off the hot path; see `notify`."""
        tell = getattr(self.notify, hook)
        if tell is not None:
            self._fill_in_environment(hook, arguments)
            tell(**arguments)

    def tell_one_by_one(self, hook: str, each: Callable[[Callable[[], None]], None], **arguments: Any) -> None:
        """Like `tell`, but `each` makes every call: so that each plugin has a deadline of its own."""
        self._fill_in_environment(hook, arguments)
        self._monitors.before(hook, arguments)
        for tell in self._telling.one_by_one(hook):
            each(partial(tell, **arguments))
        self._monitors.after(hook, arguments)

    # --- the environment it serves

    def serve(self, environment: Any) -> None:
        """Belong to this environment from now on."""
        self.environment = environment
        self._config = self._init_arguments = None

    def configure(self, config: Config) -> None:
        """Ask everybody to accept the settings (loadhost_configure); plugins that come later are asked then."""
        # Known before anybody is asked: a plugin registered by another one's configure must not miss its own.
        self._config = config
        try:
            self.ask("loadhost_configure", config=config)
        except BaseException:
            self._config = None
            raise

    def initialise(self, environment: Any, runner: Any, web_ui: Any) -> None:
        """Ask everybody to begin (loadhost_init); plugins that come later are asked then."""
        arguments = {"environment": environment, "runner": runner, "web_ui": web_ui}
        self._init_arguments = arguments
        try:
            self.ask("loadhost_init", **arguments)
        except BaseException:
            self._init_arguments = None
            raise

    @property
    def plugin_health(self) -> tuple[PluginHealth, ...]:
        """How every registered plugin fares in this run, in order of registration."""
        return self._telling.health()

    def forget_health(self) -> None:
        """Begin the records anew, as each run does: what was switched off is on again."""
        self._telling.begin_anew()

    # --- inside

    def _ask(
        self, hook: str, arguments: dict[str, Any], call: Callable[[Implementation, dict[str, Any]], Any]
    ) -> list[Answer]:
        implementations = self.implementations(hook)
        if self._registry.hooks[hook].kind.kind != "ask":
            raise PluginError(f"hook '{hook}' is told, not asked; use tell('{hook}', ...)", hook=hook)
        unknown = [name for name in arguments if name not in self._registry.hooks[hook].parameters]
        if unknown:
            parameters = self._registry.hooks[hook].parameters
            raise PluginError(f"hook '{hook}' has no argument '{unknown[0]}'{did_you_mean(unknown[0], parameters)}")
        self._fill_in_environment(hook, arguments)
        self._monitors.before(hook, arguments)
        answers = []
        for implementation in implementations:
            value = call(implementation, arguments)
            if value is not None:
                answers.append(Answer(implementation.plugin, value))
                if self._registry.hooks[hook].kind.first_answer:
                    break
        self._monitors.after(hook, arguments, answers)
        return answers

    def _fill_in_environment(self, hook: str, arguments: dict[str, Any]) -> None:
        # A hook that a plugin declared may do without it.
        if "environment" in self._registry.hooks[hook].parameters:
            arguments.setdefault("environment", self.environment)

    def _catch_up(self, name: str, pending_allowed: bool) -> None:
        """Ask a new plugin what the others were asked before it came."""
        asked: list[tuple[str, dict[str, Any] | None]] = [
            ("loadhost_add_hookspecs", {"pluginmanager": self}),
            ("loadhost_configure", {"config": self._config} if self._config else None),
            ("loadhost_init", self._init_arguments),
        ]
        for hook, arguments in asked:
            if hook == "loadhost_configure" and not pending_allowed:
                self._registry.refuse_pending(name)  # it has brought its own hooks by now
            if arguments is None or hook not in self._registry.hooks_of(name):
                continue
            for implementation in self.implementations(hook):
                if implementation.plugin.name == name:
                    implementation.call(**arguments)

    def _rebuild(self, hooks: list[str] | tuple[str, ...]) -> None:
        for hook in hooks:
            self._telling.rebuild(hook)

    def _mark(self, record: ImplementationHealth) -> None:
        """A switched-off plugin is something to be seen in the charts of the run."""
        marks = getattr(self.environment, "marks", None)
        if marks is not None:
            text = f"{record.plugin} is switched off for {record.hook}: {record.last_error}"
            marks.add("plugin", text, source="loadhost")

    def _stop_test(self, reason: str) -> None:
        runner = getattr(self.environment, "runner", None)
        if runner is None:
            return
        if gevent.getcurrent() is gevent.get_hub().parent:
            # There stop() would wait for the end of the run in the middle of what tells its beginning.
            gevent.spawn(runner.stop, reason)
        else:
            runner.stop(reason)


def _instance_of(plugin: type) -> object:
    try:
        instance: object = plugin()
    except (UsageError, PluginError):
        raise
    except CAUGHT as error:
        name = f"{plugin.__module__}:{plugin.__qualname__}"
        raise PluginError(
            f"plugin class {name} can't be made: {type(error).__name__}: {message_of(error)}; "
            "a class is called without arguments, register an instance of one that needs some",
            plugin=name,
        ) from error
    return instance
