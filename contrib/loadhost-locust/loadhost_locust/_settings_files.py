"""Locust's configuration files: "key = value" lines, and [tool.locust] of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from loadhost import UsageError

Values = dict[str, str | list[str]]
"""{key: text, or texts}; a switch is "true" or "false"."""

_LINE = re.compile(r"(?P<key>[^:=;#\s]+)\s*(?:(?P<mark>[:=\s])\s*(?P<value>.+?))?\s*(?:\s[;#].*)?")
_QUOTES = "'\""


def read_settings(named: str | None, folder: Path, home: Path) -> Values:
    """All settings: of ~/.locust.conf, locust.conf, pyproject.toml and the one named, where the later one wins."""
    values: Values = {}
    for path in (home / ".locust.conf", folder / "locust.conf", folder / "pyproject.toml"):
        if path.is_file():
            values |= _read(path)
    if named is not None:
        path = folder / named
        if not path.is_file():
            raise UsageError(f"--config {named}: there is no such file")
        values |= _read(path)
    return values


def _read(path: Path) -> Values:
    try:
        text = path.read_text(encoding="utf-8")
        return _toml(text) if path.suffix == ".toml" else _lines(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error


def _toml(text: str) -> Values:
    table = tomllib.loads(text).get("tool", {}).get("locust", {})
    return {
        key: [str(each) for each in value] if isinstance(value, list) else _text(value) for key, value in table.items()
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lines(text: str) -> Values:
    values: Values = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#;[" or line.startswith("---"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number} is no setting: {line}")
        values[found["key"].lstrip("-")] = _value(found["value"] or "true")
    return values


def _value(text: str) -> str | list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [part.strip().strip(_QUOTES) for part in text[1:-1].split(",") if part.strip()]
    quoted = len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]
    return text[1:-1] if quoted else text
