"""The verdict on the instrument, as a table and as properties: what it is made of, and that more lag never helps."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost_builtins.machine._judgment import Evidence, Fitness, judge, what_is_right
from loadhost_builtins.machine._words import reason

FIT, DOUBTFUL, UNFIT = Fitness.FIT, Fitness.DOUBTFUL, Fitness.UNFIT
RUN = Evidence(seconds=30, requests=5000, median_ms=20, p99_ms=100)
PEGGED = {"cpu": 1.0, "pegged": 1.0}
LATE = {"hub_lag_ms": 80, "own_hub_lag_ms": 80, "own_hub_median_ms": 15}
BEHIND = {"schedule_lag_ms": 90, "own_schedule_lag_ms": 90, "own_schedule_median_ms": 15}

TABLE: list[tuple[str, dict[str, Any], Fitness]] = [
    ("nothing is wrong", {}, FIT),
    ("a closed workload that takes the whole CPU, by the kernel's clock", {**PEGGED, **LATE}, FIT),
    ("the same by a clock after the response", {**PEGGED, **LATE, "unclocked": 1.0}, UNFIT),
    ("only one request in two hundred by that clock", {**PEGGED, **LATE, "unclocked": 0.005}, FIT),
    ("a schedule that is not kept", {**BEHIND, "scheduled": 1.0}, UNFIT),
    ("lateness that is nobody's, without a schedule", BEHIND, FIT),
    ("a tenth of the p99", {"unclocked": 1.0, "hub_lag_ms": 10, "own_hub_lag_ms": 10}, DOUBTFUL),
    ("less than a tenth", {"unclocked": 1.0, "hub_lag_ms": 9.9, "own_hub_lag_ms": 9.9}, FIT),
    ("half of the p99", {"unclocked": 1.0, "hub_lag_ms": 50, "own_hub_lag_ms": 50}, UNFIT),
    ("half of the median, and little of the p99", {"unclocked": 1.0, "own_hub_median_ms": 10}, UNFIT),
    (
        "most of a p99 of two milliseconds",
        {"unclocked": 1.0, "hub_lag_ms": 1.9, "own_hub_lag_ms": 1.9, "p99_ms": 2},
        FIT,
    ),
    (
        "most of a p99 of four milliseconds",
        {"unclocked": 1.0, "hub_lag_ms": 3, "own_hub_lag_ms": 3, "p99_ms": 4},
        DOUBTFUL,
    ),
    ("lag that others have caused", {"unclocked": 1.0, "hub_lag_ms": 90, "own_hub_lag_ms": 4}, DOUBTFUL),
    ("CPU taken by others", {"stolen": 0.3}, DOUBTFUL),
    ("all of it", {"stolen": 1.0}, DOUBTFUL),
    ("CPU taken by others in a short run", {"stolen": 0.3, "seconds": 4}, FIT),
    ("a run of three seconds", {**LATE, "unclocked": 1.0, "seconds": 3}, FIT),
    ("three requests", {**LATE, "unclocked": 1.0, "requests": 3}, FIT),
    ("fifty requests", {**LATE, "unclocked": 1.0, "requests": 50}, DOUBTFUL),
    ("a server that is down", {**LATE, **PEGGED, "unclocked": 1.0, "failed": 1.0}, DOUBTFUL),
    ("one in a hundred arrivals dropped", {"arrivals": 1000, "dropped": 10}, DOUBTFUL),
    ("fewer", {"arrivals": 1000, "dropped": 9}, FIT),
    (
        "arrivals dropped while users waited for the system",
        {"arrivals": 1000, "dropped": 400, "dropped_while_pegged": 20},
        DOUBTFUL,
    ),
    (
        "arrivals dropped for want of CPU time",
        {"arrivals": 1000, "dropped": 60, "dropped_while_pegged": 50, **PEGGED},
        UNFIT,
    ),
    ("nothing but dropped arrivals", {"arrivals": 500, "dropped": 500, "requests": 0, "p99_ms": 0}, DOUBTFUL),
    ("two of three arrivals dropped", {"arrivals": 3, "dropped": 2}, FIT),
    ("nearly all open files in use", {"open_files": 0.9}, DOUBTFUL),
    ("nearly all ports in use", {"ports": 0.95}, DOUBTFUL),
]


@pytest.mark.parametrize(("case", "changes", "fitness"), TABLE, ids=[case for case, _, _ in TABLE])
def test_the_table(case: str, changes: dict[str, Any], fitness: Fitness) -> None:
    """Each row differs from a good run in what it says."""
    assert judge(replace(RUN, **changes))[0] is fitness


def test_a_run_of_nothing_is_fit() -> None:
    """There is nothing that could be wrong."""
    assert judge(Evidence()) == (FIT, ())


shares, times, counts = st.floats(0, 1), st.floats(0, 10_000), st.integers(0, 100_000)
KINDS = {"int": counts, "float": shares}
evidences = st.builds(
    Evidence,
    **{
        field.name: times if field.name.endswith(("_ms", "seconds")) else KINDS[str(field.type)]
        for field in fields(Evidence)
    },
)
WORSE = (
    *("unclocked", "scheduled", "dropped", "dropped_while_pegged", "stolen", "open_files", "ports"),
    *(field.name for field in fields(Evidence) if "lag_ms" in field.name or field.name.startswith("own_")),
)


@given(evidence=evidences, name=st.sampled_from(WORSE), more=st.floats(0, 1000))
def test_more_of_what_is_bad_never_makes_it_better(evidence: Evidence, name: str, more: float) -> None:
    """Whatever the rest is."""
    worse = replace(evidence, **{name: getattr(evidence, name) + more})
    assert judge(worse)[0] >= judge(evidence)[0]


@given(evidence=evidences, cpu=shares, pegged=shares)
def test_cpu_use_alone_decides_nothing(evidence: Evidence, cpu: float, pegged: float) -> None:
    """A closed workload without waits takes all there is."""
    assert judge(evidence)[0] is judge(replace(evidence, cpu=cpu, pegged=pegged))[0]


@given(evidence=evidences)
def test_what_others_did_never_makes_it_unfit(evidence: Evidence) -> None:
    """Only what is its own does."""
    own = {field.name: 0.0 for field in fields(Evidence) if field.name.startswith("own_")}
    assert judge(replace(evidence, **own, dropped_while_pegged=0.0))[0] is not UNFIT


@given(evidence=evidences)
def test_the_verdict_is_one_line_and_the_worst_finding_comes_first(evidence: Evidence) -> None:
    """And the error is never more than the figure that it is in."""
    fitness, findings = judge(evidence)
    assert [finding.fitness for finding in findings] == sorted((f.fitness for f in findings), reverse=True)
    assert "\n" not in reason(fitness, findings, evidence)
    assert evidence.own_error_ms <= evidence.p99_ms
    assert (fitness is FIT) == (not findings)


def test_the_reason_says_what_why_which_figures_are_right_and_where_to_go() -> None:
    """In one line."""
    evidence = replace(RUN, **BEHIND, **PEGGED, scheduled=1.0)
    assert reason(*judge(evidence), evidence) == (
        "the instrument is not fit: of the reported p99 of 100.0 ms about 90.0 are this process's own delay. "
        "Service times are right (the kernel's clock), response times hold the lateness of their iteration; "
        "the rate is what this process can "
        "do, perhaps not what the system can. Give a lower --rate, or spread it over more machines"
    )


def test_advice_is_given_once() -> None:
    """Two findings may have the same remedy."""
    evidence = replace(RUN, **BEHIND, **PEGGED, scheduled=1.0, arrivals=1000, dropped=300, dropped_while_pegged=300)
    assert reason(*judge(evidence), evidence).count("--rate") == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "response times are right (the kernel's clock)"),
        ({"unclocked": 1.0}, "the times of all requests hold this process's own delay (below 2 ms at p99)"),
        ({"unclocked": 1.0, "hub_lag_ms": 7}, "own delay (7.0 ms at p99)"),
        ({"unclocked": 0.25}, "clock); but the times of 25.0 % of requests hold this process's own delay"),
        ({"scheduled": 1.0}, "service times are right"),
        (PEGGED, "the rate is what this process can do"),
    ],
)
def test_which_figures_are_right(changes: dict[str, Any], says: str) -> None:
    """By the clock, and by whether there was CPU time left."""
    assert says in what_is_right(replace(RUN, **changes))


def test_a_short_run_is_said_to_be_short() -> None:
    """Nothing found in a second is not much."""
    evidence = replace(RUN, seconds=1.0)
    assert reason(*judge(evidence), evidence).startswith("nothing wrong was seen in 1.0 s")
