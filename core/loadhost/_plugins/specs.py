"""Reading hook specifications: what pluggy knows of them, plus their kind."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from loadhost_hookspecs import PROJECT, kind_of

from loadhost._plugins.refs import HookInfo
from loadhost.exception import PluginError


def read_specs(module_or_class: Any) -> Iterator[HookInfo]:
    """The hooks that a module or class declares. Raises PluginError for one that is neither ask nor tell."""
    for name, function in _members(module_or_class).items():
        if not callable(function) or not hasattr(function, f"{PROJECT}_spec"):
            continue
        kind = kind_of(function)
        if kind is None:
            raise PluginError(f"hook '{name}' has no kind: declare it with @ask or @tell of loadhost_hookspecs")
        parameters = tuple(name for name in inspect.signature(function).parameters if name != "self")
        yield HookInfo(name, kind, parameters, inspect.getdoc(function) or "", function.__module__)


def _members(module_or_class: Any) -> dict[str, Any]:
    """As declared, those of base classes first: pluggy takes them as well."""
    homes = reversed(module_or_class.__mro__) if inspect.isclass(module_or_class) else [module_or_class]
    return {name: value for home in homes for name, value in vars(home).items()}
