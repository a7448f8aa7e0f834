"""Finding and loading installed plugins by their entry points: the only module that knows stevedore."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from stevedore import ExtensionManager, NamedExtensionManager

from loadhost.exception import PluginError

GROUP = "loadhost"
"""The entry-point group of plugins that implement hooks."""


@dataclass(frozen=True)
class Found:
    """An entry point of an installed distribution; `name` is the plugin's."""

    name: str
    distribution: str
    version: str
    target: str


def find(group: str = GROUP) -> list[Found]:
    """All entry points of the group, by name. Nothing is imported."""
    # stevedore's own disk cache keeps times in steps of 128 s, so that a plugin installed a moment ago can stay
    # invisible, and it forgets the distributions. Filling its cache ourselves, each time, avoids both.
    entries = sorted(
        importlib.metadata.entry_points(group=group),
        key=lambda entry: (entry.name, entry.dist.name if entry.dist else ""),
    )
    ExtensionManager.ENTRY_POINT_CACHE[group] = entries
    return [Found(e.name, e.dist.name if e.dist else "?", e.dist.version if e.dist else "?", e.value) for e in entries]


def refuse_doubles(found: Sequence[Found]) -> None:
    """Raise PluginError for a name that two distributions bring."""
    for first, second in pairwise(found):
        if first.name == second.name:
            raise PluginError(
                f"two distributions bring a plugin named '{first.name}': {first.distribution} {first.version} and "
                f"{second.distribution} {second.version}; uninstall one of them, or run without both: "
                f"-p no:{first.name}",
                plugin=first.name,
            )


def load(name: str, group: str = GROUP) -> Any:
    """Import the plugin of this entry-point name, found by `find` before. Raises whatever its import raises."""
    failures: list[BaseException] = []
    # Its own log lines would tell the same error a second time, with a traceback.
    logging.getLogger("stevedore").setLevel(logging.CRITICAL)
    extensions: NamedExtensionManager[Any] = NamedExtensionManager(
        group, [name], on_load_failure_callback=lambda _manager, _entry, error: failures.append(error)
    )
    if failures:
        raise failures[0]
    return extensions[name].plugin
