"""The plugin machine in a run: what it leaves in the result, and what it leaves behind, which is nothing."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from loadhost import Outcome, User, constant, task
from loadhost.testing import LoadhostRun
from loadhost_builtins.machine import MachinePlugin
from loadhost_builtins.machine import _evidence as evidence_module
from loadhost_builtins.machine._judgment import Evidence
from loadhost_hookspecs import RunResult

UNFIT = Evidence(seconds=30, requests=900, p99_ms=100, unclocked=1.0, hub_lag_ms=90, own_hub_lag_ms=90)


class Visitor(User):
    """Reports requests, and makes none."""

    wait_time = constant(0.02)

    @task
    def visit(self) -> None:
        """One."""
        self.environment.requests.record("GET", "/", 12.5)


def run(loadhost_run: LoadhostRun, fitness: str = "fail", run_time: float = 0.3) -> RunResult:
    outcome = loadhost_run(
        Visitor, plugins=[MachinePlugin()], options={"fitness": fitness}, run_time=run_time, in_process=True
    )
    result: RunResult = outcome.result
    return result


def said(result: RunResult) -> list[tuple[Outcome, str]]:
    return [(part.verdict.outcome, part.verdict.reason) for part in result.parts if "MachinePlugin" in part.plugin]


def test_a_run_leaves_figures_gauges_and_a_verdict(loadhost_run: LoadhostRun) -> None:
    """Seconds are measured apart from windows; the last one counts if it is half a second."""
    result = run(loadhost_run, run_time=1.3)
    [status] = [row.status for row in result.statuses if "MachinePlugin" in row.plugin]
    assert status.text.startswith("CPU ")
    assert {"cpu", "hub_lag_p99_ms", "memory_bytes", "stolen", "gc_pause_ms"} <= set(status.figures)
    assert {"machine.cpu", "machine.hub_lag_ms", "machine.memory_bytes"} <= {metric.name for metric in result.metrics}
    [(outcome, reason)] = said(result)
    assert outcome is Outcome.PASSED
    assert reason.startswith("nothing wrong was seen in 1.")


def test_a_run_leaves_nothing_open(loadhost_run: LoadhostRun) -> None:
    """Neither files nor listeners to the collector, however often."""
    run(loadhost_run)
    files, listeners = len(os.listdir("/dev/fd")), len(gc.callbacks)
    for _ in range(3):
        run(loadhost_run, run_time=0.1)
    assert len(gc.callbacks) == listeners
    assert len(os.listdir("/dev/fd")) <= files


@pytest.mark.parametrize(
    ("fitness", "outcome", "code"),
    [("fail", Outcome.UNFIT, 4), ("warn", Outcome.DOUBTFUL, 0), ("off", Outcome.PASSED, 0)],
)
def test_fitness_says_what_becomes_of_a_run_that_is_not_fit(
    loadhost_run: LoadhostRun, monkeypatch: pytest.MonkeyPatch, fitness: str, outcome: Outcome, code: int
) -> None:
    """With `warn` the words stay."""
    monkeypatch.setattr(evidence_module, "evidence_of", lambda *_: UNFIT)
    result = run(loadhost_run, fitness)
    assert (result.outcome, result.exit_code) == (outcome, code)
    assert [reason.startswith("the instrument is not fit: of the reported p99") for _, reason in said(result)] == [
        True
    ] * (fitness != "off")


def test_statistics_that_begin_anew_begin_the_measurement_anew(loadhost_run: LoadhostRun) -> None:
    """What was before says nothing of what is reported."""
    plugins: list[Any] = [MachinePlugin()]

    class Reset(Visitor):
        """Forgets everything after a while."""

        def on_start(self) -> None:
            """Let some time pass."""
            self.wait()
            self.environment.reset_stats()

    result = loadhost_run(Reset, plugins=plugins, run_time=0.7, in_process=True).result
    assert result.totals.requests > 0
    assert len(said(result)) == 1


def test_a_word_that_fitness_does_not_know_is_refused(loadhost_run: LoadhostRun) -> None:
    """With those that it knows."""
    Path(loadhost_run.folder / "x.py").write_text("from loadhost import User\n")
    outcome = loadhost_run.command("run", "x.py", "--fitness", "maybe")
    assert outcome.exit_code == 2
    assert all(word in outcome.stderr for word in ("fail", "warn", "off"))
