"""Commands with a command line of their own: entry points in the group loadhost.commands."""

from __future__ import annotations

import pytest

MODULE = """
def main(arguments):
    print(arguments)
    return len(arguments)

def fail(arguments): 1 / 0

nothing = 3
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A distribution that brings the commands sow, fail and nothing."""
    site = tmp_path / "site"
    info = site / "sower-1.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.syspath_prepend(site)
    (site / "sower.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sower\nVersion: 1.0\n")
    entries = "sow = sower:main\nfail = sower:fail\nnothing = sower:nothing\n"
    (info / "entry_points.txt").write_text("[loadhost.commands]\n" + entries)


def test_it_is_given_what_follows_its_name_and_loadhost_reads_none_of_it(installed, command):
    outcome = command("sow", "-f", "no such file", "--config", "none.conf", "-p", "nothing", "--version")
    assert outcome.stdout == "['-f', 'no such file', '--config', 'none.conf', '-p', 'nothing', '--version']\n"
    assert outcome.returncode == 7


def test_help_lists_it(installed, command):
    assert "Of sower 1.0, with a command line of its own." in command("--help").stdout


def test_after_an_option_it_is_refused(installed, command):
    outcome = command("--debug", "sow", "x")
    assert outcome.stderr.splitlines()[-1] == (
        "loadhost: error: 'sow' reads its arguments itself: write it first, loadhost sow ..."
    )
    assert outcome.returncode == 2


def test_one_that_raises_is_named_with_its_distribution(installed, command):
    outcome = command("fail")
    assert "the command 'fail' of sower 1.0 failed: ZeroDivisionError: division by zero" in outcome.stderr
    assert outcome.returncode == 5


def test_one_that_is_no_function_is_named(installed, command):
    assert "the command 'nothing' of sower 1.0 is no function" in command("nothing").stderr


def test_a_command_of_loadhost_itself_can_not_be_taken(installed, command, tmp_path):
    (tmp_path / "site" / "sower-1.0.dist-info" / "entry_points.txt").write_text("[loadhost.commands]\nrun = sower:main")
    outcome = command("plugins")
    assert "'run' is a command of loadhost itself" in outcome.stderr
    assert outcome.returncode == 2
