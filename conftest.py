"""For all tests, those of contrib/ too: a data folder of their own, and what a test needs from Debian: it is there, or
the test is skipped; in CI it fails."""

from __future__ import annotations

import os
import tempfile

import pytest

import debian_parts

_DATA = tempfile.TemporaryDirectory(prefix="loadhost-tests-")


def pytest_configure() -> None:
    """No test writes to the user's own history: children that lose our LOADHOST_ variables see the other one."""
    os.environ["LOADHOST_DATA_DIR"] = os.environ["XDG_DATA_HOME"] = _DATA.name


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look after `@pytest.mark.needs_debian("nginx")`."""
    for mark in item.iter_markers("needs_debian"):
        for program in mark.args:
            if debian_parts.find(program):
                continue
            package, _tests = debian_parts.PARTS[program]
            lack = f"{program} is not installed: apt-get install {package}"
            if debian_parts.in_ci():
                pytest.fail(f"{lack} (CI allows no such skip)", pytrace=False)
            pytest.skip(lack)
