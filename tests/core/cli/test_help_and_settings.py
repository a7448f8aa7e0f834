"""Help shows every option with its owner; settings come from four layers."""

from __future__ import annotations

import pytest

WITH_OPTION = """
from loadhost import OptionSpec, User, hookimpl

class Shopper(User): ...

@hookimpl
def loadhost_add_options(options):
    options.add(OptionSpec("--basket", type=int, default=3, help="Size of [the] basket."))
    options.add(OptionSpec("--token", secret=True, default="hunter2"))
    options.add_argument("--colour", choices=["red", "blue"], env_var="COLOUR", help="Which one.")
"""


@pytest.fixture
def optional(tmp_path):
    """A loadfile that brings options."""
    path = tmp_path / "loadfile.py"
    path.write_text(WITH_OPTION)
    return path


def shown(outcome) -> dict[str, tuple[str, str]]:
    """{option: (value, source)} from --show-config."""
    assert outcome.returncode == 0, outcome.stderr
    rows = [line.split() for line in outcome.stdout.splitlines()]
    return {row[0]: (row[1], " ".join(row[2:])) for row in rows}


def test_help_of_run_shows_the_options_of_the_loadfile_in_a_panel_of_its_own(command, optional):
    outcome = command("run", "loadfile.py", "--help")
    assert outcome.returncode == 0
    assert "Loadfile: loadfile.py" in outcome.stdout
    assert "Size of [the] basket." in outcome.stdout


def test_help_hides_the_default_of_a_secret(command, optional):
    outcome = command("run", "--help")
    assert "--token" in outcome.stdout
    assert "hunter2" not in outcome.stdout


def test_help_names_the_variable_of_an_option(command, optional):
    text = " ".join(command("run", "--help").stdout.replace("│", " ").split())  # as it reads, however it is folded
    assert "[env var: LOADHOST_BASKET]" in text
    assert "[env var: COLOUR]" in text
    assert "[env var: LOADHOST_DEBUG]" in text


def test_help_of_run_has_a_panel_for_a_plugin_given_by_p(command, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from loadhost import hookimpl, OptionSpec\n@hookimpl\ndef loadhost_add_options(options):\n"
        "    options.add(OptionSpec('--mine'))\n"
    )
    outcome = command("run", "-p", "mine.py", "--help")
    assert "Plugin: mine.py" in outcome.stdout
    assert "--mine" in outcome.stdout


def test_help_is_given_with_a_loadfile_that_is_broken(command, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    outcome = command("run", "broken.py", "--help")
    assert outcome.returncode == 0
    assert "broken.py, line 1: `1 / 0`: ZeroDivisionError" in outcome.stdout.splitlines()[0]
    assert "--spawn-rate" in outcome.stdout


def test_help_without_any_loadfile_says_nothing_of_one_missing(command):
    assert command("run", "--help").stdout.split()[:2] == ["Usage:", "loadhost"]


def test_no_arguments_at_all_show_the_help(command):
    outcome = command()
    assert outcome.returncode == 0
    assert "Usage: loadhost" in outcome.stdout


def test_the_command_line_wins_over_environment_and_file(command, optional, tmp_path):
    (tmp_path / "loadhost.toml").write_text("users = 2\nspawn-rate = 7\nbasket = 9\n")
    settings = shown(command("run", "-u", "4", "--show-config", LOADHOST_USERS="3", LOADHOST_SPAWN_RATE="8"))
    assert settings["users"] == ("4", "(command line)")
    assert settings["spawn-rate"] == ("8", "(environment: LOADHOST_SPAWN_RATE)")
    assert settings["basket"] == ("9", "(config file: loadhost.toml)")
    assert settings["run-time"] == ("-", "(default)")


def test_secrets_are_hidden_in_show_config(command, optional):
    outcome = command("run", "--token", "swordfish", "--show-config")
    assert shown(outcome)["token"] == ("***", "(command line)")
    assert "swordfish" not in outcome.stdout


def test_an_option_of_argparse_keywords_checks_its_choices(command, optional):
    outcome = command("run", COLOUR="green")
    assert "COLOUR: 'green' is not one of red, blue" in outcome.stderr
    assert outcome.returncode == 2


def test_settings_are_read_from_pyproject(command, optional, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.loadhost]\nusers = 6\n")
    assert shown(command("run", "--show-config"))["users"] == ("6", "(config file: pyproject.toml [tool.loadhost])")


def test_an_unknown_key_is_an_error_with_a_suggestion(command, optional, tmp_path):
    (tmp_path / "loadhost.toml").write_text("usrs = 6\n")
    outcome = command("run")
    assert "loadhost.toml: there is no option 'usrs'; did you mean users?" in outcome.stderr
    assert outcome.returncode == 2


def test_a_value_of_the_wrong_type_names_file_and_key(command, optional, tmp_path):
    (tmp_path / "loadhost.toml").write_text('basket = "big"\n')
    outcome = command("run")
    assert "loadhost.toml: basket: 'big' is not a whole number" in outcome.stderr
    assert outcome.returncode == 2


def test_a_switch_in_the_environment_is_true_or_false(command, optional):
    outcome = command("run", LOADHOST_SHOW_CONFIG="maybe")
    assert "LOADHOST_SHOW_CONFIG: 'maybe' is neither true nor false" in outcome.stderr
    assert outcome.returncode == 2


def test_plugins_of_the_configuration_file_are_loaded_and_the_environment_may_leave_one_out(command, tmp_path):
    (tmp_path / "mine.py").write_text("x = 1\n")
    (tmp_path / "loadhost.toml").write_text('plugins = ["mine"]\n')
    assert '"origin": "config"' in command("plugins", "--json").stdout
    assert '"state": "blocked"' in command("plugins", "--json", LOADHOST_PLUGINS="no:mine").stdout


def test_completion_knows_the_options_of_the_loadfile(child, optional):
    outcome = child(_LOADHOST_COMPLETE="complete_bash", COMP_WORDS="loadhost run --bask", COMP_CWORD="2")
    assert outcome.stdout.split() == ["--basket"]
    assert outcome.returncode == 0
