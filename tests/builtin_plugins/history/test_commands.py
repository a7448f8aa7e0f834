"""`loadhost history` and `loadhost compare`: what they print, as tables, JSON and a page, and their exit codes."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from loadhost import UsageError
from loadhost_builtins.history._commands import compare, history


@pytest.fixture
def config(file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings with --history, and a wide terminal."""
    monkeypatch.setenv("COLUMNS", "160")

    class Config:
        options = Namespace(history=file)

    return Config()


def test_the_list_has_the_newest_run_on_top(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    kept("one", steady(20, seconds=2), tags=["main"])
    kept("two", steady(30, seconds=2), outcome=None)
    assert history(config) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "Run",
        "When",
        "Duration",
        "Users",
        "Requests",
        "Failed",
        "p95",
        "ms",
        "Verdict",
        "Tags",
    ]
    assert lines[2].startswith("two")
    assert lines[2].split()[-1] == "killed"
    assert lines[3].split()[-2:] == ["passed", "main"]
    assert " 120 " in lines[3]


def test_the_list_as_json(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    kept("one", steady(20, seconds=2), tags=["main"])
    history(config, as_json=True)
    [run] = json.loads(capsys.readouterr().out)
    assert (run["id"], run["state"], run["requests"], run["tags"]) == ("one", "passed", 120, ["main"])
    assert run["p95_ms"] == pytest.approx(23.6, rel=0.02)


def test_one_run_is_shown(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    kept("one", steady(20, seconds=2), outcome=None, options={"users": [5, "command line"], "rate": [None, "default"]})
    history(config, ["show", "last"])
    shown = capsys.readouterr().out
    assert "Run one: killed" in shown
    assert "up to its last second" in shown
    assert "/a" in shown
    assert "--users 5  (command line)" in shown
    assert "--rate" not in shown
    history(config, ["show", "last"], as_json=True)
    run = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in run["entries"]] == ["/a", "/b"]
    assert run["options"]["users"] == {"value": 5, "source": "command line"}


def test_tags_are_given_and_taken(config: Any, kept: Any, capsys: Any) -> None:
    kept("one")
    history(config, ["tag", "one", "good"])
    history(config, as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["tags"] == ["good"]
    history(config, ["untag", "tag:good", "good"])
    history(config, as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["tags"] == []


@pytest.mark.parametrize("words", [["fool"], ["show"], ["show", "a", "b"], ["tag", "one"], ["list"]])
def test_other_words_are_refused_with_those_that_there_are(config: Any, kept: Any, words: list[str]) -> None:
    kept("one")
    with pytest.raises(UsageError, match="write loadhost history, loadhost history show RUN"):
        history(config, words)


def test_a_worse_run_is_exit_code_3(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    kept("one", steady(20))
    kept("two", steady(30))
    assert compare(config, "last~1", "last") == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Verdict: worse"
    [first] = [line for line in lines if line.startswith("GET /a")]
    assert first.split()[2] == "p50"
    assert float(first.split()[7]) == pytest.approx(50, abs=2)
    assert first.rstrip().endswith("worse")
    assert compare(config, "two", "one") == 0
    assert "Verdict: better" in capsys.readouterr().out


def test_the_same_is_exit_code_0(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    kept("one", steady(20))
    kept("two", steady(20))
    assert compare(config, "one", "two", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "no difference shown"


def test_several_runs_before(config: Any, kept: Any, steady: Any, capsys: Any) -> None:
    for name in ("one", "two", "three"):
        kept(name, steady(20), tags=["main"])
    kept("now", steady(30))
    assert compare(config, "tag:main", "now", as_json=True) == 3
    assert json.loads(capsys.readouterr().out)["before"] == ["three", "two", "one"]


def test_a_run_is_not_compared_with_itself(config: Any, kept: Any) -> None:
    kept("one")
    with pytest.raises(UsageError, match="are the same run; give two"):
        compare(config, "one", "last")


@pytest.mark.parametrize("text", ["many", "-1%", "200%"])
def test_a_least_difference_that_is_none_is_refused(config: Any, text: str) -> None:
    with pytest.raises(UsageError, match="--min-difference: "):
        compare(config, "one", "two", min_difference=text)


def test_the_page_is_whole_and_harmless(config: Any, kept: Any, tmp_path: Path, capsys: Any) -> None:
    name = '/<script>alert("1")</script>'
    for run_id, ms in (("one", 20.0), ("two", 30.0)):
        kept(run_id, [[("GET", name, ms + place % 7, None) for place in range(60)] for _ in range(12)])
    compare(config, "one", "two", html=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<title>worse: loadhost compare two</title>" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_an_empty_history_says_so(config: Any) -> None:
    with pytest.raises(UsageError, match="there is no history yet"):
        history(config)
