"""The summary in Markdown: on GitHub's page of a step if there is one, in the folder, harmless and bounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loadhost_builtins._summary import escaped, summary
from loadhost_builtins.github import LIMIT_BYTES, GithubSummary
from loadhost_hookspecs import RunResult
from markdown_it import MarkdownIt

from .conftest import HOSTILE


def render(text: str) -> str:
    """As HTML, by a reader of Markdown that lets HTML through and knows tables."""
    html: str = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return html


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def finish(config: Any, result: RunResult, **options: Any) -> None:
    plugin = GithubSummary()
    plugin.loadhost_configure(config(**options))
    plugin.loadhost_run_finished(result)


def test_it_is_appended_to_what_other_commands_wrote(step: Path, config: Any, real: RunResult) -> None:
    step.write_text("# Build\n")
    finish(config, real)
    finish(config, real)
    text = step.read_text(encoding="utf-8")
    assert text.startswith("# Build\n## ")
    assert text.count("Load test failed, exit code 3") == 2


def test_without_the_variable_and_the_option_nothing_is_written(
    config: Any, real: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    finish(config, real)
    assert list(tmp_path.iterdir()) == []


def test_it_has_verdict_rules_names_and_failures(real: RunResult) -> None:
    html = render(summary(real))
    for shown in (
        "Load test failed, exit code 3",
        "p95 &lt; 300ms",
        "412.0 ms",
        "GET /0",
        "refused by http://***@shop",
    ):
        assert shown in html
    assert html.count("<table>") == 3


def test_nothing_that_a_stranger_names_becomes_markup(hostile: RunResult) -> None:
    """Tables keep their columns; no link, no tag, no emphasis comes of a name."""
    html = render(summary(hostile))
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {
        "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "sub",
    }  # fmt: skip
    for row in re.findall(r"<tr>(.*?)</tr>", html, flags=re.DOTALL):
        assert len(re.findall("<t[hd]", row)) in (3, 5, 7)


@pytest.mark.parametrize(
    "text", ["www.evil.test", "http://evil.test", "ann@evil.test", "a|b", "`x`", "@team", "#12", "&lt;"]
)
def test_what_github_makes_links_of_stays_a_text(text: str) -> None:
    made = escaped(text)
    assert not re.search(r"www\.|://|@|[|`<]|(?<!&)#", made)
    assert render(made).removeprefix("<p>").removesuffix("</p>\n") == text.replace("&", "&amp;")


def test_five_thousand_names_make_a_short_summary(many: RunResult) -> None:
    text = summary(many)
    assert len(text) < 50_000
    assert "and 4,950 more names" in text


def test_it_stays_below_what_github_takes_of_a_step(
    step: Path, config: Any, real: RunResult, caplog: pytest.LogCaptureFixture
) -> None:
    """A longer file is not shown at all: what others wrote would be lost with it."""
    step.write_bytes(b"x" * (LIMIT_BYTES - 10))
    finish(config, real)
    assert step.stat().st_size == LIMIT_BYTES - 10
    assert "has no room for the summary" in caplog.text


def test_a_file_that_cannot_be_written_is_one_line(
    config: Any, real: RunResult, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses nothing: the variable is not the user's doing."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/dev/full")
    finish(config, real)
    [line] = caplog.messages
    assert line == "GITHUB_STEP_SUMMARY: /dev/full could not be written: No space left on device; the run's other " \
        "results are kept"  # fmt: skip


def test_it_is_written_into_the_folder(written: Callable[..., Path], hostile: RunResult) -> None:
    text = (written(GithubSummary(), hostile) / "summary.md").read_text(encoding="utf-8")
    assert HOSTILE not in text


def test_a_run_without_anything_has_a_summary(run: Any) -> None:
    assert "0 requests" in summary(run.result())
