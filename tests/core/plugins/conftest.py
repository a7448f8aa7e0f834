"""Parts of these tests: a manager, plugins made of one function, and distributions that are really installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from loadhost import PluginManager, hookimpl


@pytest.fixture
def manager(loadhost_manager: PluginManager) -> PluginManager:
    return loadhost_manager


@pytest.fixture
def heard() -> list[Any]:
    """What plugins heard, in order."""
    return []


@pytest.fixture
def plugin(heard: list[Any]) -> Callable[..., Any]:
    """A plugin that notes its label when it hears `hook`, then raises `error`, if that is given; see `plugin.error`."""

    def make(label: str, hook: str = "loadhost_test_start", error: Any = None, **marks: bool) -> Any:
        made = SimpleNamespace(error=error)

        def implementation() -> None:
            heard.append(label)
            if made.error is not None:
                raise made.error

        setattr(made, hook, hookimpl(**marks)(implementation))
        return made

    return make


@pytest.fixture
def register(manager: PluginManager, plugin: Callable[..., Any]) -> Callable[..., Any]:
    """Make such a plugin and register it under its label."""

    def add(label: str, *args: Any, **named: Any) -> Any:
        made = plugin(label, *args, **named)
        manager.register(made, label)
        return made

    return add


@pytest.fixture
def import_state() -> Iterator[None]:
    """What a test imports and adds to sys.path is gone after it."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, import_state: None) -> Callable[..., None]:
    """Install a distribution, as pip would leave it, into a folder that is on sys.path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def add(distribution: str, entries: dict[str, str], version: str = "1.0", **modules: str) -> None:
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        lines = [f"{name} = {target}" for name, target in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[loadhost]", *lines, ""]))
        for name, source in modules.items():
            (site / f"{name}.py").write_text(dedent(source))

    return add
