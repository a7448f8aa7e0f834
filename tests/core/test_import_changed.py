"""What was written for Locust, with the import changed: the files of contrib/loadhost-locust/tests, as loadfiles.

A file says `from locust import ...`; here it says `from loadhost import ...`, and nothing else of it is touched. The
plugin loadhost-locust is not loaded.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loadhost.testing import Shop

TESTS = Path(__file__).resolve().parents[2] / "contrib" / "loadhost-locust" / "tests"


def load_cases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("locust_cases", TESTS / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look it up
    spec.loader.exec_module(module)
    return module


CASES = load_cases()
SHARED = [each for each in CASES.CASES if not each.locust_only]


def with_the_import_changed(text: str) -> str:
    text = text.replace("from locust.contrib.fasthttp import", "from loadhost import")
    return re.sub(r"^(from|import) locust\b", r"\1 loadhost", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder, work = tmp_path_factory.mktemp("loadfiles"), tmp_path_factory.mktemp("work")
    for each in SHARED:
        text = (CASES.FOLDER / each.file).read_text()
        changed = with_the_import_changed(text)
        assert "import locust" not in changed
        assert len(changed.splitlines()) == len(text.splitlines())
        (folder / each.file).write_text(changed)
    with Shop() as shop:
        found: dict[str, Any] = CASES.run_all(SHARED, folder, shop.url, work, plugins=["no:locust", "no:machine"])
    return found


@pytest.mark.parametrize("each", SHARED, ids=lambda each: str(each.file))
def test_a_locustfile_with_the_import_changed_means_the_same(each: Any, runs: dict[str, Any]) -> None:
    CASES.judge(each, runs[each.file])
