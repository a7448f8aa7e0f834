"""Registry: what is registered, checked against the hook specifications by pluggy and by our own rules."""

from __future__ import annotations

import inspect
from typing import Any

import pluggy
from loadhost_hookspecs import PROJECT

from loadhost._plugins.ask import Implementation
from loadhost._plugins.inventory import Absentees
from loadhost._plugins.refs import HookInfo, PluginInfo, PluginRef
from loadhost._plugins.specs import read_specs
from loadhost._plugins.validation import did_you_mean, unknown_hook, validate
from loadhost.exception import PluginError


class Registry:
    """Hooks and plugins by name. It calls nothing; `PluginManager` does."""

    def __init__(self) -> None:
        self._host = pluggy.PluginManager(PROJECT)
        self._sequence: dict[str, int] = {}
        self.hooks: dict[str, HookInfo] = {}
        self.refs: dict[str, PluginRef] = {}
        self.absent = Absentees()

    def declare(self, module_or_class: Any) -> list[HookInfo]:
        """Add the hooks that a module or class declares. Returns them."""
        fresh = list(read_specs(module_or_class))
        taken = [hook.name for hook in fresh if hook.name in self.hooks]
        if taken:
            raise PluginError(f"hook '{taken[0]}' is already declared, in {self.hooks[taken[0]].module}")
        try:
            self._host.add_hookspecs(module_or_class)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"an implementation does not fit the new hooks: {error}") from error
        self.hooks.update({hook.name: hook for hook in fresh})
        return fresh

    def admit(self, plugin: object, ref: PluginRef, *, pending_allowed: bool) -> None:
        """Register a plugin, or raise PluginError and leave everything as it was."""
        name = ref.name
        if name in self.absent.blocked:
            raise PluginError(f"{ref} is blocked: {self.absent.blocked[name]}", plugin=name)
        if name in self.refs:
            raise PluginError(f"{ref} would take a name that {self.refs[name]} has; register it under another name")
        validate(self._host, plugin, ref, self.hooks, pending_allowed=pending_allowed)
        try:
            self._host.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"{ref} can't be registered: {error}", plugin=name) from error
        self.refs[name] = ref
        self._sequence[name] = max(self._sequence.values(), default=0) + 1

    def remove(self, name: str) -> object | None:
        """Take a plugin out. Returns it, or None if there is none of that name."""
        if name not in self.refs:
            return None
        plugin: object = self._host.unregister(name=name)
        del self.refs[name], self._sequence[name]
        return plugin

    def block(self, name: str, reason: str) -> None:
        """Keep `name` from being registered."""
        self._host.set_blocked(name)
        self.absent.blocked[name] = reason

    def plugin(self, name: str) -> object | None:
        """The plugin of that name, or None."""
        return self._host.get_plugin(name)

    def name_of(self, plugin: object) -> str | None:
        """The name under which `plugin` is registered, or None."""
        return next((name for name, known in self._host.list_name_plugin() if known is plugin), None)

    def free_name(self, plugin_or_base: object) -> str:
        """A name for a plugin that came without one, or the given text: `base`, else `base#2`, `base#3`, ..."""
        base = plugin_or_base if isinstance(plugin_or_base, str) else _natural_name(plugin_or_base)
        name, number = base, 2
        while name in self.refs:
            name, number = f"{base}#{number}", number + 1
        return name

    def hooks_of(self, name: str) -> tuple[str, ...]:
        """The hooks that a plugin implements, sorted."""
        return tuple(sorted(caller.name for caller in self._host.get_hookcallers(self.plugin(name)) or ()))

    def implementations(self, hook: str) -> list[Implementation]:
        """Who implements `hook`, in calling order: tryfirst, then by registration, then trylast."""
        if hook not in self.hooks:
            raise PluginError(f"there is no hook '{hook}'{did_you_mean(hook, self.hooks)}")
        impls = getattr(self._host.hook, hook).get_hookimpls()
        impls.sort(key=lambda impl: (impl.trylast - impl.tryfirst, self._sequence[impl.plugin_name]))
        return [Implementation(self.refs[i.plugin_name], hook, i.function, tuple(i.argnames)) for i in impls]

    def pending(self) -> list[tuple[PluginRef, str, str]]:
        """(plugin, hook, one line) for every implementation of a hook that nobody declared."""
        found = []
        for name, ref in self.refs.items():
            for caller in self._host.get_hookcallers(self.plugin(name)) or ():
                optional = any(i.optionalhook for i in caller.get_hookimpls() if i.plugin_name == name)
                if caller.name not in self.hooks and not optional:
                    found.append((ref, caller.name, unknown_hook(ref, caller.name, self.hooks)))
        return found

    def rows(self, switched_off: dict[str, tuple[str, ...]]) -> list[PluginInfo]:
        """Every plugin in order of registration, then those that are blocked or broken."""
        rows = []
        for name, ref in self.refs.items():
            off = switched_off.get(name)
            reason = f"switched off: {', '.join(off)}" if off else None
            state = "off" if off else "loaded"
            hooks = self.hooks_of(name)
            rows.append(PluginInfo(name, ref.distribution, ref.version, ref.origin, state, reason, hooks))
        return rows + self.absent.rows()


def _natural_name(plugin: object) -> str:
    if inspect.ismodule(plugin):
        return plugin.__name__
    kind = type(plugin)
    return f"{kind.__module__}:{kind.__qualname__}"
