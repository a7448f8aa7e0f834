"""Loading plugins, always in this order: blocks, builtins, entry points, -p, and the loadfiles last."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from loadhost._plugins import discovery
from loadhost._plugins.discovery import Found
from loadhost._plugins.health import CAUGHT
from loadhost._plugins.manager import PluginManager
from loadhost._plugins.refs import PluginRef
from loadhost._plugins.validation import did_you_mean
from loadhost.exception import PluginError, UsageError

logger = logging.getLogger("loadhost.plugins")

BUILTINS: dict[str, str] = {
    "console": "loadhost_builtins.console:ConsolePlugin",
    "csv": "loadhost_builtins.csv_files:CsvFiles",
    "json": "loadhost_builtins.json_report:JsonReport",
    "machine": "loadhost_builtins.machine:MachinePlugin",
    "report": "loadhost_builtins.report:ReportPlugin",
    "junit": "loadhost_builtins.junit:JunitReport",
    "github": "loadhost_builtins.github:GithubSummary",
    "history": "loadhost_builtins.history:HistoryPlugin",
    "demo": "loadhost_builtins.demo",
}
"""Plugin name -> module, or class in a module. Strings, not imports: the core does not depend on them. Not entry points
either, so that an editable checkout never goes stale."""


@dataclass(frozen=True)
class PluginRequest:
    """One -p, or its equivalent: "influx", "no:influx", "package.module", "package.module:Class" or "file.py"."""

    text: str
    origin: str = "command-line"


_folders: set[str] = set()
# Those of the files imported so far: two loadfiles of one name, in two folders, don't hide each other.


class LoadfileError(PluginError):
    """A loadfile raised while it was imported; `__cause__` is what it raised, `path` is the file."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message, plugin=path.name)
        self.path = path


def load_plugins(
    manager: PluginManager, requests: Sequence[PluginRequest] = (), *, entry_points: bool = True, strict: bool = False
) -> None:
    """Load all plugins but the loadfiles.

    An installed plugin that is broken is remembered and warned of, unless `strict`; one that was asked for by -p
    raises. `entry_points=False` loads only those installed plugins that a request names.
    """
    found = discovery.find()
    for request in requests:
        if request.text.startswith("no:"):
            for name in _names_of(request.text[3:], found):
                manager.set_blocked(name, f"-p {request.text} ({request.origin})")
    wanted = [request for request in requests if not request.text.startswith("no:")]
    asked_for = {name for request in wanted for name in _names_of(request.text, found)}
    manager.asked_for = frozenset(asked_for)
    chosen = [e for e in found if (entry_points or e.name in asked_for) and not manager.is_blocked(e.name)]
    # Of what is not loaded, a clash of names does no harm: -p no:NAME and --no-plugins are ways out of it.
    discovery.refuse_doubles(chosen)
    _refuse_builtin_names(chosen)
    _load_builtins(manager)
    for entry in chosen:
        _load_entry_point(manager, entry, strict=strict or entry.name in asked_for)
    for request in wanted:
        _load_request(manager, request, found)


def load_loadfile(manager: PluginManager, path: Path) -> ModuleType:
    """Import a loadfile and register it: a plugin like any other. Raises UsageError or LoadfileError."""
    path = path.resolve()
    if not path.is_file():
        raise UsageError(f"loadfile {path} does not exist; give the path of a Python file")
    try:
        module = _import_file(path)
    except CAUGHT as error:
        raise LoadfileError(f"loadfile {path} could not be imported: {type(error).__name__}: {error}", path) from error
    manager.register(module, manager.free_name(path.name), origin="loadfile")
    return module


def _names_of(text: str, found: Sequence[Found]) -> list[str]:
    """The plugins that a request means by the name of their distribution, spelled as pip allows; else the text."""
    return [entry.name for entry in found if _spelling(entry.distribution) == _spelling(text)] or [text]


