"""What hooks pass: outcomes in their order, and records that nobody can change."""

from __future__ import annotations

import dataclasses
import inspect

import loadhost_hookspecs
import pytest
from loadhost_hookspecs import EntryFigures, Outcome, RequestSample, StatsWindow, Status, Verdict


class NoTimes:
    """An empty histogram."""

    count = 0
    min = max = mean = 0.0

    def percentile(self, quantile):
        return 0.0

    def buckets(self):
        return iter(())


def figures(requests=0, failures=0):
    return EntryFigures("/", "GET", requests, failures, NoTimes(), NoTimes(), 0)


# -- outcomes


def test_outcomes_are_ordered_from_passed_to_error():
    """By how bad they are, not by exit code: 5 > 4 > 3 > interrupted > requests failed > 0."""
    assert [outcome.name for outcome in sorted(Outcome, key=lambda outcome: outcome.severity)] == [
        "PASSED",
        "DOUBTFUL",
        "REQUESTS_FAILED",
        "INTERRUPTED",
        "NOT_JUDGED",
        "FAILED",
        "UNFIT",
        "ERROR",
    ]


def test_the_worst_of_several_outcomes_is_the_one_of_greatest_severity():
    outcomes = [Outcome.FAILED, Outcome.INTERRUPTED, Outcome.PASSED]
    assert max(outcomes, key=lambda outcome: outcome.severity) is Outcome.FAILED


def test_passed_has_no_severity():
    assert Outcome.PASSED.severity == 0


def test_an_outcome_reads_as_words():
    assert (Outcome.REQUESTS_FAILED.value, Outcome.UNFIT.value) == ("requests failed", "not fit")


# -- records


DATACLASSES = [
    value
    for _, value in sorted(vars(loadhost_hookspecs).items())
    if inspect.isclass(value) and dataclasses.is_dataclass(value)
]


@pytest.mark.parametrize("record", DATACLASSES)
def test_every_record_is_frozen(record):
    assert record.__dataclass_params__.frozen


@pytest.mark.parametrize("record", DATACLASSES)
def test_every_record_explains_itself(record):
    """dataclass makes a docstring of the signature where there is none."""
    assert not record.__doc__.startswith(f"{record.__name__}(")


def test_a_fail_ratio_is_failures_by_requests():
    assert figures(requests=8, failures=2).fail_ratio == 0.25


def test_without_requests_the_fail_ratio_is_zero():
    assert figures().fail_ratio == 0.0


def test_a_verdict_without_evidence_has_an_empty_one():
    assert Verdict(Outcome.PASSED, "fine").evidence == {}


def test_a_status_without_figures_has_none():
    assert Status("fine").figures == {}


def test_two_verdicts_dont_share_their_evidence():
    assert Verdict(Outcome.PASSED, "a").evidence is not Verdict(Outcome.PASSED, "b").evidence


def test_a_window_is_of_a_local_run_unless_it_says_otherwise():
    window = StatsWindow(1.0, 1.0, figures(), {})
    assert (window.workers_reported, window.workers_expected, window.late, window.final) == (0, 0, 0, False)


def test_a_sample_keeps_no_response():
    """A response object would keep its body alive until the batch is told."""
    assert "response" not in RequestSample._fields


# -- the package


def test_all_is_sorted_and_whole():
    """Constants, then classes, then functions: as ruff sorts it; and nothing public is left out."""
    public = {name for name in vars(loadhost_hookspecs) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(loadhost_hookspecs, name))}
    assert set(loadhost_hookspecs.__all__) == public - modules
    assert len(set(loadhost_hookspecs.__all__)) == len(loadhost_hookspecs.__all__)
