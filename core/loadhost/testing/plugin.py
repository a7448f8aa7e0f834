"""The pytest plugin: fixtures for everybody who writes plugins or loadfiles. Imports nothing heavy at its top."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loadhost import PluginManager
    from loadhost.testing import LoadhostRun, Recorder, Shop


@pytest.fixture
def loadhost_manager() -> PluginManager:
    """A bare plugin manager: it knows the hooks of loadhost, has no plugins and discovers none."""
    from loadhost import PluginManager

    return PluginManager()


@pytest.fixture
def loadhost_recorder(loadhost_manager: PluginManager) -> Iterator[Recorder]:
    """A recorder of the hook calls of `loadhost_manager`, of both kinds."""
    from loadhost.testing import Recorder

    recorder = Recorder(loadhost_manager)
    yield recorder
    recorder.stop()


@pytest.fixture
def loadhost_run(tmp_path: Path) -> Iterator[LoadhostRun]:
    """Runs a loadfile, given as a path or as source text, and hands back the outcome; works in `tmp_path`."""
    from loadhost.testing import LoadhostRun

    run = LoadhostRun(tmp_path)
    yield run
    run.close()


@pytest.fixture(scope="session")
def _loadhost_shop_process() -> Iterator[Shop]:
    from loadhost.testing import Shop

    shop = Shop()
    yield shop
    shop.close()


@pytest.fixture
def loadhost_shop(_loadhost_shop_process: Shop) -> Shop:
    """A small web shop on loopback, to test against; its counts, faults and draws are fresh for each test."""
    shop = _loadhost_shop_process
    if not shop.running:
        shop.close()
        shop.start()
    shop.reset()
    return shop
