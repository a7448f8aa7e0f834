"""Distributions for charts: every request in one class, classes that ascend, none where nothing was measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Histogram
from loadhost_builtins.report._distributions import CLASSES, class_edges, distribution

PERCENTILES = (("p50", 0.5), ("p99", 0.99))


def histogram(times: list[float]) -> Histogram:
    made = Histogram()
    for ms in times:
        made.record(ms)
    return made


@given(st.lists(st.floats(0, 100_000), min_size=1, max_size=200))
def test_every_value_is_in_one_class_and_classes_ascend(times: list[float]) -> None:
    made = distribution(histogram(times), PERCENTILES)
    assert made is not None
    assert sum(made["counts"]) == len(times)
    assert 1 <= len(made["counts"]) <= CLASSES
    assert made["edges"] == sorted(made["edges"])
    assert made["edges"][0] > 0


def test_nothing_measured_is_none() -> None:
    assert distribution(Histogram(), PERCENTILES) is None


@pytest.mark.parametrize(("low", "high", "classes"), [(1, 1, 1), (100, 104, 2), (0.05, 0.06, 10), (1, 1000, CLASSES)])
def test_classes_are_not_narrower_than_what_the_histogram_tells_apart(low: float, high: float, classes: int) -> None:
    assert len(class_edges(low, high)) == classes + 1


def test_a_slow_tenth_is_seen_apart_from_the_rest() -> None:
    made = distribution(histogram([10.0] * 90 + [1000.0] * 10), PERCENTILES)
    assert made is not None
    assert (made["counts"][0], made["counts"][-1]) == (90, 10)
    assert made["lines"] == [{"label": "p50", "value": pytest.approx(10, rel=0.01)},
                             {"label": "p99", "value": pytest.approx(1000, rel=0.01)}]  # fmt: skip
