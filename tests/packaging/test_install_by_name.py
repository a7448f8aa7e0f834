"""What `pip install loadhost-x` will be: a plugin comes with its installation and goes with it, nothing else to do."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(600)


def test_a_plugin_package_registers_itself_by_being_installed_and_goes_by_being_uninstalled(fresh):
    """Twice within a minute: a cache of entry points with coarse times would show yesterday's state."""
    fresh.install("loadhost-failratio")
    first = fresh.plugins()["failratio"]
    assert first["origin"] == "entry-point"
    assert first["state"] == "loaded"
    assert first["distribution"] == "loadhost-failratio"
    assert first["version"] == "0.1.0"
    assert "--fail-ratio" in fresh.loadhost("run", "--help")

    for _ in range(2):
        fresh.pip("uninstall", "--quiet", "--yes", "loadhost-failratio")
        assert "failratio" not in fresh.plugins()
        fresh.install("loadhost-failratio")
        assert fresh.plugins()["failratio"] == first


def test_what_was_installed_fits_together(fresh):
    """No dependency is missing or contradicts another."""
    fresh.install("loadhost-failratio")
    fresh.pip("check")
