"""`loadhost plugins` and `loadhost hooks`: what is loaded, what it implements, what there is to implement."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loadhost._options.convert import did_you_mean
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._cli.session import Session
    from loadhost._plugins.refs import HookInfo, PluginInfo


def list_plugins(session: Session, *, as_json: bool) -> None:
    """Every plugin: a table, or the JSON that programs read."""
    plugins = session.manager.plugins()
    if as_json:
        _write(json.dumps([_as_data(session, plugin) for plugin in plugins], indent=2))
        return
    rows = [
        (
            plugin.name,
            _packaged(plugin),
            plugin.origin,
            _state(plugin),
            str(len(plugin.hooks) or ""),
            _flags(session, plugin),
        )
        for plugin in plugins
    ]
    write_table(("plugin", "distribution", "origin", "state", "hooks", "options"), rows)


def show_plugin(session: Session, name: str) -> None:
    """One plugin: where it comes from, what it implements, which options it brings."""
    plugins = {plugin.name: plugin for plugin in session.manager.plugins()}
    if name not in plugins:
        known = ", ".join(sorted(plugins)) or "none"
        raise UsageError(
            f"there is no plugin '{name}'{did_you_mean(name, plugins)}; loaded, blocked or broken: {known}"
        )
    plugin = plugins[name]
    _write(f"{plugin.name}: {_packaged(plugin) or 'no distribution'}, origin {plugin.origin}, {_state(plugin)}")
    _write("hooks:" if plugin.hooks else "hooks: none")
    for hook in plugin.hooks:
        _write(f"  {hook}")
    options = session.registry.of_plugin(name)
    _write("options:" if options else "options: none")
    for option in options:
        _write(f"  {', '.join(option.spec.flags)}  {option.spec.help}  [{option.spec.variable}]")


def list_hooks(session: Session) -> None:
    """Every hook: kind, signature, and who implements it."""
    rows = [(hook.kind.kind, hook.signature, ", ".join(_implementers(session, hook.name))) for hook in _hooks(session)]
    write_table(("kind", "hook", "implemented by"), rows)


def show_hook(session: Session, name: str) -> None:
    """One hook: its contract, and who implements it, in calling order."""
    hooks = {hook.name: hook for hook in _hooks(session)}
    found = hooks.get(name) or hooks.get(f"loadhost_{name}")
    if found is None:
        full = name if name.startswith("loadhost_") else f"loadhost_{name}"
        raise UsageError(f"there is no hook '{name}'{did_you_mean(full, hooks)}; loadhost hooks lists them all")
    _write(found.signature)
    _write(f"kind: {found.kind.kind}, declared in {found.module}\n")
    _write(inspect.cleandoc(found.doc))
    names = _implementers(session, found.name)
    if found.kind.last_first:
        names.reverse()
    _write("\nimplemented, in calling order, by: " + (", ".join(names) or "nobody"))


def _hooks(session: Session) -> list[HookInfo]:
    return session.manager.hooks()


def _implementers(session: Session, hook: str) -> list[str]:
    return [implementation.plugin.name for implementation in session.manager.implementations(hook)]


def _as_data(session: Session, plugin: PluginInfo) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "origin": plugin.origin,
        "state": plugin.state,
        "reason": plugin.reason,
        "hooks": list(plugin.hooks),
        "options": [option.spec.long_flag for option in session.registry.of_plugin(plugin.name)],
    }


def _packaged(plugin: PluginInfo) -> str:
    return f"{plugin.distribution} {plugin.version or ''}".strip() if plugin.distribution else ""


def _state(plugin: PluginInfo) -> str:
    state = "switched off" if plugin.state == "off" else plugin.state
    return f"{state}: {plugin.reason}" if plugin.reason else state


def _flags(session: Session, plugin: PluginInfo) -> str:
    return " ".join(option.spec.long_flag for option in session.registry.of_plugin(plugin.name))


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, aligned columns in a pipe."""
    if not sys.stdout.isatty():
        # In a pipe there is no width to keep to, and a line that is wrapped can't be searched.
        lines = [headings, *rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
        for line in lines:
            _write("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
        return

    from rich.console import Console  # late: only here, and it is slow to import
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    Console().print(table)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
