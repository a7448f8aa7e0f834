"""Locust as a library, and one user for a debugger: `python -m loadhost_locust program.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from loadhost.testing import Shop

FOLDER = Path(__file__).with_name("locustfiles")


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loadhost_locust", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_program_that_uses_locust_as_a_library(shop: Shop) -> None:
    done = run_program(str(FOLDER / "library.py"), shop.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True 0.0\n"
    assert "# reqs" in done.stderr  # the tables of stats_printer


def test_run_single_user_prints_each_request(shop: Shop) -> None:
    done = run_program(str(FOLDER / "single_user.py"), shop.url)
    assert done.returncode == 0, done.stderr
    _, product, status = done.stdout.strip().splitlines()
    assert product.split("\t")[:2] == ["GET", f"{'/product/1':<50}"]
    assert "as expected" in status


def test_without_a_program_it_says_how(shop: Shop) -> None:
    done = run_program()
    assert done.returncode == 2
    assert done.stderr == "usage: python -m loadhost_locust script.py [arguments]\n"
