"""Runs for the tests of reports: a real one made in this process, once, and hand-made ones with everything in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loadhost import Outcome, Status, User, Verdict, constant, hookimpl, task
from loadhost.stats import Caps
from loadhost.testing import LoadhostRun
from loadhost_builtins.machine import MachinePlugin
from loadhost_hookspecs import Mark, PluginHealth, PluginStatus, RunResult, VerdictPart

HOSTILE = '/<script>alert("1")</script>&\x1b[31m\u202e|`*_[x](http://evil.test)\ud800\x00עברית'
"""A name with markup, quotes, control characters, a direction mark, Markdown, a lone surrogate and RTL letters."""

RULES = [
    {"rule": "p95 < 300ms", "outcome": "failed", "observed": 412.0, "limit": 300.0, "unit": "ms",
     "reason": "p95 412 ms is not below 300 ms", "tripped_at_s": 1_700_000_001.5, "source": "--threshold"},
    {"rule": "fail_ratio < 1%", "outcome": "passed", "observed": 0.0, "limit": 0.01, "unit": "ratio", "reason": "0 %"},
    {"rule": "p99{name=/x} < 1s", "outcome": "not judged", "observed": None, "limit": 1000.0, "unit": "ms",
     "reason": "no request has the name '/x'"},
]  # fmt: skip


class Shopper(User):
    wait_time = constant(0.001)
    numbers = itertools.count()

    @task
    def shop(self) -> None:
        number = next(self.numbers)
        error = OSError("refused by http://ann:pw@shop.test") if number % 10 == 9 else None
        self.environment.requests.record("GET", f"/{number % 3}", 5.0 + number % 50, 100, exception=error)
        if number == 60:
            self.environment.marks.add("deploy", "2.1 is live", source="loadfile")
            raise ValueError(HOSTILE.replace("\ud800", ""))  # xdist can't carry it in a captured log
        if number > 120:
            self.environment.runner.stop("that is enough")


class Judge:
    """A plugin that judges by rules."""

    @hookimpl
    def loadhost_verdict(self, result: RunResult) -> Verdict:
        return Verdict(Outcome.FAILED, "1 threshold of 3 broken", {"thresholds": RULES})


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run with requests, failures, an exception, rules, a mark, and the machine's figures."""
    Shopper.numbers = itertools.count()
    run = LoadhostRun(tmp_path_factory.mktemp("real"))
    result = run([Shopper], in_process=True, plugins=[MachinePlugin(), Judge()], users=3).result
    assert result is not None
    return result


@pytest.fixture
def hostile(run: Any) -> RunResult:
    """Every text that a stranger can bring in is one that wants to break out of the page."""
    run.second(("GET", HOSTILE, 5.0, HOSTILE), ("POST", HOSTILE, 0.2, None))
    run.stats.log_exception(HOSTILE, ValueError(HOSTILE), f"Traceback\n{HOSTILE}")
    rule = {"rule": HOSTILE, "outcome": "failed", "reason": HOSTILE, "unit": HOSTILE, "observed": 1, "limit": 2}
    result: RunResult = run.result(
        parts=(VerdictPart(HOSTILE, Verdict(Outcome.FAILED, HOSTILE, {"thresholds": [rule]})),),
        outcome=Outcome.FAILED, exit_code=3, verdict=HOSTILE, stop_reason=HOSTILE, command=HOSTILE,
        marks=(Mark(run.result().started_s + 0.5, HOSTILE, HOSTILE, HOSTILE),),
        options={"host": (HOSTILE, HOSTILE), "threshold": ([HOSTILE], "command line")},
        plugins=(PluginHealth(HOSTILE, HOSTILE, HOSTILE, "off", 5, 5, 1.0, (HOSTILE,), HOSTILE),),
        statuses=(PluginStatus(HOSTILE, Status(HOSTILE, {HOSTILE: 1})),),
    )  # fmt: skip
    return result


@pytest.fixture(scope="session")
def many(new_run: Any) -> RunResult:
    """5,000 names and errors, of which statistics keep what their caps allow, and 1,000 marks."""
    run = new_run(caps=Caps(names=5000))
    run.second(*(("GET", f"/product/{number}", 1.0 + number, f"error {number}") for number in range(5000)))
    result: RunResult = run.result()
    marks = tuple(Mark(result.started_s + 0.5, "p", "k", f"mark {number}") for number in range(1000))
    return replace(result, marks=marks)


@pytest.fixture
def written(config: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    """written(plugin, result): the folder in which the plugin has written its report."""

    def write(plugin: Any, result: RunResult, folder: Path = tmp_path / "reports") -> Path:
        plugin.loadhost_configure(config(report_dir=folder))
        plugin.loadhost_run_finished(result)
        return folder

    return write
