"""What a rule can be about: requests, times, names, and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from loadhost import Outcome

Make = Callable[..., Any]


def test_quantities_of_times(run: Make) -> None:
    times = [float(ms) for ms in range(1, 101)]
    for quantity, value in {"avg": 50.5, "min": 1, "max": 100, "median": 50, "p50": 50, "p95": 95, "p99": 99}.items():
        observed = run(f"{quantity} < 1us").see(100, ms=times).end(0).row()["observed"]
        assert observed == pytest.approx(value, rel=0.01)


def test_service_time_is_another_clock(run: Make) -> None:
    assert run("service.p95 < 100ms").see(50, ms=900, service_ms=20.0).end(0).row()["observed"] == pytest.approx(
        20, 0.01
    )


def test_a_selector_takes_what_matches(run: Make, entry: Make) -> None:
    """Several values of a key mean any of them, different keys must all fit."""
    parts = [
        entry(10, 1, name="/a", method="GET"),
        entry(20, 2, name="/a", method="POST"),
        entry(40, 4, name="/b", method="GET"),
    ]
    for selector, count in {
        "name=/a": 30,
        "method=GET": 50,
        "name=/a, method=GET": 10,
        "name=/a, name=/b": 70,
        "name=/a, name=/b, method=GET": 50,
    }.items():
        assert run(f"requests{{{selector}}} < 1").see(70, entries=parts).row()["observed"] == count


def test_a_selected_name_that_falls_silent_has_a_rate_of_zero(run: Make, entry: Make) -> None:
    one = run("rps{name=/a} > 5 for 2s").see(entries=[entry(10, name="/a", method="GET")]).see(10, times=2)
    assert (one.trips, one.row()["observed"]) == ([3], 0.0)


def test_a_counter_is_what_was_added_or_its_rate(run: Make, metric: Make) -> None:
    seconds = [[metric("counter", 3.0, shop="a"), metric("counter", 2.0, shop="b")], [metric("counter", 5.0, shop="a")]]
    for rule, value in {
        "metric:x < 1": 10.0, "metric:x{shop=a} < 1": 8.0, "metric:x.rate < 1": 4.0,
    }.items():  # fmt: skip
        one = run(rule)
        for metrics in seconds:
            one.see(metrics=metrics)
        assert one.end(seconds=0.5).row()["observed"] == value


def test_a_gauge_is_its_last_value_or_its_extremes(run: Make, metric: Make) -> None:
    for rule, value in {"": 4.0, ".max": 9.0, ".min": 1.0, ".avg": 4.5}.items():
        one = run(f"metric:x{rule} < 0")
        for number in (4.0, 9.0, 1.0, 4.0):
            one.see(metrics=[metric("gauge", number)])
        assert one.row()["observed"] == value


def test_of_several_gauges_each_must_keep_the_rule(run: Make, metric: Make) -> None:
    both = [metric("gauge", 2.0, of="a"), metric("gauge", 8.0, of="b")]
    assert run("metric:x < 5").see(metrics=both).end(metrics=both).outcome is Outcome.FAILED
    assert run("metric:x > 5").see(metrics=both).end(metrics=both).outcome is Outcome.FAILED


def test_a_trend_has_the_figures_of_times(run: Make, metric: Make) -> None:
    one = run("metric:x.p95 < 50ms").see(metrics=[metric("trend", 0, [float(ms) for ms in range(1, 101)])]).end()
    assert one.row()["observed"] == pytest.approx(95, rel=0.01)
    assert one.row()["reason"] == "metric:x.p95 94.98 ms over the whole run (100 values) is not below 50 ms"
    assert run("metric:x.count < 9").see(metrics=[metric("trend", 0, [1.0, 2.0])]).end().row()["observed"] == 2