def _spelling(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _refuse_builtin_names(found: Iterable[Found]) -> None:
    for entry in found:
        if entry.name in BUILTINS:
            raise PluginError(
                f"{entry.distribution} {entry.version} brings a plugin named '{entry.name}', which is the name of a "
                f"builtin of loadhost; uninstall it (pip uninstall {entry.distribution}), or run without both: "
                f"-p no:{entry.name}",
                plugin=entry.name,
                distribution=entry.distribution,
                version=entry.version,
            )


def _load_builtins(manager: PluginManager) -> None:
    from loadhost import __version__

    for name, path in BUILTINS.items():
        if not manager.is_blocked(name):
            plugin = pkgutil.resolve_name(path)
            manager.register(plugin, name, distribution="loadhost", version=__version__, origin="builtin")


def _load_entry_point(manager: PluginManager, entry: Found, *, strict: bool) -> None:
    ref = PluginRef(entry.name, entry.distribution, entry.version, "entry-point")
    try:
        plugin = discovery.load(entry.name)
        manager.register(
            plugin,
            entry.name,
            distribution=entry.distribution,
            version=entry.version,
            origin="entry-point",
            pending_allowed=True,
        )
    except CAUGHT as error:
        text = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        message = f"{ref} could not be loaded: {text}; run without it: -p no:{entry.name}"
        manager.add_broken(ref, text)
        if strict:
            raise PluginError(
                message, plugin=entry.name, distribution=entry.distribution, version=entry.version
            ) from error
        logger.warning("%s", message)


def _load_request(manager: PluginManager, request: PluginRequest, found: Sequence[Found]) -> None:
    text = request.text
    if any(manager.has_plugin(name) or manager.is_blocked(name) for name in (text, *_names_of(text, found))):
        return
    if text.endswith(".py"):
        path = Path(text)
        if not path.is_file():
            raise UsageError(f"-p {text}: there is no such file")
        plugin: Any = _guarded(text, lambda: _import_file(path.resolve()))
    else:
        plugin = _guarded(text, lambda: _import_dotted(text, manager, found))
    manager.register(plugin, text, origin=request.origin)


def _guarded(text: str, load: Any) -> Any:
    try:
        return load()
    except UsageError:
        raise
    except CAUGHT as error:
        raise PluginError(
            f"-p {text} could not be imported: {type(error).__name__}: {error}; --debug shows where", plugin=text
        ) from error


def _import_dotted(text: str, manager: PluginManager, found: Sequence[Found]) -> Any:
    module_name, _, attribute = text.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(error.name + ".")):
            known = sorted({*(info.name for info in manager.plugins()), *(entry.name for entry in found)})
            raise UsageError(
                f"-p {text}: no plugin, distribution or module has this name{did_you_mean(text, known)}; "
                f"known plugins: {', '.join(known)}; or give a dotted module or the path of a .py file"
            ) from None
        raise
    return getattr(module, attribute) if attribute else module


def _import_file(path: Path) -> ModuleType:
    """Import a file as a module of its own name, with its folder importable, as `python path` would have it."""
    folder, name = str(path.parent), path.stem
    if _is_another_module(name, folder):
        # A loadfile called requests.py must not hide the real one, nor be hidden by it.
        name = f"loadhost_file_{name}"
        sys.path[:] = [*(place for place in sys.path if place != folder), folder]
    elif folder not in sys.path:
        sys.path.insert(0, folder)
    _folders.add(folder)
    name = _unused(name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # a .py file always has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _is_another_module(name: str, folder: str) -> bool:
    """Whether `import name` means something else than a file of this folder or of another loadfile's."""
    places = [place for place in sys.path if place not in {folder, *_folders}]
    return name in sys.stdlib_module_names or PathFinder.find_spec(name, places) is not None


def _unused(name: str) -> str:
    base, number = name, 2
    while name in sys.modules:
        name, number = f"{base}_{number}", number + 1
    return name
