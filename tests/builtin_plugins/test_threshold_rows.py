"""The rules that a run was judged by, as all reports read them, and as the console shows them."""

from __future__ import annotations

from typing import Any

import pytest
from loadhost import Outcome, Verdict
from loadhost_builtins._console_report import print_report
from loadhost_builtins._terminal import Terminal
from loadhost_builtins._threshold_rows import ThresholdRow, threshold_rows
from loadhost_hookspecs import RunResult, VerdictPart

P95 = {
    "rule": "p95 < 300ms", "outcome": "failed", "observed": 412, "limit": 300.0, "unit": "ms",
    "reason": "p95 412 ms is not below 300 ms", "tripped_at_s": 1.5, "source": "--threshold",
}  # fmt: skip
RPS = {"rule": "rps > 5", "outcome": "passed", "reason": "rps 50/s, limit 5/s"}


def judged(run: Any, *evidence: Any) -> RunResult:
    parts = [VerdictPart(f"p{n}", Verdict(Outcome.FAILED, "no", each)) for n, each in enumerate(evidence)]
    result: RunResult = run.result(parts=tuple(parts))
    return result


def test_rows_of_all_plugins_are_read(shopping: Any) -> None:
    """With who judged."""
    rows = threshold_rows(judged(shopping, {"thresholds": [P95]}, {}, {"thresholds": (RPS,)}))
    assert rows == [
        ThresholdRow(
            "p0", "p95 < 300ms", Outcome.FAILED, P95["reason"], 412.0, 300.0, "ms", 1.5, "--threshold"  # type: ignore[arg-type]  # a dict of several types
        ),
        ThresholdRow("p2", "rps > 5", Outcome.PASSED, "rps 50/s, limit 5/s", None, None, "", None, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "evidence",
    [
        {}, None, {"thresholds": None}, {"thresholds": "p95"}, {"thresholds": [5, None, {}]},
        {"thresholds": [{"rule": "x", "outcome": "great"}]}, {"thresholds": [{"outcome": "passed"}]},
    ],
)  # fmt: skip
def test_what_is_no_row_is_left_out(shopping: Any, evidence: Any) -> None:
    """A plugin's slip takes no report away."""
    assert threshold_rows(judged(shopping, evidence)) == []


def test_figures_that_are_none_are_none(shopping: Any) -> None:
    [row] = threshold_rows(judged(shopping, {"thresholds": [{**RPS, "observed": "many", "limit": True}]}))
    assert (row.observed, row.limit) == (None, None)


def test_the_console_shows_several_rules_one_by_one(
    shopping: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One alone is in the verdict."""
    monkeypatch.setenv("COLUMNS", "160")
    print_report(Terminal(), judged(shopping, {"thresholds": [P95, RPS]}))
    section = capsys.readouterr().out.split("Thresholds")[1].splitlines()
    assert [line.split("  ")[0] for line in section[3:5]] == ["failed", "passed"]
    assert "p95 < 300ms" in section[3]
    assert "p95 412 ms is not below 300 ms" in section[3]
    print_report(Terminal(), judged(shopping, {"thresholds": [P95]}))
    assert "Thresholds" not in capsys.readouterr().out
