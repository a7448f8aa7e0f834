"""The command line wins over the environment, that over the file, that over the default; Config knows which it was."""

from __future__ import annotations

import pytest
from loadhost import PluginManager, UsageError
from loadhost._config import Config, default_config
from loadhost._options.layers import FileSettings, resolve
from loadhost._options.registry import OptionRegistry
from loadhost._plugins.refs import PluginRef
from loadhost_hookspecs import OptionSpec


@pytest.fixture
def registry():
    registry = OptionRegistry.with_core()
    options = registry.for_plugin(PluginRef("mine"))
    options.add(OptionSpec(("-x", "--size"), type=int, default=1))
    options.add(OptionSpec("--key", secret=True))
    options.add(OptionSpec("--tag", multiple=True))
    options.add(OptionSpec("--verify/--no-verify", type=bool, default=True))
    return registry


def settings(registry, given=None, environ=None, file=None) -> Config:
    return resolve(registry, given or {}, environ or {}, FileSettings("loadhost.toml", file or {}))


@pytest.mark.parametrize(
    ("given", "environ", "file", "value", "source"),
    [
        ({"size": ["4"]}, {"LOADHOST_SIZE": "3"}, {"size": 2}, 4, "command line"),
        ({}, {"LOADHOST_SIZE": "3"}, {"size": 2}, 3, "environment"),
        ({}, {}, {"size": 2}, 2, "config file"),
        ({}, {}, {}, 1, "default"),
    ],
)
def test_the_highest_layer_decides_and_is_named(registry, given, environ, file, value, source):
    config = settings(registry, given, environ, file)
    assert (config.options.size, config.source("size")) == (value, source)


def test_a_variable_in_error_is_named(registry):
    with pytest.raises(UsageError, match=r"^LOADHOST_SIZE: 'big' is not a whole number"):
        settings(registry, environ={"LOADHOST_SIZE": "big"})


def test_an_empty_variable_counts_as_unset(registry):
    assert settings(registry, environ={"LOADHOST_SIZE": ""}).source("size") == "default"


def test_a_required_option_that_is_missing_names_flag_owner_and_variable(registry):
    registry.for_plugin(PluginRef("strict")).add(OptionSpec("--needed", required=True))
    with pytest.raises(UsageError, match="--needed is required by plugin 'strict'; give it, or set LOADHOST_NEEDED"):
        settings(registry)


def test_a_default_list_is_not_shared(registry):
    settings(registry).options.tag.append("x")
    assert settings(registry).options.tag == []


def test_set_default_changes_what_nobody_set(registry):
    config = settings(registry)
    assert config.set_default("size", 9, plugin="mine")
    assert (config.options.size, config.source("size")) == (9, "plugin mine")


def test_set_default_without_a_name_says_plugin(registry):
    config = settings(registry)
    config.set_default("size", 9)
    assert config.source("size") == "plugin"


def test_set_default_leaves_what_somebody_set(registry):
    config = settings(registry, given={"size": ["4"]})
    assert not config.set_default("size", 9)
    assert config.options.size == 4


def test_of_two_plugins_the_first_sets_the_default(registry):
    config = settings(registry)
    assert config.set_default("size", 9)
    assert not config.set_default("size", 10)
    assert config.options.size == 9


def test_arguments_give_what_the_command_line_gave_again(registry):
    given = {"size": ["-4"], "tag": ["a b", "c"], "verify": False, "debug": True}
    config = settings(registry, given, {"LOADHOST_USERS": "3"})
    assert sorted(config.arguments()) == ["--debug", "--no-verify", "--size=-4", "--tag=a b", "--tag=c"]


def test_shown_hides_secrets_that_are_set(registry):
    assert settings(registry).shown()["key"] == (None, "default")
    assert settings(registry, {"key": ["sesame"]}).shown()["key"] == ("***", "command line")


def test_an_unknown_name_lists_those_there_are(registry):
    with pytest.raises(KeyError, match=r"there is no option .sise.; there are config, config_users"):
        settings(registry).source("sise")


def test_library_use_has_every_option_at_its_default():
    config = default_config(PluginManager())
    assert (config.options.users, config.options.spawn_rate, config.options.run_time) == (1, 1.0, None)
    assert config.node == "local"


def test_options_that_come_later_are_taken_in_at_their_defaults(registry):
    config = Config.defaults(OptionRegistry.with_core())
    config.extend(registry)
    assert config.options.size == 1
