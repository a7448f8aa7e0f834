"""How plugins, hooks and answers are named to people: small frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from loadhost_hookspecs import HookKind


@dataclass(frozen=True)
class PluginRef:
    """Who a plugin is.

    `origin`: "builtin", "entry-point", "command-line", "environment", "config", "loadfile" or "code".
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    origin: str = "code"

    def __str__(self) -> str:
        packaged = f" ({self.distribution} {self.version})" if self.distribution else ""
        return f"plugin '{self.name}'{packaged}"


@dataclass(frozen=True)
class PluginInfo:
    """One row of `loadhost plugins`. `state`: "loaded", "blocked", "broken" or "off"; `reason`: why, if not loaded."""

    name: str
    distribution: str | None
    version: str | None
    origin: str
    state: str
    reason: str | None
    hooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class HookInfo:
    """One hook: its spec, read once."""

    name: str
    kind: HookKind
    parameters: tuple[str, ...]
    doc: str
    module: str

    @property
    def signature(self) -> str:
        """The heading that docs/hooks.md has for it."""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def since(self) -> str:
        """The version that brought it."""
        return self.doc.rpartition("versionadded::")[2].strip()


class Answer(NamedTuple):
    """What a plugin answered to a hook of the kind ask; `value` may be a PluginError from `ask_isolated`."""

    plugin: PluginRef
    value: Any
