"""A ramp goes from one number of users to another at its rate, up or down, without a step too many."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost._running.schedule import Ramp

RAMPS = st.builds(Ramp, st.integers(0, 500), st.integers(0, 500), st.floats(0.01, 1000))
ELAPSED = st.floats(0, 5000)


@given(RAMPS, ELAPSED, ELAPSED)
def test_a_ramp_never_turns_back(ramp: Ramp, one: float, other: float) -> None:
    early, late = ramp.users_at(min(one, other)), ramp.users_at(max(one, other))
    assert early <= late if ramp.target >= ramp.start else early >= late


@given(RAMPS, ELAPSED)
def test_a_ramp_stays_between_its_ends(ramp: Ramp, elapsed: float) -> None:
    assert min(ramp.start, ramp.target) <= ramp.users_at(elapsed) <= max(ramp.start, ramp.target)


@given(RAMPS)
def test_a_ramp_ends_exactly_at_its_target_when_its_duration_is_over(ramp: Ramp) -> None:
    assert ramp.users_at(ramp.duration_s()) == ramp.target


@given(RAMPS)
def test_a_ramp_is_not_done_before_its_duration(ramp: Ramp) -> None:
    if ramp.duration_s() > 0:
        assert ramp.users_at(ramp.duration_s() - 0.01 / ramp.rate) != ramp.target


@given(RAMPS, ELAPSED)
def test_a_ramp_moves_one_user_at_once_and_then_its_rate(ramp: Ramp, elapsed: float) -> None:
    moved = abs(ramp.users_at(elapsed) - ramp.start)
    assert moved <= ceil(ramp.rate * elapsed + 1e-6) + 1
    if ramp.users_at(elapsed) != ramp.target:
        assert moved >= ramp.rate * elapsed


@given(RAMPS, st.floats(0, 100))
def test_nothing_changes_before_the_next_change_and_no_step_is_slept_over(ramp: Ramp, elapsed: float) -> None:
    change = ramp.next_change_s(elapsed)
    assert elapsed - 1e-6 <= change <= elapsed + 1 / ramp.rate + 1e-6
    if change - 1e-6 / ramp.rate > elapsed:
        assert ramp.users_at(change - 1e-6 / ramp.rate) == ramp.users_at(elapsed)


def test_waking_a_hair_too_early_waits_for_the_same_step_again() -> None:
    ramp = Ramp(0, 10, rate=1.0)
    assert ramp.next_change_s(2.9999995) == 3.0


@pytest.mark.parametrize(("elapsed", "users"), [(0, 1), (0.99, 1), (1, 2), (3.5, 4), (9, 10), (60, 10)])
def test_ten_users_at_one_per_second(elapsed: float, users: int) -> None:
    assert Ramp(0, 10, 1.0).users_at(elapsed) == users


@pytest.mark.parametrize(("elapsed", "users"), [(0, 9), (0.5, 8), (2, 5), (60, 5)])
def test_down_from_ten_to_five_at_two_per_second(elapsed: float, users: int) -> None:
    assert Ramp(10, 5, 2.0).users_at(elapsed) == users


def test_a_ramp_to_where_it_is_is_done_at_once() -> None:
    assert (Ramp(7, 7, 1.0).users_at(0), Ramp(7, 7, 1.0).duration_s()) == (7, 0)
