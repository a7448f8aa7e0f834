"""docs/history.md: its rules are rules, its commands are commands, its figures and schema those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from loadhost import PluginManager
from loadhost._options.registry import collect_options
from loadhost._plugins.loading import load_plugins
from loadhost_builtins.history import _comparing, _pruning, _reader, _writer
from loadhost_builtins.history._comparison import Comparison, Difference, Row
from loadhost_builtins.history._rules import DEFAULT, rule

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "history.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    loadhost (.*)$", PAGE, flags=re.MULTILINE)
RULES = re.findall(r"^\| `([^`]+%)` \|", PAGE, flags=re.MULTILINE) + re.findall(r'--max-regression "([^"]+)"', PAGE)


@pytest.mark.parametrize("text", dict.fromkeys(RULES))
def test_every_rule_of_the_page_is_one(text: str) -> None:
    assert str(rule(text)) == text


def test_there_are_rules_and_commands_on_the_page() -> None:
    assert len(RULES) > 5
    assert len(COMMANDS) > 4
    assert f"it is `{DEFAULT}`" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_pages_commands_is_one(command: str) -> None:
    manager = PluginManager()
    load_plugins(manager, entry_points=False)
    known = {flag for option in collect_options(manager) for flag in option.spec.spellings}
    words = shlex.split(command)
    assert words[0] in ("run", "history", "compare")
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"newest {_pruning.MOST_RUNS:,} runs" in PAGE
    assert _pruning.MOST_BYTES == 2**30
    assert f"keeps {_writer.MOST_WINDOWS} windows" in PAGE
    assert _reader.MOST_OF_A_TAG == 10
    assert (_comparing.MIN_DIFFERENCE, _comparing.SPREAD, _comparing.PRIOR) == (0.05, 0.02, 1)
    assert (_comparing.FEWEST_WINDOWS, _comparing.MIN_POINTS, _comparing.CONFIDENCE) == (5, 0.005, 0.97)


def test_the_keys_of_a_comparison_are_on_the_page() -> None:
    difference = Difference("p95", "ms", 1.0, 2.0, 1.0, 0.5, 1.5, "worse")
    plain = Comparison(("a",), "b", 0.05, (Row("/a", "GET", 1, 1, (difference,)),), 300, (1.0,), 0.02).to_plain()
    keys = {*plain, *plain["rows"][0], *plain["rows"][0]["figures"][0]} - {"schema", "version"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()
