"""Loadfiles and plugins as tests give them: a path, or the source itself."""

from __future__ import annotations

import textwrap
from pathlib import Path

from loadhost.exception import UsageError


def as_file(source: Path | str, target: Path) -> Path:
    """The file that is meant: a path is taken as it is; source text (it has line breaks) is written to `target`."""
    if isinstance(source, str) and "\n" in source:
        target.write_text(textwrap.dedent(source), encoding="utf-8")
        return target
    path = Path(source).absolute()
    if not path.exists():
        raise UsageError(f"{source} does not exist; give a path, or source text of more than one line")
    return path


def as_request(plugin: Path | str, target: Path) -> str:
    """What follows -p for a plugin: a file, source text, or else the word as it is ("influx", "no:json", "a.b")."""
    is_word = isinstance(plugin, str) and "\n" not in plugin and not plugin.endswith(".py")
    return str(plugin) if is_word else str(as_file(plugin, target))
