"""Users are shared out by weight exactly, at every number of users."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost._running.allocation import Allocation

WEIGHTS = st.one_of(st.integers(1, 1000), st.floats(0.001, 1000).map(lambda weight: round(weight, 3)))


class Kind:
    """Stands for a user class: it only has a share."""

    def __init__(self, weight: float = 1, fixed_count: int = 0) -> None:
        self.weight, self.fixed_count = weight, fixed_count


KINDS = st.lists(st.builds(Kind, WEIGHTS, st.sampled_from([0, 0, 0, 1, 3])), min_size=1, max_size=6)


def fixed_total(kinds: list[Kind]) -> int:
    return sum(kind.fixed_count for kind in kinds)


@given(KINDS, st.integers(0, 120))
def test_the_counts_add_up_to_the_number_of_users(kinds: list[Kind], total: int) -> None:
    has_weights = any(not kind.fixed_count for kind in kinds)
    expected = total if has_weights else min(total, fixed_total(kinds))
    assert sum(Allocation(kinds).counts(total).values()) == expected


@given(KINDS, st.integers(0, 120))
def test_every_class_has_its_exact_share_rounded_up_or_down(kinds: list[Kind], total: int) -> None:
    counts = Allocation(kinds).counts(total)
    weights = {kind: Fraction(str(kind.weight)) for kind in kinds if not kind.fixed_count}
    rest = max(total - fixed_total(kinds), 0)
    for kind, weight in weights.items():
        share = rest * weight / sum(weights.values())
        assert floor(share) <= counts[kind] <= ceil(share)


@given(KINDS)
def test_one_more_user_never_takes_one_away(kinds: list[Kind]) -> None:
    allocation = Allocation(kinds)
    before = allocation.counts(0)
    for total in range(1, 80):
        now = allocation.counts(total)
        assert all(now[kind] >= before[kind] for kind in kinds)
        before = now


@given(KINDS, st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_the_same_number_gives_the_same_counts_whatever_came_before(kinds: list[Kind], totals: list[int]) -> None:
    allocation = Allocation(kinds)
    for total in totals:
        assert allocation.counts(total) == Allocation(kinds).counts(total)


@given(KINDS, st.integers(0, 30))
def test_fixed_counts_come_first_and_are_never_exceeded(kinds: list[Kind], total: int) -> None:
    counts = Allocation(kinds).counts(total)
    fixed = sum(counts[kind] for kind in kinds if kind.fixed_count)
    assert fixed == min(total, fixed_total(kinds))
    assert all(counts[kind] <= kind.fixed_count for kind in kinds if kind.fixed_count)


def test_one_to_two_and_a_half_to_seven_among_a_thousand_beside_a_fixed_count() -> None:
    one, two_and_a_half, seven, fixed = Kind(1), Kind(2.5), Kind(7), Kind(1, fixed_count=55)
    counts = Allocation([one, two_and_a_half, seven, fixed]).counts(1000)
    assert [counts[kind] for kind in (one, two_and_a_half, seven, fixed)] == [90, 225, 630, 55]


def test_a_decimal_weight_is_the_decimal_that_was_typed() -> None:
    kinds = [Kind(0.1), Kind(0.2), Kind(0.3)]
    assert list(Allocation(kinds).counts(6000).values()) == [1000, 2000, 3000]


def test_a_class_without_weight_gets_nobody() -> None:
    kinds = [Kind(0), Kind(1)]
    assert list(Allocation(kinds).counts(10).values()) == [0, 10]


@pytest.mark.parametrize("total", [0, 7, 1000])
def test_no_classes_give_no_users(total: int) -> None:
    assert sum(Allocation([Kind(0)]).counts(total).values()) == 0
