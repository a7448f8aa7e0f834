"""`required_plugins = ["loadhost-influx>=0.1"]` in a loadfile or the configuration file: what is missing, in one line.

A loadfile's list is read from its text before it is imported: its own import of a plugin that is missing would fail
first, with a line that doesn't say what to install. A list that is no plain list of texts is read after the import.
"""

from __future__ import annotations

import ast
import importlib.metadata
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from loadhost.exception import UsageError

# packaging is imported where there is a list: it would cost every command 20 ms.
if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from loadhost._plugins.manager import PluginManager

NAME = "required_plugins"
_EXAMPLE = 'required_plugins = ["loadhost-influx>=0.1"]'


@dataclass(frozen=True)
class Required:
    """One requirement, and the file that has it."""

    requirement: Requirement
    where: str


def read(value: Any, where: str) -> list[Required]:
    """The requirements of one list. Raises UsageError for what is none; those for another Python or system are gone."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"{where}: {NAME} = {value!r} is no list of texts; write for example {_EXAMPLE}")
    requirements = [_requirement(text, where) for text in value]
    return [Required(each, where) for each in requirements if each.marker is None or each.marker.evaluate()]


def read_text(path: Path) -> list[Required]:
    """The requirements of a loadfile that has not been imported, if its list is a plain one."""
    source = path.read_bytes()
    if NAME.encode() not in source:  # almost all: nothing is parsed twice
        return []
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []  # its import says it better
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if node_value := getattr(node, "value", None) if any(_is_name(target) for target in targets) else None:
            try:
                return read(ast.literal_eval(node_value), path.name)
            except ValueError:
                return []
    return []


def read_module(module: ModuleType) -> list[Required]:
    """The requirements of a loadfile that has been imported."""
    return read(getattr(module, NAME, []), Path(str(module.__file__)).name)


def check_installed(required: Iterable[Required]) -> None:
    """Raise UsageError if a distribution is missing or has another version; one line names all, and the command."""
    unmet = {str(each.requirement): each for each in required if not _is_met(each.requirement)}
    if not unmet:
        return
    for each in unmet.values():
        _refuse_plugin_name(each)
    files = ", ".join(dict.fromkeys(each.where for each in unmet.values()))
    named = ", ".join(_said(each.requirement) for each in unmet.values())
    command = shlex.join(["pip", "install", *(_without_marker(each.requirement) for each in unmet.values())])
    raise UsageError(f"missing required plugins of {files}: {named}; type: {command}")


def check_loaded(required: Sequence[Required], manager: PluginManager, *, no_plugins: bool) -> None:
    """Raise UsageError for a required plugin that is installed, and was left out of this run."""
    if not required:
        return
    from packaging.utils import canonicalize_name

    from loadhost._plugins import discovery

    loaded = {
        canonicalize_name(info.distribution)
        for info in manager.plugins()
        if info.state == "loaded" and info.distribution
    }
    for each in required:
        name = canonicalize_name(each.requirement.name)
        plugins = [found.name for found in discovery.find() if canonicalize_name(found.distribution) == name]
        if not plugins or name in loaded:
            continue
        if any(info.state == "broken" and info.name in plugins for info in manager.plugins()):
            continue  # a warning has said so, with the reason
        way = "--no-plugins" if no_plugins else f"-p no:{plugins[0]}"
        raise UsageError(f"{each.where} requires the plugin {each.requirement}, which {way} leaves out; take that away")


def _requirement(text: str, where: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{where}: {NAME}: {text!r} is no requirement ({reason}); write for example {_EXAMPLE}"
        ) from None


def _is_name(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == NAME


def _installed(name: str) -> str | None:
    try:
        version: str | None = importlib.metadata.version(name)  # None if its metadata is broken
    except importlib.metadata.PackageNotFoundError:
        return None
    return version


def _is_met(requirement: Requirement) -> bool:
    version = _installed(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _refuse_plugin_name(required: Required) -> None:
    """The name of a plugin may be somebody else's distribution: nobody should install that by our advice."""
    name = required.requirement.name
    if _installed(name) is None and _installed(f"loadhost-{name}") is not None:
        raise UsageError(f"{required.where}: {NAME} names distributions; for '{name}' write 'loadhost-{name}'")


def _said(requirement: Requirement) -> str:
    version = _installed(requirement.name)
    return _without_marker(requirement) + (f" ({version} is installed)" if version is not None else "")


def _without_marker(requirement: Requirement) -> str:
    return str(requirement).partition(";")[0].strip()
