"""What is known of plugins that are not loaded: which are blocked, which are broken, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from loadhost._plugins.refs import PluginInfo, PluginRef


@dataclass
class Absentees:
    """Plugins that somebody blocked, and plugins that could not be loaded."""

    blocked: dict[str, str] = field(default_factory=dict)
    broken: dict[str, tuple[PluginRef, str]] = field(default_factory=dict)

    def rows(self) -> list[PluginInfo]:
        """One row each, by name."""
        rows = [PluginInfo(name, None, None, "code", "blocked", reason) for name, reason in self.blocked.items()]
        for ref, reason in self.broken.values():
            rows.append(PluginInfo(ref.name, ref.distribution, ref.version, ref.origin, "broken", reason))
        return sorted(rows, key=lambda row: row.name)
