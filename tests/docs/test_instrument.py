"""docs/instrument.md: its keys, its gauges, its thresholds and its words are those of the plugin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from loadhost_builtins.machine import _judgment as judgment
from loadhost_builtins.machine import _seconds as seconds

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "instrument.md").read_text(encoding="utf-8")
LOADFILE = """
    from loadhost import FastHttpUser, constant, task


    class Visitor(FastHttpUser):
        wait_time = constant(0.1)

        @task
        def look(self):
            self.client.get("/")
"""


@pytest.fixture
def outcome(loadhost_run: Any, loadhost_shop: Any) -> Any:
    """A run of two seconds, with the plugin of the page."""
    plugin = re.search(r"```python\n# lag.py\n(.*?)```", PAGE, re.DOTALL)
    assert plugin
    source = plugin.group(1).replace("> 100", ">= 0")
    return loadhost_run(LOADFILE, "--fitness", "warn", plugins=[source], host=loadhost_shop.url, users=2, run_time=2.2)


def test_the_figures_the_gauges_and_the_words_are_those_of_a_run(outcome: Any) -> None:
    """Each key of the report has its row, and each row its key."""
    figures = outcome.report["instrument"]["machine"]
    table = PAGE[PAGE.index("| key |") : PAGE.index("Each second's figures")]
    assert set(figures) <= set(re.findall(r"`(\w+)`", table))
    if "ephemeral_ports" in figures:  # a system that tells everything
        assert set(re.findall(r"`(\w+)`", table)) == set(figures)
    gauges = {metric["name"] for metric in outcome.report["metrics"] if metric["name"].startswith("machine.")}
    assert gauges <= set(re.findall(r"`(machine\.\w+)`", PAGE))
    assert "the event loop is " in outcome.stdout
    assert "\nMachine: CPU " in outcome.stdout
    [said] = [part for part in outcome.report["verdict"]["parts"] if part["plugin"] == "machine"]
    assert said["evidence"]["fitness"] in ("fit", "doubtful", "not fit")
    assert said["outcome"] in ("passed", "doubtful")


@pytest.mark.parametrize(
    ("row", "doubtful", "unfit"),
    [
        (
            "the generator's lag in the reported p99",
            (judgment.DOUBTFUL_SHARE == 0.1, "a tenth", f"{judgment.DOUBTFUL_MS:g} ms"),
            (judgment.UNFIT_SHARE == 0.5, "half", f"{judgment.UNFIT_MS:g} ms"),
        ),
        (
            "arrivals that found no user",
            (True, f"{judgment.DOUBTFUL_DROPPED:.0%}".replace("%", " %")),
            (True, f"{judgment.UNFIT_DROPPED:.0%}".replace("%", " %")),
        ),
        (
            "CPU time taken by others",
            (True, f"{judgment.DOUBTFUL_STOLEN:.0%}".replace("%", " %"), f"{judgment.STOLEN_FOR_S:g} s"),
            (True, "never"),
        ),
        ("open files, ephemeral ports", (True, f"{judgment.NEARLY_ALL:.0%}".replace("%", " %")), (True, "never")),
    ],
)
def test_the_thresholds_are_those_of_the_table(row: str, doubtful: tuple[Any, ...], unfit: tuple[Any, ...]) -> None:
    """In its words."""
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {row}")]
    _, _, told_doubtful, told_unfit, _ = line.split("|")
    for told, (holds, *texts) in ((told_doubtful, doubtful), (told_unfit, unfit)):
        assert holds
        assert all(text in told for text in texts)


def test_what_is_too_short_to_judge_is_as_the_page_says() -> None:
    """In seconds and in requests."""
    page = " ".join(PAGE.split())
    assert f"less than {judgment.LONG_ENOUGH_S:g} s, or of less than {judgment.DOUBTFUL_REQUESTS} requests" in page
    assert f"A run of less than {judgment.UNFIT_REQUESTS} requests, or one of which half has failed" in page
    assert judgment.MOSTLY_FAILED == 0.5
    assert (seconds.SEEN_S, seconds.SURE_S) == (1.0, 3.0)
    assert "at least a second (doubtful) or three (not fit)" in page
