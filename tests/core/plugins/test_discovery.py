"""Installed plugins are found by their entry points, with distribution and version; a broken one stops nobody else."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from loadhost import PluginError, PluginManager
from loadhost._plugins import discovery
from loadhost._plugins.loading import PluginRequest, load_plugins
from loadhost._plugins.refs import PluginInfo

Install = Callable[..., None]

PLUGIN = """
    from loadhost import hookimpl

    @hookimpl
    def loadhost_test_start():
        pass
"""


def load(manager: PluginManager, *texts: str, **options: bool) -> None:
    load_plugins(manager, [PluginRequest(text) for text in texts], **options)


def info(manager: PluginManager, name: str) -> PluginInfo | None:
    return next((plugin for plugin in manager.plugins() if plugin.name == name), None)


def test_an_installed_plugin_is_loaded_with_distribution_and_version(manager: PluginManager, install: Install) -> None:
    install("loadhost-shop", {"shop": "x_shop"}, version="2.5", x_shop=PLUGIN)
    load(manager)
    shop = info(manager, "shop")
    assert shop is not None
    assert (shop.distribution, shop.version, shop.origin, shop.state) == (
        "loadhost-shop",
        "2.5",
        "entry-point",
        "loaded",
    )
    assert shop.hooks == ("loadhost_test_start",)


def test_a_plugin_installed_a_moment_ago_is_found_and_one_removed_is_not(install: Install, tmp_path: Any) -> None:
    assert "shop" not in [found.name for found in discovery.find()]
    install("loadhost-shop", {"shop": "x_shop"}, x_shop=PLUGIN)
    assert "shop" in [found.name for found in discovery.find()]
    folder = tmp_path / "site" / "loadhost_shop-1.0.dist-info"
    folder.rename(tmp_path / "gone")
    assert "shop" not in [found.name for found in discovery.find()]


def test_finding_imports_nothing(install: Install) -> None:
    install("loadhost-shop", {"shop": "x_shop"}, x_shop="raise AssertionError")
    discovery.find()
    assert "x_shop" not in sys.modules


def test_installed_plugins_are_loaded_by_name_whatever_their_distribution(
    manager: PluginManager, install: Install
) -> None:
    install("a-dist", {"x-zebra": "x_zebra"}, x_zebra=PLUGIN)
    install("z-dist", {"x-ant": "x_ant"}, x_ant=PLUGIN)
    load(manager)
    names = [plugin.name for plugin in manager.plugins() if plugin.name.startswith("x-")]
    assert names == ["x-ant", "x-zebra"]


def test_an_entry_point_may_name_a_class(manager: PluginManager, install: Install) -> None:
    source = """
        from loadhost import hookimpl

        class Shop:
            @hookimpl
            def loadhost_test_start(self):
                pass
    """
    install("loadhost-shop", {"shop": "x_shop:Shop"}, x_shop=source)
    load(manager)
    assert type(manager.get_plugin("shop")).__name__ == "Shop"


BROKEN = {
    "ImportError": ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
    "SystemExit": ("raise SystemExit(3)", "SystemExit: 3"),
    "AssertionError": ("assert False, 'never'", "AssertionError: never"),
    "SyntaxError": ("def (:", "SyntaxError: "),
    "misfit": (
        "from loadhost import hookimpl\n@hookimpl\ndef loadhost_test_start(**kwargs): pass",
        "name just the arguments it needs",
    ),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_stops_nobody_and_shows_with_distribution_version_and_reason(
    manager: PluginManager, install: Install, source: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    install("loadhost-broken", {"broken": "x_broken"}, version="0.9", x_broken=source)
    install("loadhost-shop", {"shop": "x_shop"}, x_shop=PLUGIN)
    load(manager)
    assert manager.has_plugin("shop")
    broken = info(manager, "broken")
    assert broken is not None
    assert (broken.state, broken.distribution, broken.version) == ("broken", "loadhost-broken", "0.9")
    assert broken.reason is not None
    assert reason in broken.reason
    (warning,) = [record for record in caplog.records if record.name == "loadhost.plugins"]
    assert warning.levelno == logging.WARNING
    assert warning.message.startswith("plugin 'broken' (loadhost-broken 0.9) could not be loaded: ")
    assert warning.message.endswith("run without it: -p no:broken")


def test_a_missing_attribute_is_a_broken_plugin(manager: PluginManager, install: Install) -> None:
    install("loadhost-broken", {"broken": "x_broken:Missing"}, x_broken=PLUGIN)
    load(manager)
    broken = info(manager, "broken")
    assert broken is not None
    assert broken.state == "broken"


def test_strict_makes_a_broken_plugin_fatal(manager: PluginManager, install: Install) -> None:
    install("loadhost-broken", {"broken": "x_broken"}, x_broken="import no_such_module_anywhere")
    with pytest.raises(
        PluginError, match=re.escape("plugin 'broken' (loadhost-broken 1.0) could not be loaded")
    ) as caught:
        load(manager, strict=True)
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_broken_plugin_that_is_asked_for_is_fatal(manager: PluginManager, install: Install) -> None:
    install("loadhost-broken", {"broken": "x_broken"}, x_broken="import no_such_module_anywhere")
    with pytest.raises(PluginError, match="plugin 'broken'"):
        load(manager, "broken")


def test_a_broken_plugin_that_is_mended_is_no_longer_shown_as_broken(
    manager: PluginManager, install: Install, plugin: Any
) -> None:
    install("loadhost-broken", {"broken": "x_broken"}, x_broken="import no_such_module_anywhere")
    load(manager)
    manager.register(plugin("broken"), "broken")
    assert [row.state for row in manager.plugins() if row.name == "broken"] == ["loaded"]


@pytest.mark.parametrize("text", ["no:shop", "no:loadhost-shop", "no:Loadhost_Shop"])
def test_a_blocked_plugin_is_never_imported(manager: PluginManager, install: Install, text: str) -> None:
    install("loadhost-shop", {"shop": "x_shop"}, x_shop="raise AssertionError")
    load(manager, text)
    assert "x_shop" not in sys.modules
    shop = info(manager, "shop")
    assert shop is not None
    assert (shop.state, shop.reason) == ("blocked", f"-p {text} (command-line)")


def test_a_name_that_two_distributions_bring_is_an_error_that_names_both(
    manager: PluginManager, install: Install
) -> None:
    install("one-shop", {"shop": "x_one"}, x_one=PLUGIN)
    install("two-shop", {"shop": "x_two"}, version="2.0", x_two=PLUGIN)
    with pytest.raises(PluginError, match=r"'shop': one-shop 1\.0 and two-shop 2\.0; uninstall one of them"):
        load(manager)


def test_a_name_that_comes_twice_can_be_blocked(manager: PluginManager, install: Install) -> None:
    install("one-shop", {"shop": "x_one"}, x_one=PLUGIN)
    install("two-shop", {"shop": "x_two"}, x_two=PLUGIN)
    load(manager, "no:shop")
    assert not manager.has_plugin("shop")


def test_a_name_that_comes_twice_does_no_harm_without_plugins(manager: PluginManager, install: Install) -> None:
    install("one-shop", {"shop": "x_one"}, x_one=PLUGIN)
    install("two-shop", {"shop": "x_two"}, x_two=PLUGIN)
    load(manager, entry_points=False)
    assert not manager.has_plugin("shop")


def test_the_name_of_a_builtin_is_an_error_that_names_both(manager: PluginManager, install: Install) -> None:
    install("loadhost-csv", {"csv": "x_csv"}, x_csv=PLUGIN)
    with pytest.raises(PluginError, match=r"loadhost-csv 1\.0 brings a plugin named 'csv', .* builtin of loadhost"):
        load(manager)


def test_without_entry_points_only_what_is_asked_for_is_loaded(manager: PluginManager, install: Install) -> None:
    install("loadhost-shop", {"shop": "x_shop"}, x_shop=PLUGIN)
    install("loadhost-other", {"other": "x_other"}, x_other=PLUGIN)
    load(manager, "shop", entry_points=False)
    assert manager.has_plugin("shop")
    assert not manager.has_plugin("other")
    assert "x_other" not in sys.modules


def test_a_misspelt_hook_of_an_installed_plugin_is_pending_not_fatal(manager: PluginManager, install: Install) -> None:
    source = PLUGIN.replace("loadhost_test_start", "loadhost_test_started")
    install("loadhost-shop", {"shop": "x_shop"}, x_shop=source)
    load(manager)
    assert ("shop", "loadhost_test_started") in [(ref.name, hook) for ref, hook, _ in manager.check_pending()]


def test_a_hook_may_be_brought_by_an_installed_plugin_that_is_loaded_later(
    manager: PluginManager, install: Install
) -> None:
    install("a", {"x-user": "x_user"}, x_user=PLUGIN.replace("loadhost_test_start", "shop_opened"))
    brings = """
        from loadhost import hookimpl
        from loadhost_hookspecs import tell

        @tell
        def shop_opened():
            pass

        @hookimpl
        def loadhost_add_hookspecs(pluginmanager):
            import x_hooks
            pluginmanager.add_hookspecs(x_hooks)
    """
    install("z", {"x-ways": "x_hooks"}, x_hooks=brings)
    load(manager)
    assert "x-user" not in [ref.name for ref, _, _ in manager.check_pending()]
    assert manager.notify.shop_opened is not None


def test_stevedore_logs_nothing_of_its_own(
    manager: PluginManager, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("loadhost-broken", {"broken": "x_broken"}, x_broken="import no_such_module_anywhere")
    load(manager)
    assert not [record for record in caplog.records if record.name.startswith("stevedore")]
