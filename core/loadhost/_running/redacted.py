"""The result of a run without secrets: redacted once, for all reports, before any of them is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from loadhost_hookspecs import RunResult

_TEXTS = (
    "failures", "exceptions", "plugins", "statuses", "marks", "options", "command", "stop_reason", "verdict", "parts",
)  # fmt: skip


def without_secrets(result: RunResult, redact: Callable[[str], str]) -> RunResult:
    """The result with all its texts redacted; figures are the same objects."""
    changes = {name: _walk(getattr(result, name), redact) for name in _TEXTS}
    entries = []
    for entry in result.entries:
        name = redact(entry.name)
        entries.append(entry if name == entry.name else dataclasses.replace(entry, name=name))
    return dataclasses.replace(result, entries=tuple(entries), **changes)


def _walk(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _walk(item, redact) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_walk(item, redact) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Only plain frozen data of ours gets here; a plugin's own class in some evidence may not be made anew.
        try:
            return dataclasses.replace(
                value, **{field.name: _walk(getattr(value, field.name), redact) for field in dataclasses.fields(value)}
            )
        except (TypeError, ValueError):
            return value
    return value
