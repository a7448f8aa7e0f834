"""The current PluginManager: the command's own while it runs, else one per process, made on first use."""

from __future__ import annotations

from loadhost._plugins.manager import PluginManager

_current: PluginManager | None = None


def current_manager() -> PluginManager:
    """The manager that `loadhost.events` speaks to and that `Environment()` takes."""
    global _current
    if _current is None:
        _current = PluginManager()
    return _current


def set_current_manager(manager: PluginManager | None) -> None:
    """Make this manager the current one, before loadfiles are imported."""
    global _current
    _current = manager
