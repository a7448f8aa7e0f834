"""Bad input: each is one line that names the thing and the next step, with the documented exit code."""

from __future__ import annotations

from pathlib import Path

import pytest


def refusal(outcome) -> str:
    """The one line on standard error; nothing else may be there."""
    lines = outcome.stderr.splitlines()
    assert len(lines) == 1, outcome.stderr
    assert lines[0].startswith("loadhost: error: ")
    return lines[0].removeprefix("loadhost: error: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-H", "example.com"), "--host: 'example.com' has no scheme; write http://example.com or https://example.com"),
        (("-u", "-5"), "--users: '-5' is not a number of users; write a whole number from 0 to 1,000,000"),
        (("-u", "1000000000"), "--users: '1000000000' is not a number of users"),
        (("-u", "many"), "--users: 'many' is not a number of users"),
        (("-r", "0"), "--spawn-rate: '0' is not a spawn rate; write users per second, above 0"),
        (("-r", "inf"), "--spawn-rate: 'inf' is not a spawn rate"),
        (("-t", "0"), "--run-time: '0' is no time to run"),
        (("-t", "10x"), "--run-time: '10x' is not a duration; write for example 90s"),
        (("-s", "-1"), "--stop-timeout: '-1' is not a duration"),
        (("--exit-code-on-error", "256"), "--exit-code-on-error: '256' is not an exit code"),
        (("-L", "inf"), "--loglevel: 'inf' is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL; did you mean INFO?"),
        (("--usrs", "5"), "there is no option --usrs; did you mean --users?"),
        (
            ("--dask-scheduler", "tcp://here:1"),
            "there is no option --dask-scheduler; it comes with a plugin: pip install loadhost-dask",
        ),
        (("--autostart",), "there is no option --autostart: a run starts at once; leave it out"),
        (("--autoquit", "5"), "there is no option --autoquit: a run that has ended ends the process; leave it out"),
        (("-i", "0"), "--iterations: '0' is not a number of task runs; write a whole number from 1"),
        (("-i", "many"), "--iterations: 'many' is not a number of task runs"),
        (("-T", ","), "--tags: ',' names no tag; write for example checkout,search"),
        (("--user-classes", ""), "--user-classes: '' names no user class; write for example Shopper,Thief"),
        (("--users",), "'--users' requires an argument"),
        (("--config", "none.toml"), "--config none.toml: there is no such file"),
        (("Shoper",), "has no user class 'Shoper'; it has Shopper, Thief; did you mean Shopper?"),
        (("missing.py",), "loadfile missing.py does not exist"),
        (("lodfile.py",), "loadfile lodfile.py does not exist; did you mean loadfile.py?"),
        (("-p", "nosuchplugin"), "-p nosuchplugin: no plugin, distribution or module has this name"),
        (("-t", "1s", "--logfile", "/dev/null/log"), "--logfile /dev/null/log can't be written"),
        (("-t", "1s", "--csv", "/dev/null/x"), "--csv /dev/null/x"),
        (("-t", "1s", "--json-file", "/dev/null/x"), "--json-file /dev/null/x: can't be written"),
    ],
)
@pytest.mark.usefixtures("loadfile")
def test_what_can_not_be_is_refused_with_exit_code_2(command, arguments, says):
    outcome = command("run", *arguments)
    assert says in refusal(outcome)
    assert outcome.returncode == 2
    assert outcome.stdout == ""


def test_without_a_loadfile_the_line_says_how_to_name_one(child):
    outcome = child("run")
    assert "there is no loadfile: name one (loadhost run my_loadfile.py)" in refusal(outcome)
    assert outcome.returncode == 2


def test_a_misspelt_option_is_told_before_a_missing_loadfile(command):
    assert "did you mean --users?" in refusal(command("run", "--usrs", "5"))


