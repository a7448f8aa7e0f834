"""docs/thresholds.md: every rule on it is one, its loadfiles and commands run, its errors are the real ones."""

from __future__ import annotations

import re
import shlex
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import Shop

failratio = pytest.importorskip("loadhost_failratio")

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "thresholds.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    loadhost (run .*)$", PAGE, flags=re.MULTILINE)
COMPARISON = re.compile(r"^[a-z][\w.:]*(\{.*\})? (<|<=|>|>=|==) \S")


def block(language: str, first_line: str) -> str:
    """The fenced block that begins with this line, without its indentation."""
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return next(text for text in map(textwrap.dedent, blocks) if text.startswith(first_line))


def rules() -> list[str]:
    """Everything on the page that looks like a rule: on a line of its own, in backticks or in quotes."""
    lines = re.findall(r"^    (.+)$", PAGE, flags=re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", PAGE)
    quoted = re.findall(r'"([^"\n]+ (?:<|>) [^"\n]+)"', PAGE)
    texts = [text for found in [*lines, *spans, *quoted] for text in found.rstrip('"').split("; ")]
    return sorted({text for text in texts if COMPARISON.match(text) and "{limit}" not in text})


def test_there_are_many_rules_on_the_page() -> None:
    assert len(rules()) >= 15


@pytest.mark.parametrize("rule", rules())
def test_every_rule_of_the_page_is_one(rule: str) -> None:
    assert str(failratio.parse_threshold(rule))


def test_the_grammar_of_the_page_is_that_of_the_parser() -> None:
    """Line by line."""
    from loadhost_failratio import _parser

    grammar = [line.strip() for line in (_parser.__doc__ or "").splitlines() if "= " in line or "|" in line]
    assert [line for line in grammar if line not in PAGE] == []


def test_the_error_of_the_page_is_the_real_one() -> None:
    [line] = re.findall(r"^    loadhost: error: --threshold: (.*)$", PAGE, flags=re.MULTILINE)
    with pytest.raises(ValueError, match="is not a rule") as caught:
        failratio.parse_threshold("p95 << 300ms")
    assert str(caught.value) == line


def test_the_configuration_file_of_the_page_has_rules() -> None:
    for rule in tomllib.loads(block("toml", "# loadhost.toml"))["threshold"]:
        failratio.parse_threshold(rule)


def test_the_table_says_from_how_many_requests_a_figure_is_judged() -> None:
    from loadhost_failratio._parts import needed_samples

    rules = {"fail_ratio < 1%": 20, "failures < 1": 1, "avg < 1s": 1, "median < 1s": 2, "p50 < 1s": 2, "p95 < 1s": 20}
    for rule, needed in {**rules, "p99 < 1s": 100, "p99.9 < 1s": 1000}.items():
        assert needed_samples(failratio.parse_threshold(rule)) == needed
    assert "| 2, 2, 20, 1,000 requests |" in PAGE


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_of_the_page_runs_its_loadfile(command: str, loadhost_run: Any) -> None:
    """Shorter, and against a shop here; with the rules of command line and loadfile."""
    with Shop() as shop:
        arguments = shlex.split(command)
        del arguments[arguments.index("-t") : arguments.index("-t") + 2]
        assert arguments[:2] == ["run", "shop.py"]
        outcome = loadhost_run(
            block("python", "# shop.py"), *arguments[2:], users=20, spawn_rate=50, run_time=3, host=shop.url
        )
    parts = [part for part in outcome.report["verdict"]["parts"] if part["plugin"] == "failratio"]
    rows = parts[0]["evidence"]["thresholds"]
    assert [row["rule"] for row in rows] == [
        "p95 < 300ms",
        "fail_ratio < 1%",
        "p95{name=/search} < 300ms",
    ]
    assert {row["outcome"] for row in rows} <= {"passed", "failed"}  # a busy machine may be slow


@pytest.mark.slow
def test_the_hook_of_the_page_adds_its_rule(loadhost_run: Any) -> None:
    with Shop() as shop:
        source = block("python", "# shop.py") + block("python", "from loadhost import hookimpl")
        outcome = loadhost_run(source, users=20, spawn_rate=50, run_time=2, host=shop.url)
    assert "p95 < 300ms" in str(outcome.report["verdict"]["parts"])
