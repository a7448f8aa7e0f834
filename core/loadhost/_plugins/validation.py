"""What `register` refuses, and why: checked before anything of the plugin is registered."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pluggy
from loadhost_hookspecs import PROJECT

from loadhost._plugins.refs import HookInfo, PluginRef
from loadhost.exception import PluginError


def implemented_hooks(host: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(attribute, hook name, pluggy's options) of everything in `plugin` that is marked with @hookimpl."""
    for attribute in dir(plugin):
        options: Mapping[str, Any] | None = host.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            yield attribute, options.get("specname") or attribute, options


def validate(
    host: pluggy.PluginManager, plugin: object, ref: PluginRef, hooks: Mapping[str, HookInfo], *, pending_allowed: bool
) -> None:
    """Raise PluginError for the first implementation that could not work."""
    for attribute, hook_name, options in implemented_hooks(host, plugin):
        function = getattr(plugin, attribute)
        where = f"{ref}: {hook_name}"
        if options.get("wrapper") or options.get("hookwrapper"):
            raise _refusal(ref, hook_name, f"{where} is a wrapper; loadhost calls hooks one by one, so it can't wrap")
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise _refusal(ref, hook_name, f"{where} is a coroutine or generator; hooks are plain functions on gevent")
        if hook_name in hooks:
            check_parameters(function, hooks[hook_name], ref)
        elif not (pending_allowed or options.get("optionalhook")):
            raise _refusal(ref, hook_name, unknown_hook(ref, hook_name, hooks))
    _refuse_unmarked(plugin, ref, hooks)


def _refuse_unmarked(plugin: object, ref: PluginRef, hooks: Mapping[str, HookInfo]) -> None:
    """A function that bears a hook's name and no @hookimpl would never be called, and nobody would know why."""
    for name in hooks:
        function = inspect.getattr_static(plugin, name, None)
        if inspect.isfunction(function) and not hasattr(function, f"{PROJECT}_impl"):
            raise _refusal(
                ref, name, f"{ref}: {name} has no @hookimpl, so it would not be called; put @hookimpl above it"
            )


def unknown_hook(ref: PluginRef, hook_name: str, known: Iterable[str]) -> str:
    """One line for a misspelt hook, with the likeliest spelling."""
    hint = did_you_mean(hook_name, known)
    return f"{ref}: there is no hook '{hook_name}'{hint}{'' if hint else ';'} `loadhost hooks` lists them all"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ ", did you mean 'x'?" or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f", did you mean '{close[0]}'?" if close else ""


def check_parameters(function: Any, hook: HookInfo, ref: PluginRef) -> None:
    """Refuse an implementation that asks for what its hook does not have."""
    where = f"{ref}: {hook.name}"
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            # str(parameter) has the stars
            name = str(parameter).partition(":")[0]
            raise _refusal(ref, hook.name, f"{where} has {name}; name just the arguments it needs, new ones do no harm")
        if parameter.name not in hook.parameters:
            raise _refusal(
                ref,
                hook.name,
                f"{where} asks for the unknown argument '{parameter.name}'"
                f"{did_you_mean(parameter.name, hook.parameters)}; allowed: {', '.join(hook.parameters)}",
            )
        if parameter.default is not parameter.empty or parameter.kind is parameter.KEYWORD_ONLY:
            # pluggy never fills an argument that has a default: it would silently keep the default for ever.
            raise _refusal(
                ref, hook.name, f"{where}: write '{parameter.name}' as a plain argument, without default and without *"
            )


def _refusal(ref: PluginRef, hook: str, message: str) -> PluginError:
    return PluginError(message, plugin=ref.name, distribution=ref.distribution, version=ref.version, hook=hook)
