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
from loadhost._plugins.validation import check_parameters, did_you_mean, implemented_hooks, unknown_hook, validate
from loadhost.exception import PluginError


class Registry:
    """Hooks and plugins by name. It calls nothing; `PluginManager` does."""

    def __init__(self) -> None:
        self._host = pluggy.PluginManager(PROJECT)
        self._sequence: dict[str, int] = {}
        self._namespaces: list[Any] = []
        self.hooks: dict[str, HookInfo] = {}
        self.refs: dict[str, PluginRef] = {}
        self.absent = Absentees()

    def declare(self, module_or_class: Any) -> list[HookInfo]:
        """Add the hooks that a module or class declares. Returns them."""
        if any(known is module_or_class for known in self._namespaces):
            return []  # the plugin that brought them was registered before
        fresh = list(read_specs(module_or_class))
        if not fresh:
            raise PluginError(f"{module_or_class!r} declares no hooks: mark its functions with @ask or @tell")
        taken = [hook.name for hook in fresh if hook.name in self.hooks]
        if taken:
            raise PluginError(f"hook '{taken[0]}' is already declared, in {self.hooks[taken[0]].module}")
        for hook in fresh:
            self._check_pending(hook)  # before pluggy does, which would keep the hooks that it has seen by then
        self._host.add_hookspecs(module_or_class)
        self._namespaces.append(module_or_class)
        self.hooks.update({hook.name: hook for hook in fresh})
        return fresh

    def admit(self, plugin: object, ref: PluginRef, *, pending_allowed: bool) -> None:
        """Register a plugin, or raise PluginError and leave everything as it was."""
        name = ref.name
        if name in self.absent.blocked:
            raise PluginError(f"{ref} is blocked: {self.absent.blocked[name]}", plugin=name)
        if name in self.refs:
            raise PluginError(f"{ref} would take a name that {self.refs[name]} has; register it under another name")
        known = self.name_of(plugin)
        if known is not None:
            raise PluginError(f"{ref} is registered already, as '{known}'", plugin=name)
        # One that brings hooks of its own may implement them; whether it did is seen once it has brought them.
        brings = any(hook == "loadhost_add_hookspecs" for _, hook, _ in implemented_hooks(self._host, plugin))
        validate(self._host, plugin, ref, self.hooks, pending_allowed=pending_allowed or brings)
        try:
            self._host.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"{ref} can't be registered: {error}", plugin=name) from error
        self.absent.broken.pop(name, None)
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
        return next((name for name in self.refs if self._host.get_plugin(name) is plugin), None)

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
        """Who implements `hook`, in calling order: tryfirst, by registration, trylast; a last_first hook in reverse."""
        if hook not in self.hooks:
            raise PluginError(f"there is no hook '{hook}'{did_you_mean(hook, self.hooks)}")
        impls = getattr(self._host.hook, hook).get_hookimpls()
        impls.sort(key=lambda impl: (impl.trylast - impl.tryfirst, self._sequence[impl.plugin_name]))
        if self.hooks[hook].kind.last_first:
            impls.reverse()
        return [Implementation(self.refs[i.plugin_name], hook, i.function, tuple(i.argnames)) for i in impls]

    def _check_pending(self, hook: HookInfo) -> None:
        """Refuse a new hook that does not fit those who implement it already."""
        caller = getattr(self._host.hook, hook.name, None)
        for impl in caller.get_hookimpls() if caller is not None else ():
            check_parameters(impl.function, hook, self.refs[impl.plugin_name])

    def pending(self) -> list[tuple[PluginRef, str, str]]:
        """(plugin, hook, one line) for every implementation of a hook that nobody declared."""
        found = []
        for name, ref in self.refs.items():
            for caller in self._host.get_hookcallers(self.plugin(name)) or ():
                optional = any(i.optionalhook for i in caller.get_hookimpls() if i.plugin_name == name)
                if caller.name not in self.hooks and not optional:
                    found.append((ref, caller.name, unknown_hook(ref, caller.name, self.hooks)))
        return found

    def refuse_pending(self, name: str) -> None:
        """Raise PluginError for the first hook of this plugin that nobody declared."""
        for ref, hook, line in self.pending():
            if ref.name == name:
                raise PluginError(line, plugin=name, distribution=ref.distribution, version=ref.version, hook=hook)

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
