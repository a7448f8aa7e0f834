"""Custom arguments of a loadfile, with Locust's keywords, in real runs: values, sources, secrets, what is refused."""

from __future__ import annotations

import json

import pytest

LOADFILE = """
import argparse
from loadhost import StopTest, User, events, task

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--my-argument", type=str, env_var="LOCUST_MY_ARGUMENT", default="", help="It's working")
    parser.add_argument("--env", choices=["dev", "staging", "prod"], default="dev", help="Environment")
    parser.add_argument("--hidden-argument", include_in_web_ui=False, default="I am invisible")
    parser.add_argument("--password", is_secret=True, default="hunter2")
    parser.add_argument("--pin", is_secret=True, type=int)
    parser.add_argument("--yes-or-no", default=True)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--skip-login", action="store_false", dest="login")
    parser.add_argument("--verify", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--word", nargs="+", dest="words")
    parser.add_argument("-z", "--zone", type=float, metavar="NUMBER", default="1.5")
    group = parser.add_argument_group("Shop")
    group.add_argument("--tenant", help="Of 100%% of shops, default %(default)s.", default="red")

class Visitor(User):
    @task
    def visit(self):
        options = vars(self.environment.parsed_options)
        names = "my_argument env hidden_argument yes_or_no fast login verify words zone tenant password pin".split()
        print("SEEN", {name: options[name] for name in names})
        raise StopTest("seen")
"""

DEFAULTS = {
    "my_argument": "", "env": "dev", "hidden_argument": "I am invisible", "yes_or_no": True, "fast": False,
    "login": True, "verify": True, "words": [], "zone": 1.5, "tenant": "red", "password": "hunter2", "pin": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def loadfile(tmp_path):
    (tmp_path / "loadfile.py").write_text(LOADFILE)


def seen(outcome) -> dict:
    assert outcome.returncode == 0, outcome.stderr
    line = next(line for line in outcome.stdout.splitlines() if line.startswith("SEEN "))
    return eval(line.removeprefix("SEEN "))


def test_defaults_are_those_of_the_loadfile(command):
    assert seen(command("run")) == DEFAULTS


def test_each_is_set_on_the_command_line(command):
    given = ["--my-argument=x", "--env", "PROD", "--yes-or-no", "false", "--fast", "--skip-login", "--no-verify"]
    given += ["--word", "a", "--word", "b c", "-z", "3", "--tenant=blue", "--password", "k9", "--pin=7"]
    assert seen(command("run", "loadfile.py", *given)) == {
        "my_argument": "x", "env": "prod", "hidden_argument": "I am invisible", "yes_or_no": False, "fast": True,
        "login": False, "verify": False, "words": ["a", "b c"], "zone": 3.0, "tenant": "blue", "password": "k9",
        "pin": 7,
    }  # fmt: skip


def test_each_is_set_by_its_variable(command):
    variables = {"LOCUST_MY_ARGUMENT": "x", "LOADHOST_FAST": "yes", "LOADHOST_LOGIN": "0", "LOADHOST_WORD": "a,b"}
    assert seen(command("run", **variables)) == {
        **DEFAULTS, "my_argument": "x", "fast": True, "login": False, "words": ["a", "b"],
    }  # fmt: skip


def test_each_is_set_in_the_configuration_file(command, tmp_path):
    (tmp_path / "loadhost.toml").write_text(
        'my-argument = "x"\nyes_or_no = false\nfast = true\nverify = false\nlogin = false\n'
        'word = ["a", "b"]\nzone = 2\n'
    )
    assert seen(command("run")) == {
        **DEFAULTS, "my_argument": "x", "yes_or_no": False, "fast": True, "verify": False, "login": False,
        "words": ["a", "b"], "zone": 2.0,
    }  # fmt: skip


def test_a_secret_is_in_no_output_and_no_report(command, tmp_path):
    arguments = ["--password", "swordfish", "--pin=4711", "--json-file", "run.json", "--loglevel", "DEBUG"]
    shown = command("run", "loadfile.py", *arguments, "--show-config")
    assert "password" in shown.stdout
    outcome = command("run", "loadfile.py", *arguments)
    printed = "\n".join(line for line in outcome.stdout.splitlines() if not line.startswith("SEEN"))
    report = (tmp_path / "run.json").read_text()
    for text in (shown.stdout, shown.stderr, printed, outcome.stderr, report, command("run", "--help").stdout):
        assert not any(secret in text for secret in ("swordfish", "4711", "hunter2"))
    assert json.loads(report)["options"]["password"] == {"value": "***", "source": "command line"}
    assert "--password=***" in json.loads(report)["run"]["command"]


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (("--env", "prd"), {}, "--env: 'prd' is not one of dev, staging, prod; did you mean prod?"),
        (("--pin", "s3cret"), {}, "--pin: *** is not allowed; write a whole number"),
        ((), {"LOADHOST_PIN": "s3cret"}, "LOADHOST_PIN: *** is not allowed; write a whole number"),
        (("--zone", "far"), {}, "--zone: 'far' is not a number"),
        (("--yes-or-no", "perhaps"), {}, "--yes-or-no: 'perhaps' is neither true nor false"),
        (("--tennant", "x"), {}, "there is no option --tennant; did you mean --tenant?"),
    ],
)
def test_what_is_not_allowed_is_one_line_without_secrets(command, arguments, variables, says):
    outcome = command("run", "loadfile.py", *arguments, **variables)
    assert outcome.returncode == 2
    assert outcome.stderr == f"loadhost: error: {says}\n"


def test_a_secret_of_the_wrong_type_in_a_file_is_not_quoted(command, tmp_path):
    (tmp_path / "loadhost.toml").write_text("password = 4711\n")
    outcome = command("run")
    assert outcome.stderr == "loadhost: error: loadhost.toml: password: *** is a number; write a text, in quotes\n"


def test_one_that_is_required_and_missing_is_one_line(command, tmp_path):
    (tmp_path / "loadfile.py").write_text(
        LOADFILE.replace('default="hunter2"', "is_required=True, env_var='SHOP_PASSWORD'")
    )
    outcome = command("run")
    assert outcome.returncode == 2
    assert outcome.stderr.count("\n") == 1
    assert "--password is required by " in outcome.stderr
    assert "give it, or set SHOP_PASSWORD" in outcome.stderr
    assert seen(command("run", SHOP_PASSWORD="k9"))["password"] == "k9"


def test_help_shows_them_in_groups(command):
    text = " ".join(command("run", "--help").stdout.replace("│", " ").split())
    assert "Listener: loadfile:_: Shop" in text
    assert "Of 100% of shops, default red." in text


def test_several_values_behind_one_flag_are_answered_with_how_to_write_them(command):
    outcome = command("run", "--word", "ada", "grace")
    assert outcome.returncode == 2
    assert "has no user class 'grace'; it has Visitor; for several values write --word before each" in outcome.stderr
