"""`loadhost plugins` and `loadhost hooks` show what is loaded, blocked or broken, and what there is to implement."""

from __future__ import annotations

import json

import pytest

PLUGIN = """
from loadhost import hookimpl, OptionSpec

@hookimpl
def loadhost_add_options(options):
    options.add(OptionSpec("--basket", help="How big."))

@hookimpl
def loadhost_request(name): ...
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.py").write_text(PLUGIN)


def by_name(outcome):
    assert outcome.returncode == 0, outcome.stderr
    return {row["name"]: row for row in json.loads(outcome.stdout)}


@pytest.mark.usefixtures("shop")
def test_json_has_one_object_per_plugin_with_the_documented_keys(command):
    rows = by_name(command("plugins", "--json", "-p", "shop.py"))
    assert rows["shop.py"] == {
        "name": "shop.py",
        "distribution": None,
        "version": None,
        "origin": "command-line",
        "state": "loaded",
        "reason": None,
        "hooks": ["loadhost_add_options", "loadhost_request"],
        "options": ["--basket"],
    }
    assert rows["console"]["origin"] == "builtin"
    assert rows["console"]["distribution"] == "loadhost"


def test_a_blocked_plugin_is_listed_with_the_reason(command):
    row = by_name(command("plugins", "--json", "-p", "no:csv"))["csv"]
    assert row["state"] == "blocked"
    assert "no:csv" in row["reason"]


@pytest.mark.usefixtures("shop")
def test_the_table_has_one_line_per_plugin_when_it_is_piped(command):
    lines = command("plugins", "-p", "shop.py").stdout.splitlines()
    assert lines[0].split() == ["plugin", "distribution", "origin", "state", "hooks", "options"]
    assert [line for line in lines if line.startswith("shop.py") and "--basket" in line]


def test_a_loadfile_given_by_f_is_listed(command, loadfile):
    assert by_name(command("plugins", "--json", "-f", "loadfile.py"))["loadfile.py"]["origin"] == "loadfile"


@pytest.mark.usefixtures("shop")
def test_show_tells_hooks_and_options_of_one_plugin(command):
    outcome = command("plugins", "show", "shop.py", "-p", "shop.py")
    assert "  loadhost_request" in outcome.stdout.splitlines()
    assert "--basket  How big." in outcome.stdout
    assert outcome.returncode == 0


def test_show_of_an_unknown_plugin_suggests_one(command):
    outcome = command("plugins", "show", "consol")
    assert "there is no plugin 'consol'; did you mean console?" in outcome.stderr
    assert outcome.returncode == 2


@pytest.mark.usefixtures("shop")
def test_hooks_lists_kind_signature_and_implementers(command):
    lines = command("hooks", "-p", "shop.py").stdout.splitlines()
    [line] = [line for line in lines if "loadhost_request(" in line]
    assert line.startswith("tell")
    assert line.endswith("shop.py")


@pytest.mark.usefixtures("shop")
def test_hooks_with_a_name_shows_the_contract_and_who_implements_it(command):
    outcome = command("hooks", "request", "-p", "shop.py")
    assert outcome.stdout.startswith("loadhost_request(environment, request_type, name, response_time")
    assert "Locust's event `request`." in outcome.stdout
    assert outcome.stdout.endswith("implemented, in calling order, by: shop.py\n")


def test_an_unknown_hook_suggests_one(command):
    outcome = command("hooks", "reqest")
    assert "there is no hook 'reqest'; did you mean loadhost_request?" in outcome.stderr
    assert outcome.returncode == 2
