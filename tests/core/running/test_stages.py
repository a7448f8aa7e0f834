"""Stages and rates: from text to how much load there is when, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from loadhost._running.stages import Stage, Stages, constant_rate, parse_rate, parse_stages

SECONDS = st.one_of(st.integers(1, 10_000).map(float), st.floats(0.001, 10_000))
RATES = st.one_of(st.just(0.0), st.integers(0, 5000).map(float), st.floats(0.001, 5000))
ARRIVALS = st.lists(st.builds(Stage, SECONDS, RATES), min_size=1, max_size=6).map(
    lambda stages: Stages(tuple(stages), arrivals=True)
)
USERS = st.lists(st.builds(Stage, SECONDS, st.integers(0, 100_000).map(float)), min_size=1, max_size=6).map(
    lambda stages: Stages(tuple(stages), arrivals=False)
)
SHARES = st.floats(0, 1)


def makes_load(stages: Stages) -> bool:
    return any(stage.target for stage in stages.stages)


@given(ARRIVALS, SHARES)
def test_an_arrival_is_due_when_that_many_have_arrived(stages: Stages, share: float) -> None:
    """arrivals_until(due_at(k)) == k, for every k that is ever due."""
    number = math.floor(share * stages.arrivals_until(stages.duration_s))
    due_s = stages.due_at(number)
    assume(due_s < math.inf)  # after a last stage that ends at 0/s nothing is due any more
    assert stages.arrivals_until(due_s) == pytest.approx(number, rel=1e-9, abs=1e-5)


@given(ARRIVALS, SHARES)
def test_the_next_arrival_is_never_due_earlier(stages: Stages, share: float) -> None:
    number = math.floor(share * stages.arrivals_until(stages.duration_s))
    assert 0 <= stages.due_at(number) <= stages.due_at(number + 1) + 1e-9


@given(ARRIVALS, SHARES, SHARES)
def test_the_number_of_arrivals_never_falls(stages: Stages, one: float, other: float) -> None:
    earlier, later = sorted(share * stages.duration_s * 1.5 for share in (one, other))
    assert 0 <= stages.arrivals_until(earlier) <= stages.arrivals_until(later) * (1 + 1e-12) + 1e-9


@given(ARRIVALS)
def test_the_arrivals_of_a_stage_are_its_mean_rate_times_its_time(stages: Stages) -> None:
    before, expected = 0.0, 0.0
    for stage in stages.stages:
        expected += (before + stage.target) / 2 * stage.duration_s
        before = stage.target
    assert stages.arrivals_until(stages.duration_s) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(ARRIVALS.filter(makes_load) | USERS.filter(makes_load))
def test_what_is_printed_is_read_back_as_the_same_stages(stages: Stages) -> None:
    """To the last digit: reports and workers are given the text."""
    assert parse_stages(str(stages)) == stages


@given(USERS, SHARES)
def test_users_lie_between_the_targets_around_them(stages: Stages, share: float) -> None:
    elapsed_s = share * stages.duration_s
    bounds = [0.0, *(stage.target for stage in stages.stages)]
    assert min(bounds) <= stages.users_at(elapsed_s) <= max(bounds)


@given(USERS)
def test_each_stage_ends_at_its_target_and_the_last_one_lasts(stages: Stages) -> None:
    end_s = 0.0
    for stage in stages.stages[:-1]:
        end_s += stage.duration_s
        # A sum of times is off by a hair, in which a steep stage moves by some users.
        assert stages.value_at(end_s) == pytest.approx(stage.target, rel=1e-6, abs=0.1)
    assert stages.users_at(stages.duration_s + 1) == stages.stages[-1].target


def test_users_move_in_a_straight_line() -> None:
    stages = parse_stages("10s:100u, 20s:100u, 10s:0u")
    assert [stages.users_at(at) for at in (0, 1, 5, 10, 25, 30, 35, 40, 99)] == [0, 10, 50, 100, 100, 100, 50, 0, 0]


def test_a_constant_rate_is_evenly_spaced() -> None:
    rate = constant_rate(50)
    assert [rate.due_at(number) for number in (0, 1, 100)] == [0, 0.02, 2]
    assert rate.arrivals_until(3) == 150


def test_a_rate_of_nothing_has_no_arrival() -> None:
    assert constant_rate(0).due_at(0) == math.inf


def test_nothing_is_due_while_the_rate_is_zero() -> None:
    stages = parse_stages("5s:0/s, 10s:5/s")
    assert (stages.due_at(0), stages.arrivals_until(5)) == (5, 0)
    assert stages.due_at(25) == 15


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("30s:100u", [(30, 100)]),
        ("1m30s:5u,2h:0u", [(90, 5), (7200, 0)]),
        (" 90 : 5 U , 250ms:7u ", [(90, 5), (0.25, 7)]),
        ("90:5u, 250ms:7u", [(90, 5), (0.25, 7)]),
        ("1m 30s : 5U", [(90, 5)]),
        ("1m:500/s, 5m:0.5/s", [(60, 500), (300, 0.5)]),
        ("1m:30/m, 1h:7200/h", [(60, 0.5), (3600, 2)]),
    ],
)
def test_stages_are_times_and_targets(text: str, stages: list[tuple[float, float]]) -> None:
    assert [(stage.duration_s, stage.target) for stage in parse_stages(text).stages] == stages


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1m:500/s", "60s:500/s"),
        ("1m:30/m, 1m:1/m", "60s:30/m, 60s:1/m"),
        ("250ms:1000000u", "0.25s:1000000u"),
        ("1m:1000000/s", "60s:1000000/s"),
    ],
)
def test_stages_print_as_people_would_write_them(text: str, printed: str) -> None:
    assert str(parse_stages(text)) == printed


BAD_STAGES = [
    "", " ", ",", "30s", "100u", "30s:100", "30s:u", "30s:-5u", "-30s:5u", "30s:100u,", "30s:100u;30s:0u", "0s:100u",
    "0:5u", "30s:0u", "30s:0u, 10s:0u", "1m:0/s", "30s:100u, 30s:50/s", "30s:2.5u", "30s:9999999u", "30s:1e3u",
    "1m:500/d", "1m:99999999/s", "soon:5u", "1x:5u", ":5u", "30s::5u", "30s:inf u", "30s:nanu", "20y:5u",
    "9999999999999999h:5u", "9" * 400 + "s:5u", "5s:" + "9" * 400 + "u", "5s:" + "9" * 400 + "/s",
    "\n", "30s:5u\n\n30s:6u", "1m:5/s" * 30,
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_STAGES)
def test_bad_stages_are_refused_in_one_line_that_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|arrivals per second|10,000,000") as refusal:
        parse_stages(text)
    assert "\n" not in str(refusal.value)


@given(st.text(alphabet="0123456789smhu/:,. -\n", max_size=30))
def test_any_text_is_either_stages_or_one_line(text: str) -> None:
    """No other exception than ValueError, whatever people type."""
    refusal = ""
    try:
        stages = parse_stages(text)
        assert parse_stages(str(stages)) == stages
    except ValueError as error:
        refusal = str(error)
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("text", "per_second"), [("500/s", 500), ("500", 500), ("30/m", 0.5), (" 7200 /H ", 2), ("0.5/s", 0.5)]
)
def test_a_rate_is_a_number_per_unit(text: str, per_second: float) -> None:
    assert parse_rate(text) == per_second


@pytest.mark.parametrize("text", ["", "0", "0/s", "-5/s", "fast", "5/d", "1e3", "inf", "nan", "5 per s", "9" * 400])
def test_a_bad_rate_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.* is not a rate; write for example 500/s or 30/m, above 0") as refusal:
        parse_rate(text)
    assert "\n" not in str(refusal.value)
