"""The configuration file: --config FILE, else loadhost.toml, else [tool.loadhost] of pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadhost._cli import required_plugins
from loadhost._options.convert import did_you_mean
from loadhost._options.layers import FileSettings
from loadhost._options.registry import OptionRegistry
from loadhost.exception import UsageError

_ALIASES = {"plugins": "plugin", "loadfiles": "loadfile"}


def read_settings(named: str | None, folder: Path) -> FileSettings:
    """What the configuration file of `folder` says, or the one named by --config."""
    if named is not None:
        path = Path(named)
        if not path.is_file():
            raise UsageError(f"--config {named}: there is no such file")
        return _settings(path.name == "pyproject.toml", path, str(path))
    if (folder / "loadhost.toml").is_file():
        return _settings(False, folder / "loadhost.toml", "loadhost.toml")
    if (folder / "pyproject.toml").is_file():
        return _settings(True, folder / "pyproject.toml", "pyproject.toml")
    return FileSettings()


def _settings(in_pyproject: bool, path: Path, label: str) -> FileSettings:
    table: Any = _parse(path, label)
    if in_pyproject:
        label += " [tool.loadhost]"
        table = table.get("tool", {}).get("loadhost", {})
        if not isinstance(table, dict):
            raise UsageError(f"{label} is not a table; write [tool.loadhost], then one option per line")
    return _by_name(table, label)


def _parse(path: Path, label: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{label} is not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"{label} can't be read: {error.strerror}") from error


def _by_name(table: Mapping[str, Any], label: str) -> FileSettings:
    values: dict[str, Any] = {}
    keys: dict[str, str] = {}
    required: list[required_plugins.Required] = []
    for key, value in table.items():
        name = key.replace("-", "_")
        if name == required_plugins.NAME:
            required += required_plugins.read(value, label)
            continue
        name = _ALIASES.get(name, name)
        if name in values:
            raise UsageError(f"{label}: {keys[name]} and {key} are the same setting; keep one of them")
        values[name], keys[name] = value, key
    return FileSettings(label, values, keys, tuple(required))


def rename_to_destinations(settings: FileSettings, registry: OptionRegistry) -> FileSettings:
    """Keys are the options' spellings; where an option has another attribute name (`dest`), use that."""
    names = {option.spec.name: option.name for option in registry if option.spec.name != option.name}
    if not names:
        return settings
    values = {names.get(name, name): value for name, value in settings.values.items()}
    keys = {names.get(name, name): key for name, key in settings.keys.items()}
    return replace(settings, values=values, keys=keys)


def unknown_key(settings: FileSettings, registry: OptionRegistry) -> str | None:
    """One line about the first key that is no option, or None."""
    for name, key in settings.keys.items():
        if registry.get(name) is None:
            known = [option.spec.name.replace("_", "-") for option in registry]
            known += [*_ALIASES, required_plugins.NAME]
            hint = did_you_mean(key, known) or "; a key is the name of an option without the dashes in front"
            return f"{settings.label}: there is no option '{key}'{hint}"
    return None
