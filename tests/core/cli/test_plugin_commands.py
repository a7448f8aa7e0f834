"""Commands that plugins bring: typer's parameters, the options they take, their exit codes, their names."""

from __future__ import annotations

import pytest

PLUGIN = """
from typing import Annotated
import typer
from loadhost import OptionSpec, UsageError, hookimpl

def check(config, url: Annotated[str, typer.Argument()], times: Annotated[int, typer.Option("--times")] = 1):
    print(url, times, config.options.basket, config.source("basket"))
    return 7

def fail(): 1 / 0
def refuse(): raise UsageError("no tea today; ask for coffee")

@hookimpl
def loadhost_add_options(options):
    options.add(OptionSpec("--basket", type=int, default=3, commands=("run",)))
    options.add(OptionSpec("--only-check", commands=("shop check",)))

@hookimpl
def loadhost_add_commands(commands):
    commands.add("shop check", check, help="Check [the] shop.", options_from=("shop.py",))
    commands.add("fail", fail)
    commands.add("refuse", refuse)
"""


@pytest.fixture
def shop(tmp_path):
    """The plugin, in the folder where the command runs."""
    (tmp_path / "shop.py").write_text(PLUGIN)
    return tmp_path / "shop.py"


def test_a_command_gets_its_arguments_and_the_options_of_the_plugins_it_names(command, shop):
    outcome = command("shop", "check", "http://x", "--times", "2", "--basket", "5", "-p", "shop.py")
    assert outcome.stdout == "http://x 2 5 command line\n"
    assert outcome.returncode == 7


def test_p_may_stand_anywhere(command, shop):
    for arguments in (
        ("-p", "shop.py", "shop", "check", "x"),
        ("shop", "-p", "shop.py", "check", "x"),
        ("shop", "check", "-pshop.py", "x"),
        ("shop", "check", "x", "--plugin=shop.py"),
    ):
        assert command(*arguments).stdout == "x 1 3 default\n", arguments


def test_an_option_that_names_the_command_is_taken_by_it_alone(command, shop):
    assert "--only-check" in command("shop", "check", "--help", "-p", "shop.py").stdout
    assert "--only-check" not in command("run", "--help", "-p", "shop.py").stdout


def test_two_words_make_a_group_with_help_of_its_own(command, shop):
    outcome = command("shop", "--help", "-p", "shop.py")
    assert "Check [the] shop." in outcome.stdout
    assert outcome.returncode == 0


def test_a_group_alone_is_answered_with_its_commands(command, shop):
    outcome = command("shop", "-p", "shop.py")
    assert outcome.stderr == "loadhost: error: 'loadhost shop' needs a command: check\n"
    assert outcome.returncode == 2


def test_a_command_that_raises_is_named_with_its_plugin(command, shop):
    outcome = command("fail", "-p", "shop.py")
    assert "plugin 'shop.py' failed in its command 'fail': ZeroDivisionError: division by zero" in outcome.stderr
    assert outcome.returncode == 5


def test_a_command_that_refuses_is_one_line(command, shop):
    outcome = command("refuse", "-p", "shop.py")
    assert outcome.stderr == "loadhost: error: no tea today; ask for coffee\n"
    assert outcome.returncode == 2


@pytest.mark.parametrize("name", ["shop check", "shop", "fail"])
def test_a_name_that_is_taken_is_an_error_that_names_both(command, shop, tmp_path, name):
    (tmp_path / "other.py").write_text(
        "from loadhost import hookimpl\n@hookimpl\ndef loadhost_add_commands(commands):\n"
        f"    commands.add({name!r}, print)\n"
    )
    outcome = command("run", "-p", "shop.py", "-p", "other.py", "--help")
    assert f"two plugins claim the command '{name}': plugin 'shop.py'" in outcome.stderr
    assert "plugin 'other.py'" in outcome.stderr
    assert outcome.returncode == 2


def test_the_commands_of_loadhost_itself_can_not_be_taken(command, tmp_path):
    (tmp_path / "other.py").write_text(
        "from loadhost import hookimpl\n@hookimpl\ndef loadhost_add_commands(commands):\n"
        "    commands.add('run', print)\n"
    )
    outcome = command("plugins", "-p", "other.py")
    assert "'run' is a command of loadhost itself; plugin 'other.py' claims it too" in outcome.stderr
    assert outcome.returncode == 2
