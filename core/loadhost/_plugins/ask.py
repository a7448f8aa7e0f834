"""Asking: one implementation of a hook, called with just the arguments it names, its failure given a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loadhost._plugins.health import CAUGHT, message_of
from loadhost._plugins.refs import PluginRef
from loadhost.exception import PluginError, UsageError


@dataclass(frozen=True)
class Implementation:
    """A plugin's function for a hook. `arguments`: the names it takes, in its own order."""

    plugin: PluginRef
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]

    def call(self, **arguments: Any) -> Any:
        """Its answer. Raises PluginError, naming plugin, distribution, version and hook; a UsageError as it is.

        As with hooks that are told, an argument left out is None: a spec can grow without breaking who calls it.
        """
        try:
            return self.function(*[arguments.get(name) for name in self.arguments])
        except (UsageError, PluginError):
            raise
        except CAUGHT as error:
            raise PluginError(
                f"{self.plugin} failed in {self.hook}: {type(error).__name__}: {message_of(error)}; "
                f"run without it: -p no:{self.plugin.name}",
                plugin=self.plugin.name,
                distribution=self.plugin.distribution,
                version=self.plugin.version,
                hook=self.hook,
            ) from error
