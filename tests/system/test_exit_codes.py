"""Exit codes 0 to 5 but 4, each by a real run; and a rolling rule that sees an outage which the whole run hides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from loadhost.testing import Shop

pytest.importorskip("loadhost_failratio")

VISITOR = """
from loadhost import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def look(self):
        self.client.get("/product/7", name="/product/:id")
"""
RAISES = (
    VISITOR
    + """
from loadhost import hookimpl

@hookimpl
def loadhost_verdict():
    raise ValueError("cannot say")
"""
)
FAILS = VISITOR.replace("/product/7", "/no-such-page")
NOISE_ALLOWED = ("--fitness", "off")
"""The machine that runs the tests may be busy; what is judged here is something else."""

CODES = [
    pytest.param(0, "passed", VISITOR, ["--threshold", "fail_ratio < 1%", *NOISE_ALLOWED], id="passed"),
    pytest.param(0, "doubtful", VISITOR, ["--threshold", "max < 1us then warn", *NOISE_ALLOWED], id="a warning"),
    pytest.param(0, "passed", FAILS, ["--threshold", "failures > 5", *NOISE_ALLOWED], id="the rule is the judge"),
    pytest.param(1, "requests failed", FAILS, NOISE_ALLOWED, id="requests failed"),
    pytest.param(1, "requests failed", FAILS, ["--threshold", "p95 < 3600s", *NOISE_ALLOWED],
                 id="a rule about times judges no failures"),
    pytest.param(3, "failed", VISITOR, ["--threshold", "p95 < 1us", *NOISE_ALLOWED], id="a broken rule"),
    pytest.param(3, "failed", FAILS, ["--threshold", "fail_ratio < 50% within 1s, then stop", *NOISE_ALLOWED],
                 id="stopped"),
    pytest.param(3, "not judged", VISITOR, ["--threshold", "p99.999 < 1s", *NOISE_ALLOWED], id="not judged"),
    pytest.param(5, "error", RAISES, ["--threshold", "p95 < 1us", *NOISE_ALLOWED], id="a verdict that failed"),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop() as running:
        yield running


@pytest.mark.parametrize(("code", "outcome", "loadfile", "arguments"), CODES)
def test_a_run_ends_with_its_exit_code(
    loadhost_run: Any, shop: Shop, code: int, outcome: str, loadfile: str, arguments: list[str]
) -> None:
    """And its last line says so, with the reason."""
    run = loadhost_run(loadfile, *arguments, "-r", "50", run_time=1.5, host=shop.url)
    assert (run.exit_code, run.verdict) == (code, outcome), run.output
    assert f"Verdict: {outcome}" in run.stdout


def test_a_rule_that_is_none_is_refused_before_anything_ran(loadhost_run: Any, shop: Shop) -> None:
    """Exit code 2: no request was made, and there is no report."""
    before = shop.count()
    run = loadhost_run(VISITOR, "--threshold", "p95 is 300ms", run_time=2, host=shop.url)
    assert (run.exit_code, run.report, shop.count()) == (2, None, before)
    assert "at character 5, 'is': expected one of < <= > >= ==" in run.stderr


def test_a_rolling_rule_sees_an_outage_that_the_whole_run_hides(loadhost_run: Any) -> None:
    """A server that fails 30 % from second 5 to second 8: found in the first or second window after it began."""
    rules = ("fail_ratio < 10% within 2s", "fail_ratio < 15%", "fail_ratio{name=/product/:id} < 10% for 2s")
    options = [word for rule in rules for word in ("--threshold", rule)]
    with Shop() as shop:
        running = loadhost_run.start(
            VISITOR, *options, *NOISE_ALLOWED, "-u", "20", "-r", "100", "-t", "14s", "--host", shop.url
        )
        _wait_for_traffic(shop)
        time.sleep(5)
        shop.faults(fail_ratio=0.3)
        time.sleep(3)
        shop.faults(fail_ratio=0.0)
        outcome = running.finish(timeout=60)
    assert (outcome.exit_code, outcome.verdict) == (3, "failed"), outcome.output
    rolling, whole, lasting = _rows(outcome.report)
    began = min(failure["first_s"] for failure in outcome.report["failures"])
    assert (rolling["outcome"], whole["outcome"], lasting["outcome"]) == ("failed", "passed", "failed")
    assert began < rolling["tripped_at_s"] < began + 2.2
    assert rolling["tripped_at_s"] <= lasting["tripped_at_s"]
    assert 0.02 < whole["observed"] < 0.15
    marks = [mark for mark in outcome.report["marks"] if mark["kind"] == "guard"]
    assert [mark["time_s"] for mark in marks] == [rolling["tripped_at_s"], lasting["tripped_at_s"]]


def _wait_for_traffic(shop: Shop) -> None:
    deadline = time.monotonic() + 30
    while not shop.count():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _rows(report: Any) -> list[Any]:
    [part] = [part for part in report["verdict"]["parts"] if part["plugin"] == "failratio"]
    rows: list[Any] = part["evidence"]["thresholds"]
    return rows
