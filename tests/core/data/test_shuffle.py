"""Shuffle: a permutation that a key decides on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost._data import shuffle
from loadhost._data.shuffle import Shuffle


@given(st.integers(1, 3000), st.text(max_size=5), st.sampled_from([0, 1 << 16]))
def test_each_number_comes_once_in_a_list_and_in_a_network(count, key, in_memory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffle, "MOST_IN_MEMORY", in_memory)
        order = Shuffle(count, key)
        assert sorted(order[place] for place in range(count)) == list(range(count))


def test_the_key_decides_on_the_order():
    def order(key):
        made = Shuffle(100_003, key)
        return [made[place] for place in range(100)]

    assert order("0:0") == order("0:0") != order("0:1")


def test_the_order_is_the_same_on_every_machine():
    """Fixed here, since workers on several machines must agree."""
    assert [Shuffle(10, "0:0")[place] for place in range(10)] == [5, 0, 3, 2, 7, 8, 6, 4, 1, 9]
    assert [Shuffle(1_000_000, "0:0")[place] for place in range(4)] == [113135, 544316, 654715, 221978]


def test_neighbours_end_up_far_from_each_other():
    made = Shuffle(100_003, "0:0")
    apart = [abs(made[place] - made[place + 1]) for place in range(5000)]
    assert sum(apart) / len(apart) == pytest.approx(100_003 / 3, rel=0.05)
