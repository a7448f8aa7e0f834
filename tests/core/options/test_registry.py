"""OptionRegistry: one flag, one owner; late additions are refused with where to move the call."""

from __future__ import annotations

import pytest
from loadhost import PluginManager, UsageError
from loadhost._options.registry import OptionRegistry, collect_options
from loadhost._plugins.refs import PluginRef
from loadhost_hookspecs import OptionSpec, hookimpl

INFLUX = PluginRef("influx", "loadhost-influx", "1.2", "entry-point")
MINE = PluginRef("mine.py", origin="command-line")


@pytest.fixture
def registry():
    return OptionRegistry.with_core()


def test_an_option_knows_its_owner(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--influx-url"))
    assert registry.with_flag("--influx-url").owner == INFLUX
    assert [option.name for option in registry.of_plugin("influx")] == ["influx_url"]


def test_the_panel_of_an_installed_plugin_names_its_package(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--influx-url"))
    assert registry.get("influx_url").panel == "Plugin: influx (loadhost-influx 1.2)"


def test_two_owners_of_a_flag_are_both_named_with_their_packages(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--url"))
    with pytest.raises(UsageError) as refused:
        registry.for_plugin(MINE).add(OptionSpec("--url"))
    assert str(refused.value) == (
        "two plugins claim --url: plugin 'influx' (loadhost-influx 1.2) and plugin 'mine.py'; "
        "rename one, or leave the plugin out with -p no:mine.py"
    )


def test_a_negative_form_is_a_flag_too(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--verify/--no-verify", type=bool))
    with pytest.raises(UsageError, match="two plugins claim --no-verify"):
        registry.for_plugin(MINE).add(OptionSpec("--no-verify", type=bool))


def test_two_flags_with_one_attribute_name_clash(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--db-url"))
    with pytest.raises(UsageError, match=r"config\.options\.db_url \(by --db-url and --db_url\)"):
        registry.for_plugin(MINE).add(OptionSpec("--db_url"))


def test_one_plugin_that_adds_a_flag_twice_is_told_so(registry):
    options = registry.for_plugin(INFLUX)
    options.add(OptionSpec("--url"))
    with pytest.raises(UsageError, match="adds --url twice"):
        options.add(OptionSpec("--url"))


@pytest.mark.parametrize("flag", ["--users", "-u", "--help", "--version"])
def test_the_flags_of_the_core_are_taken(registry, flag):
    with pytest.raises(UsageError, match="belongs to loadhost itself"):
        registry.for_plugin(MINE).add(OptionSpec(flag))


def test_after_parsing_the_error_says_where_to_move_the_call(registry):
    registry.close()
    with pytest.raises(UsageError, match=r"after the command line was parsed; move the call into .*add_options"):
        registry.for_plugin(MINE).add(OptionSpec("--late"))


def test_a_command_takes_the_options_that_name_it_and_those_of_plugins_it_names(registry):
    registry.for_plugin(INFLUX).add(OptionSpec("--influx-url", commands=("run",)))
    registry.for_plugin(INFLUX).add(OptionSpec("--deep", commands=("influx check",)))
    names = [option.name for option in registry.for_command("influx check")]
    assert names == ["deep"]
    assert {option.name for option in registry.for_command("other", ["influx"])} == {"influx_url", "deep"}


class _Brings:
    @hookimpl
    def loadhost_add_options(self, options):
        options.add(OptionSpec("--brought"))


def test_collect_asks_each_plugin_once():
    manager = PluginManager()
    manager.register(_Brings(), "bringer")
    registry = collect_options(manager)
    registry.collect(manager)
    assert [option.name for option in registry.of_plugin("bringer")] == ["brought"]
