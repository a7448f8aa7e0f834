"""Metrics: plugins' own counters, gauges and trends, by window and in total."""

from __future__ import annotations

import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Caps, Histogram, Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def values(figures) -> dict[str, float]:
    return {row.name: row.value for row in figures}


def test_a_counter_says_what_was_added_in_each_window_and_in_total(metrics):
    orders = metrics.counter("orders")
    orders.add()
    orders.add(2)
    assert values(metrics.cut()) == {"orders": 3}
    orders.add(4)
    assert values(metrics.totals()) == {"orders": 7}
    assert values(metrics.cut()) == {"orders": 4}
    assert values(metrics.totals()) == {"orders": 7}


def test_a_counter_without_additions_is_not_in_the_window_but_reads_zero_in_total(metrics):
    metrics.counter("orders")
    assert (values(metrics.cut()), values(metrics.totals())) == ({}, {"orders": 0})


def test_a_gauge_keeps_its_last_value_through_the_windows_after(metrics):
    metrics.gauge("queue").set(5)
    metrics.gauge("queue").set(3)
    assert [values(metrics.cut()), values(metrics.cut()), values(metrics.totals())] == [{"queue": 3}] * 3


def test_an_unchanged_gauge_takes_no_further_memory(metrics):
    """It is in every window of a long run."""
    metrics.gauge("queue").set(5)
    (first,), (second,) = metrics.cut(), metrics.cut()
    assert first is second


def test_a_gauge_that_was_never_set_says_nothing(metrics):
    metrics.gauge("queue")
    assert (metrics.cut(), metrics.totals()) == ((), ())


def test_a_trend_is_a_histogram(metrics):
    metrics.trend("render").add(12.5)
    metrics.trend("render").add(0.25)
    (figures,) = metrics.cut()
    assert (figures.kind, figures.value, figures.histogram.min, figures.histogram.max) == ("trend", 2, 0.25, 12.5)
    assert metrics.cut() == ()
    assert metrics.totals() == (figures,)


@given(st.lists(st.integers(0, 10_000) | st.none()))
def test_the_windows_of_counters_and_trends_add_up_to_their_totals(events):
    metrics = Metrics()
    counter, trend = metrics.counter("count"), metrics.trend("times")
    counted, times = 0.0, Histogram()
    for number in [*events, None]:
        if number is not None:
            counter.add(number)
            trend.add(number)
            continue
        for figures in metrics.cut():
            counted += figures.value if figures.kind == "counter" else 0
            if figures.histogram is not None:
                times.add(figures.histogram)
    totals = {figures.name: figures for figures in metrics.totals()}
    assert totals["count"].value == counted == sum(number for number in events if number is not None)
    assert totals["times"].histogram == times


def test_the_same_name_and_labels_are_the_same_metric(metrics):
    assert metrics.counter("orders", {"shop": "a", "kind": 1}) is metrics.counter("orders", {"kind": "1", "shop": "a"})
    assert metrics.counter("orders", {"shop": "a"}) is not metrics.counter("orders")


def test_labels_are_sorted_pairs_of_text(metrics):
    metrics.counter("orders", {"shop": "a", "aisle": 7}).add()
    assert metrics.cut()[0].labels == (("aisle", "7"), ("shop", "a"))


@pytest.mark.parametrize("labels", [None, {"shop": "a"}])
def test_a_name_has_one_kind_whatever_its_labels(metrics, labels):
    metrics.counter("orders")
    with pytest.raises(ValueError, match="metric 'orders' is a counter, it can't be a gauge as well"):
        metrics.gauge("orders", labels)


@pytest.mark.parametrize("n", [-1, math.nan, math.inf])
def test_a_counter_refuses_to_go_anywhere_but_up(metrics, n):
    with pytest.raises(ValueError, match="counter 'orders' only goes up"):
        metrics.counter("orders").add(n)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gauge_refuses_what_no_report_could_hold(metrics, value):
    with pytest.raises(ValueError, match="gauge 'queue' takes a finite number"):
        metrics.gauge("queue").set(value)


def test_after_a_reset_the_metrics_that_plugins_hold_stay_good(metrics):
    counter, gauge, trend = metrics.counter("c"), metrics.gauge("g"), metrics.trend("t")
    for _ in range(2):
        metrics.reset()
        assert values(metrics.totals()) == {"c": 0, "t": 0}
        counter.add(1)
        gauge.set(2)
        trend.add(3)
        metrics.cut()
    assert values(metrics.totals()) == {"c": 1, "g": 2, "t": 1}


# -- caps


def test_ten_thousand_label_sets_keep_one_thousand(metrics, caplog):
    with caplog.at_level(logging.WARNING, logger="loadhost.stats"):
        for i in range(10_000):
            metrics.counter("orders", {"id": i}).add()
    figures = metrics.cut()
    assert len(figures) == 1001
    assert sum(row.value for row in figures) == 10_000
    assert figures[-1].labels == (("__other__", "__other__"),)
    assert (len(caplog.records), metrics.capped["metric_labels"]) == (1, 9000)


def test_ten_thousand_names_keep_five_hundred_and_one_other_of_each_kind(metrics):
    for i in range(10_000):
        metrics.counter(f"counter {i}").add()
        metrics.trend(f"trend {i}").add(1.0)
    figures = metrics.totals()
    assert len(figures) == 502
    assert {(row.kind, row.labels) for row in figures if row.name == "__other__"} == {
        ("counter", (("kind", "counter"),)),
        ("trend", (("kind", "trend"),)),
    }
    assert sum(row.value for row in figures) == 20_000


def test_caps_can_be_set():
    metrics = Metrics(Caps(metrics=1, metric_labels=1))
    for name in ("a", "b"):
        for label in ("x", "y"):
            metrics.counter(name, {"label": label}).add()
    assert {(row.name, row.labels): row.value for row in metrics.cut()} == {
        ("a", (("label", "x"),)): 1,
        ("a", (("__other__", "__other__"),)): 1,
        ("__other__", (("kind", "counter"),)): 2,
    }
