"""The module `cases`, which is a program as well, and its runs, which many tests read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loadhost.testing import Shop

CASES = Path(__file__).with_name("cases.py")


def load_cases() -> ModuleType:
    """The module, imported by its place."""
    spec = importlib.util.spec_from_file_location("locust_cases", CASES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """The module `cases`."""
    return load_cases()


@pytest.fixture(scope="session")
def shop() -> Any:
    """One shop for all of these tests."""
    with Shop() as shop:
        yield shop


@pytest.fixture(scope="session")
def runs(cases: ModuleType, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outcome of every locustfile, run as it is."""
    found: dict[str, Any] = cases.run_all(cases.CASES, cases.FOLDER, shop.url, tmp_path_factory.mktemp("unmodified"))
    return found
