"""The command line that a report shows has no secrets in it."""

from __future__ import annotations

import pytest
from loadhost._cli.session import shown_command
from loadhost._options.registry import OptionRegistry
from loadhost._plugins.refs import PluginRef
from loadhost_hookspecs import OptionSpec


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["run", "-u", "5", "two words.py"], "loadhost run -u 5 'two words.py'"),
        (["run", "--token", "sesame", "f.py"], "loadhost run '--token=***' f.py"),
        (["run", "--token=sesame"], "loadhost run '--token=***'"),
        (["run", "-k", "sesame"], "loadhost run '-k=***'"),
        (["run", "-ksesame"], "loadhost run '-k***'"),
        (["run", "--token"], "loadhost run '--token=***'"),
        (["run", "-lksesame", "f.py"], "loadhost run '-lk***' f.py"),
        (["run", "-lk", "sesame", "f.py"], "loadhost run '-lk***' f.py"),
        (["run", "-uk", "5"], "loadhost run -uk 5"),
        (["run", "--hidden", "f.py"], "loadhost run --hidden f.py"),
    ],
)
def test_values_of_secret_options_are_hidden(arguments, shown):
    registry = OptionRegistry.with_core()
    registry.for_plugin(PluginRef("mine")).add(OptionSpec(("-k", "--token"), secret=True))
    registry.for_plugin(PluginRef("mine")).add(OptionSpec("--hidden", type=bool, secret=True))
    assert shown_command(arguments, registry) == shown