def test_a_loadfile_without_a_user_class(command, tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    outcome = command("run", "empty.py")
    assert "empty.py has no user class; write one" in refusal(outcome)
    assert outcome.returncode == 2


def test_a_loadfile_that_raises_shows_its_own_line_and_no_traceback(child, tmp_path):
    (tmp_path / "broken.py").write_text('prices = {}\n\nprice = prices["tea"]\n')
    outcome = child("run", "broken.py")
    assert refusal(outcome) == f"""{tmp_path / "broken.py"}, line 3: `price = prices["tea"]`: KeyError: 'tea'"""
    assert outcome.returncode == 5


def test_a_loadfile_with_a_syntax_error_shows_its_own_line(command, tmp_path):
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n")
    outcome = command("run", "broken.py")
    assert refusal(outcome) == f"{tmp_path / 'broken.py'}, line 2: `def f(:`: SyntaxError: invalid syntax"
    assert outcome.returncode == 5


def test_debug_shows_the_traceback_of_a_broken_loadfile(command, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    outcome = command("run", "broken.py", "--debug")
    assert "Traceback (most recent call last)" in outcome.stderr
    assert "loadhost: error: " in outcome.stderr.splitlines()[-1]
    assert outcome.returncode == 5


def test_a_misspelt_hook_in_the_loadfile_is_an_error_with_a_suggestion(command, loadfile):
    with loadfile.open("a") as file:
        file.write("\nfrom loadhost import hookimpl\n@hookimpl\ndef loadhost_reqest(name): ...\n")
    outcome = command("run")
    assert "did you mean 'loadhost_request'?" in refusal(outcome)
    assert outcome.returncode == 2


def test_two_plugins_that_claim_one_option_are_both_named(command, loadfile, tmp_path):
    adds = "from loadhost import hookimpl, OptionSpec\n@hookimpl\ndef loadhost_add_options(options):\n    "
    adds += "options.add(OptionSpec('--colour'))\n"
    (tmp_path / "one.py").write_text(adds)
    (tmp_path / "two.py").write_text(adds)
    outcome = command("run", "-p", "one.py", "-p", "two.py")
    line = refusal(outcome)
    assert "two plugins claim --colour: plugin 'one.py' and plugin 'two.py'" in line
    assert "-p no:two.py" in line
    assert outcome.returncode == 2


def test_an_option_of_the_core_can_not_be_claimed(command, loadfile):
    with loadfile.open("a") as file:
        file.write(
            "\nfrom loadhost import hookimpl, OptionSpec\n@hookimpl\ndef loadhost_add_options(options):\n"
            "    options.add(OptionSpec('--users'))\n"
        )
    outcome = command("run")
    assert "--users belongs to loadhost itself; plugin 'loadfile.py' claims it too" in refusal(outcome)
    assert outcome.returncode == 2


def test_a_plugin_whose_add_options_raises_is_named(command, loadfile, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from loadhost import hookimpl\n@hookimpl\ndef loadhost_add_options(options): 1 / 0\n"
    )
    outcome = command("run", "-p", "mine.py")
    assert "plugin 'mine.py' failed in loadhost_add_options: ZeroDivisionError" in refusal(outcome)
    assert outcome.returncode == 5


def test_a_plugin_file_that_can_not_be_imported_is_named(command, loadfile, tmp_path):
    (tmp_path / "mine.py").write_text("import there_is_no_such_module\n")
    outcome = command("run", "-p", "mine.py")
    assert "-p mine.py could not be imported: ModuleNotFoundError" in refusal(outcome)
    assert outcome.returncode == 5


def test_an_unreachable_host_is_a_failed_run_and_no_crash(child, tmp_path):
    (tmp_path / "loadfile.py").write_text(
        "from loadhost import HttpUser, constant, task\nclass Visitor(HttpUser):\n    wait_time = constant(0.1)\n"
        "    @task\n    def visit(self): self.client.get('/')\n"
    )
    outcome = child("run", "-H", "http://127.0.0.1:1", "-t", "1s")
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    assert "Verdict: requests failed, exit code 1" in outcome.stdout


def test_an_http_user_without_a_host_is_refused(command, tmp_path):
    (tmp_path / "loadfile.py").write_text(
        "from loadhost import HttpUser, task\nclass Visitor(HttpUser):\n    @task\n    def visit(self): ...\n"
    )
    outcome = command("run")
    assert "needs a host" in refusal(outcome)
    assert outcome.returncode == 2


def test_an_unknown_command_is_answered_with_the_nearest_one(command):
    outcome = command("rum")
    assert "there is no command 'rum'; did you mean run?" in refusal(outcome)
    assert outcome.returncode == 2


def test_a_misspelt_option_before_the_command_is_told_and_not_its_value(command):
    assert refusal(command("--confg", "x.toml", "run")) == "there is no option --confg; did you mean --config?"


def test_a_loadfile_in_the_place_of_a_command_is_answered_with_the_command_to_type(command, loadfile):
    assert "write: loadhost run loadfile.py" in refusal(command("loadfile.py"))


def test_an_option_of_another_command_is_said_to_be_one(command):
    assert "'loadhost plugins' has no option --users; it is for 'loadhost run'" in refusal(
        command("plugins", "--users", "3")
    )


def test_control_characters_in_what_was_typed_do_not_reach_the_terminal(command, loadfile):
    outcome = command("run", "\x1b[31mred")
    assert "\x1b" not in outcome.stderr
    assert "\\x1b" in outcome.stderr
    assert Path(loadfile).exists()


def test_a_locustfile_is_told_what_runs_it(child, tmp_path):
    (tmp_path / "locustfile.py").write_text("from locust import HttpUser\n")
    outcome = child("run", "-p", "no:locust", "locustfile.py")
    assert outcome.stderr.endswith(
        "line 1: `from locust import HttpUser`: ModuleNotFoundError: No module named 'locust'; to run it as it is: "
        "pip install loadhost-locust; or change the import: from loadhost import ...\n"
    )
    assert outcome.returncode == 5
