"""Which load the settings ask for: --rate, --max-users, --stages, and the shape of a loadfile; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

USERS = """
from loadhost import LoadTestShape, User, between, task


class Shopper(User):
    wait_time = between(1, 2)

    @task
    def look(self):
        self.environment.requests.record("LOOK", "shelf", 5.0)
"""

SHAPE = """

class Hour(LoadTestShape):
    def tick(self):
        return (3, 100) if self.get_run_time() < 1 else None
"""

RATES = """

class Rush(LoadTestShape):
    def arrival_rate(self):
        return 50 if self.get_run_time() < 1 else None
"""


@pytest.fixture
def loadfile(tmp_path: Path) -> Path:
    """A loadfile of users that wait for a second and longer."""
    path = tmp_path / "loadfile.py"
    path.write_text(USERS)
    return path


def refusal(outcome: Any) -> str:
    """The one line on standard error; nothing else may be there."""
    assert outcome.returncode == 2, outcome.stderr
    [line] = outcome.stderr.splitlines()
    return str(line).removeprefix("loadhost: error: ")


def report(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "run.json").read_text())


def test_a_rate_begins_so_many_iterations_a_second(command, loadfile, tmp_path):
    """The wait_time, of a second and more, is ignored, with a notice."""
    outcome = command("run", "--rate", "50/s", "--max-users", "20", "-t", "500ms", "-s", "5", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert "the wait_time of Shopper is ignored" in outcome.stderr
    written = report(tmp_path)
    assert written["totals"]["requests"] == pytest.approx(50 * written["run"]["duration_s"], abs=3)
    assert written["instrument"]["iterations_due"] == written["totals"]["requests"]
    assert written["instrument"]["dropped_arrivals"] == 0
    assert written["options"]["rate"] == {"value": 50.0, "source": "command line"}
    assert "Schedule: " in outcome.stdout


def test_stages_of_users_end_the_run(command, loadfile, tmp_path):
    outcome = command("run", "--stages", "300ms:6u, 300ms:0u", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert "ended by: the last stage is over" in outcome.stdout
    written = report(tmp_path)
    assert written["run"]["user_count"] == 6
    assert 0.6 <= written["run"]["duration_s"] < 5
    assert written["options"]["stages"] == {"value": "0.3s:6u, 0.3s:0u", "source": "command line"}


def test_stages_of_arrivals_end_the_run(command, loadfile, tmp_path):
    outcome = command("run", "--stages", "300ms:100/s, 300ms:100/s", "-s", "5", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert report(tmp_path)["totals"]["requests"] == pytest.approx(45, abs=1)


def test_a_run_time_may_end_stages_earlier(command, loadfile):
    assert "ended by: run time of 0.2s is over" in command("run", "--stages", "1h:5u", "-t", "200ms").stdout


def test_stages_and_rates_may_stand_in_a_configuration_file(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('stages = "200ms:3u"\n')
    outcome = command("run", "--json-file", "run.json")
    assert "ended by: the last stage is over" in outcome.stdout
    assert report(tmp_path)["options"]["stages"] == {"value": "0.2s:3u", "source": "config file"}


@pytest.mark.parametrize("rate", ["50", '"50/s"'])
def test_a_rate_in_a_configuration_file_may_be_a_number(command, loadfile, tmp_path, rate):
    (tmp_path / "loadhost.toml").write_text(f"rate = {rate}\n")
    lines = command("run", "--show-config").stdout.splitlines()
    [line] = [line for line in lines if line.startswith("rate ")]
    assert line.split() == ["rate", "50", "(config", "file:", "loadhost.toml)"]


def test_the_command_line_goes_before_another_kind_of_load_in_a_file(command, loadfile, tmp_path):
    """A file with an everyday load does not forbid another one."""
    (tmp_path / "loadhost.toml").write_text("users = 5\nspawn-rate = 5\nmax-users = 7\n")
    outcome = command("run", "--stages", "300ms:100/s", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert report(tmp_path)["instrument"]["iterations_due"] == pytest.approx(15, abs=1)


def test_a_variable_goes_before_a_file(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('rate = "5/s"\n')
    outcome = command("run", LOADHOST_STAGES="300ms:2u")
    assert "ended by: the last stage is over" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--rate", "5/s", "-u", "5"), "--rate and --users don't go together; give one of them"),
        (("--rate", "5/s", "-r", "5"), "--rate and --spawn-rate don't go together"),
        (("--rate", "5/s", "--stages", "1m:5u"), "--rate and --stages don't go together"),
        (("--stages", "1m:5u", "-u", "5"), "--stages and --users don't go together"),
        (("--stages", "1m:5u", "-r", "5"), "--stages and --spawn-rate don't go together"),
        (("--max-users", "5"), "--max-users is for arrivals: give it with --rate 500/s"),
        (("--max-users", "5", "-u", "5"), "--max-users is for arrivals"),
        (("--max-users", "5", "--stages", "1m:5u"), "--max-users is for arrivals"),
        (("--max-users", "0", "--rate", "5/s"), "--max-users: '0' lets no user be made; write a whole number from 1"),
        (("--max-users", "-1", "--rate", "5/s"), "--max-users: '-1' is not a number of users"),
        (("--rate", "0"), "--rate: '0' is not a rate; write for example 500/s or 30/m"),
        (("--rate", "fast"), "--rate: 'fast' is not a rate"),
        (("--stages", ""), "--stages: '' is not a stage; write for example '30s:100u, 2m:100u, 30s:0u' (users)"),
        (("--stages", "1m:0u, 1m:0u"), "--stages: '1m:0u, 1m:0u': every stage has the target 0, so there is no load"),
        (("--stages", "1m:5u, 1m:5/s"), "has both users (u) and arrivals (/s); use one kind"),
        (("--stages", "0s:5u"), "--stages: '0s:5u': a stage takes more than 0 seconds"),
        (("--stages", "1m:5u\n1m:6u"), "--stages: '1m:5u\\n1m:6u' is not a stage"),
    ],
)
@pytest.mark.usefixtures("loadfile")
def test_what_can_not_be_is_refused_in_one_line_with_exit_code_2(command, arguments, says):
    assert says in refusal(command("run", *arguments))


def test_a_clash_inside_a_file_is_refused(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('rate = "5/s"\nusers = 5\n')
    assert "--rate and --users don't go together" in refusal(command("run"))


def test_bad_stages_in_a_file_name_the_file(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('stages = "soon"\n')
    assert "loadhost.toml: stages: 'soon' is not a stage" in refusal(command("run"))


def test_the_help_shows_them(command, loadfile):
    text = command("run", "--help").stdout
    assert all(flag in text for flag in ("--rate", "--max-users", "--stages"))
    assert "30s:100u" in text


def test_a_shape_in_the_loadfile_decides_on_the_load(command, loadfile, tmp_path):
    loadfile.write_text(USERS + SHAPE)
    outcome = command("run", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert "ended by: Hour is over" in outcome.stdout
    assert report(tmp_path)["run"]["user_count"] == 3


def test_a_shape_may_decide_on_arrivals(command, loadfile, tmp_path):
    """--max-users goes with it."""
    loadfile.write_text(USERS + RATES)
    outcome = command("run", "--max-users", "5", "-s", "5", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert report(tmp_path)["totals"]["requests"] == pytest.approx(50, abs=2)


def test_a_shape_that_fails_ends_the_run_with_exit_code_1(command, loadfile):
    loadfile.write_text(USERS + SHAPE.replace("return (3", "return (3 / 0"))
    outcome = command("run")
    assert outcome.returncode == 1
    assert "ended by: Hour failed: ZeroDivisionError: division by zero" in outcome.stdout


@pytest.mark.parametrize(
    ("source", "arguments", "says"),
    [
        (
            SHAPE,
            ("-u", "5"),
            "Hour decides on the load, so --users does not go with it; leave it out",
        ),
        (SHAPE, ("--rate", "5/s"), "Hour decides on the load, so --rate does not go with it"),
        (SHAPE, ("--stages", "1m:5u"), "Hour decides on the load, so --stages does not go with it"),
        (SHAPE, ("--max-users", "5"), "--max-users is for arrivals"),
        (SHAPE + RATES, (), "there is more than one shape: Hour, Rush; set abstract = True on all but one"),
        (
            "\nclass Empty(LoadTestShape):\n    pass\n",
            (),
            "Empty is empty: define tick (users",
        ),
        (
            SHAPE + "\n    def arrival_rate(self):\n        return 5\n",
            (),
            "Hour has both tick (users) and arrival_rate; define one of them",
        ),
    ],
)
def test_a_shape_that_can_not_be_is_refused(command, loadfile, source, arguments, says):
    loadfile.write_text(USERS + source)
    assert says in refusal(command("run", *arguments))


def test_a_shape_that_can_not_be_made_is_one_line(command, loadfile):
    loadfile.write_text(USERS + SHAPE + "\n    def __init__(self):\n        raise KeyError('prices')\n")
    assert "Hour could not be made: KeyError: 'prices'" in refusal(command("run"))


def test_an_abstract_shape_is_for_subclasses(command, loadfile):
    loadfile.write_text(
        USERS
        + SHAPE.replace("def tick", "abstract = True\n\n    def tick")
        + "\nclass Short(Hour):\n    def get_run_time(self):\n        return 2 * super().get_run_time()\n"
    )
    assert "ended by: Short is over" in command("run").stdout


def test_a_shape_with_common_options_reads_them_itself(command, loadfile, tmp_path):
    loadfile.write_text(
        USERS
        + "\nclass Own(LoadTestShape):\n    use_common_options = True\n\n    def tick(self):\n"
        + "        options = self.runner.environment.parsed_options\n"
        + "        return (options.users, options.spawn_rate) if self.get_run_time() < 1 else None\n"
    )
    outcome = command("run", "-u", "4", "-r", "50", "--json-file", "run.json")
    assert outcome.returncode == 0, outcome.stderr
    assert report(tmp_path)["run"]["user_count"] == 4


def test_a_bad_throughput_shows_the_line_of_the_loadfile(command, loadfile):
    loadfile.write_text(
        USERS.replace("between(1, 2)", "constant_throughput(0)").replace("between", "constant_throughput")
    )
    outcome = command("run")
    assert outcome.returncode in (2, 5)
    [line] = outcome.stderr.splitlines()
    assert "constant_throughput(0): give iterations per second, more than 0" in line
