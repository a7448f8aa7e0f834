"""The pytest plugin: what it costs everybody who has loadhost installed, and its fixtures in a stranger's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import loadhost.testing
from loadhost.testing import Shop


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    program = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import loadhost.testing.plugin\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    added = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert added == "['loadhost', 'loadhost.testing', 'loadhost.testing.plugin']\n"


def test_every_public_name_can_be_imported_and_the_list_is_sorted() -> None:
    names = loadhost.testing.__all__
    assert names == sorted(names)
    assert all(hasattr(loadhost.testing, name) for name in names)
    assert set(names) <= set(dir(loadhost.testing))


def test_a_strangers_tests_find_the_fixtures_without_any_setup(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "def test_mine(loadhost_manager, loadhost_recorder, loadhost_run, loadhost_shop):\n"
        "    loadhost_manager.tell('loadhost_test_start')\n"
        "    assert loadhost_recorder.names() == ['loadhost_test_start']\n"
        "    assert loadhost_shop.count() == 0\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout


def test_the_shop_of_a_test_is_fresh(loadhost_shop: Shop) -> None:
    loadhost_shop.faults(fail_ratio=1)
    assert loadhost_shop.count() == 0


def test_the_shop_of_the_next_test_is_fresh_again_even_if_it_was_closed(loadhost_shop: Shop) -> None:
    loadhost_shop.close()


def test_the_shop_is_open_after_all(loadhost_shop: Shop) -> None:
    assert loadhost_shop.running
