"""For all tests, those of contrib/ too: what a test needs from Debian is there, or it is skipped; in CI it fails."""

from __future__ import annotations

import pytest

import debian_parts


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
