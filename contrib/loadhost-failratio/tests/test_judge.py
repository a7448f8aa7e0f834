"""What becomes of one rule, window by window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import Outcome
from loadhost.stats import Histogram
from loadhost_failratio import parse_threshold
from loadhost_failratio._judge import Judge
from loadhost_failratio._stretch import BLOCKS, Rolling
from loadhost_hookspecs import MetricFigures

START = 1_700_000_000.0
Make = Callable[..., Any]


class Run:
    """A rule, and the windows of a run, one after the other. `trips`: in which window (from 1) it tripped."""

    def __init__(self, rule: str, window: Make, **settings: Any) -> None:
        self.judge = Judge(parse_threshold(rule), "--threshold", **settings)
        self.window = window
        self.clock = START
        self.count = 0
        self.trips: list[int] = []

    def see(self, *args: Any, times: int = 1, stopped_s: float | None = None, **settings: Any) -> Run:
        for _ in range(times):
            window = self.window(*args, start=self.clock, **settings)
            self.clock += window.duration
            self.count += 1
            if self.judge.see(window, stopped_s=stopped_s) is not None:
                self.trips.append(self.count)
        return self

    def end(self, *args: Any, seconds: float = 0.25, **settings: Any) -> Run:
        return self.see(*args, seconds=seconds, final=True, **settings)

    @property
    def outcome(self) -> Outcome:
        self.judge.finish()
        return self.judge.outcome

    def row(self, names: Iterable[Any] = (), metrics: Iterable[Any] = ()) -> dict[str, Any]:
        return self.judge.row(SimpleNamespace(entries=tuple(names), metrics=tuple(metrics)))  # type: ignore[arg-type]


@pytest.fixture
def run(window: Make) -> Callable[..., Run]:
    """`run("p95 < 300ms")` begins one."""
    return lambda rule, **settings: Run(rule, window, **settings)


# --- the whole run


def test_a_rule_about_the_whole_run_is_judged_at_its_end(run: Callable[..., Run]) -> None:
    """A bad second that the rest makes up for is none."""
    one = run("p95 < 300ms").see(100, ms=500).see(5000, ms=10).end(100)
    assert (one.outcome, one.trips) == (Outcome.PASSED, [])
    two = run("p95 < 300ms").see(100, ms=10).see(500, ms=500).end(100)
    assert (two.outcome, two.trips) == (Outcome.FAILED, [3])


def test_with_then_stop_it_is_judged_at_every_window(run: Callable[..., Run]) -> None:
    assert run("p95 < 300ms then stop").see(100, ms=10).see(500, ms=500).trips == [2]


def test_a_count_that_is_too_high_stays_so(run: Callable[..., Run]) -> None:
    """So there is no waiting for the end."""
    assert run("failures < 5").see(10, 3).see(10, 1).see(10, 1).trips == [3]
    assert run("failures == 0").see(10).see(10, 1).trips == [2]


def test_a_count_that_is_too_low_may_still_grow(run: Callable[..., Run]) -> None:
    assert run("requests >= 100 then stop").see(60).see(60).end().outcome is Outcome.PASSED
    assert run("requests >= 100").see(60).end(3).outcome is Outcome.FAILED


def test_a_rate_is_that_of_the_time_it_took(run: Callable[..., Run]) -> None:
    row = run("rps >= 10").see(10, times=4).end(10, seconds=1).row()
    assert (row["observed"], row["unit"]) == (10.0, "per_s")


def test_a_run_without_its_last_window_is_judged_by_the_others(run: Callable[..., Run]) -> None:
    """Nobody tells it if plugins take too long at the end."""
    assert run("avg < 100ms").see(10, ms=500).outcome is Outcome.FAILED


# --- rolling


def test_a_window_that_rolls_sees_what_the_whole_run_hides(run: Callable[..., Run]) -> None:
    """Half a minute of success does not excuse two bad seconds."""
    for rule, trips in (("fail_ratio < 10% within 2s", [31]), ("fail_ratio < 10%", [])):
        assert run(rule).see(100, times=30).see(100, 30, times=2).see(100, times=30).end(1).trips == trips


def test_what_tripped_stays_so_even_if_it_recovers(run: Callable[..., Run]) -> None:
    one = run("p95 < 300ms within 1s").see(50, ms=500).see(50, ms=1, times=20).end(50)
    assert (one.outcome, one.trips) == (Outcome.FAILED, [1])
    assert one.row()["tripped_at_s"] == START + 1


def test_for_means_without_a_break(run: Callable[..., Run]) -> None:
    one = run("rps > 50 for 3s").see(10, times=2).see(90).see(10, times=2)
    assert one.trips == []
    assert one.see(10).trips == [6]


def test_for_judges_each_second_by_itself(run: Callable[..., Run]) -> None:
    """Unless within says how many."""
    one = run("p95 < 300ms for 2s").see(100, ms=10, times=5).see(20, ms=400, times=2)
    assert one.trips == [7]
    assert one.row()["reason"] == ("p95 400 ms over the last 1 s (20 requests) is not below 300 ms, for 2s by now")


def test_seconds_with_too_little_to_judge_neither_begin_nor_end_a_breach(run: Callable[..., Run]) -> None:
    assert run("fail_ratio < 10% for 3s").see(50, 25).see(2).see(50, 25).trips == [3]


def test_after_leaves_out_what_came_before(run: Callable[..., Run]) -> None:
    """Not only its judgement: the slow warm-up is in no percentile."""
    one = run("max < 300ms after 3s").see(50, ms=900, times=3).see(50, ms=10, times=2).end(1)
    assert (one.outcome, one.row()["observed"]) == (Outcome.PASSED, 12.5)


def test_a_low_count_waits_for_its_stretch_to_be_full(run: Callable[..., Run]) -> None:
    assert run("requests >= 100 within 5s").see(30, times=4).trips == []
    assert run("requests >= 100 within 5s").see(10, times=5).trips == [5]


def test_a_rate_is_not_judged_when_users_are_being_stopped(run: Callable[..., Run]) -> None:
    one = run("rps > 50 within 2s").see(100, times=5)
    assert one.end(0, seconds=0.9, stopped_s=one.clock).outcome is Outcome.PASSED
    two = run("rps >= 50 within 2s").see(100, times=5).see(0, times=3)
    assert two.trips == [7]


def test_a_rate_of_next_to_no_time_is_none(run: Callable[..., Run]) -> None:
    """A run begins in the middle of a second."""
    assert run("rps > 50 within 1s").see(0, seconds=0.1).see(100).end(30).outcome is Outcome.PASSED


def test_a_window_longer_than_the_whole_stretch_is_still_judged(run: Callable[..., Run]) -> None:
    """A second that took three (a stopped machine) is not thrown away."""
    assert run("fail_ratio < 10% within 1s").see(60, 20, seconds=3.0).trips == [1]


# --- what is measured


def test_quantities_of_times(run: Callable[..., Run]) -> None:
    times = [float(ms) for ms in range(1, 101)]
    for quantity, value in {"avg": 50.5, "min": 1, "max": 100, "median": 50, "p50": 50, "p95": 95, "p99": 99}.items():
        observed = run(f"{quantity} < 1us").see(100, ms=times).end(0).row()["observed"]
        assert observed == pytest.approx(value, rel=0.01)


def test_service_time_is_another_clock(run: Callable[..., Run]) -> None:
    assert run("service.p95 < 100ms").see(50, ms=900, service_ms=20.0).end(0).row()["observed"] == pytest.approx(
        20, 0.01
    )


def test_a_selector_takes_what_matches(run: Callable[..., Run], entry: Make) -> None:
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


def test_a_selected_name_that_falls_silent_has_a_rate_of_zero(run: Callable[..., Run], entry: Make) -> None:
    one = run("rps{name=/a} > 5 for 2s").see(entries=[entry(10, name="/a", method="GET")]).see(10, times=2)
    assert (one.trips, one.row()["observed"]) == ([3], 0.0)


def metric(kind: str, value: float, times: Iterable[float] = (), name: str = "x", **labels: str) -> MetricFigures:
    histogram = None
    if kind == "trend":
        histogram = Histogram()
        for ms in times:
            histogram.record(ms)
        value = histogram.count
    return MetricFigures(name, tuple(sorted(labels.items())), kind, value, histogram)


def test_a_counter_is_what_was_added_or_its_rate(run: Callable[..., Run]) -> None:
    seconds = [[metric("counter", 3.0, shop="a"), metric("counter", 2.0, shop="b")], [metric("counter", 5.0, shop="a")]]
    for rule, value in {
        "metric:x < 1": 10.0, "metric:x{shop=a} < 1": 8.0, "metric:x.rate < 1": 4.0,
    }.items():  # fmt: skip
        one = run(rule)
        for metrics in seconds:
            one.see(metrics=metrics)
        assert one.end(seconds=0.5).row()["observed"] == value


def test_a_gauge_is_its_last_value_or_its_extremes(run: Callable[..., Run]) -> None:
    for rule, value in {"": 4.0, ".max": 9.0, ".min": 1.0, ".avg": 4.5}.items():
        one = run(f"metric:x{rule} < 0")
        for number in (4.0, 9.0, 1.0, 4.0):
            one.see(metrics=[metric("gauge", number)])
        assert one.row()["observed"] == value


def test_of_several_gauges_each_must_keep_the_rule(run: Callable[..., Run]) -> None:
    both = [metric("gauge", 2.0, of="a"), metric("gauge", 8.0, of="b")]
    assert run("metric:x < 5").see(metrics=both).end(metrics=both).outcome is Outcome.FAILED
    assert run("metric:x > 5").see(metrics=both).end(metrics=both).outcome is Outcome.FAILED


def test_a_trend_has_the_figures_of_times(run: Callable[..., Run]) -> None:
    one = run("metric:x.p95 < 50ms").see(metrics=[metric("trend", 0, [float(ms) for ms in range(1, 101)])]).end()
    assert one.row()["observed"] == pytest.approx(95, rel=0.01)
    assert one.row()["reason"] == "metric:x.p95 94.98 ms over the whole run (100 values) is not below 50 ms"
    assert run("metric:x.count < 9").see(metrics=[metric("trend", 0, [1.0, 2.0])]).end().row()["observed"] == 2


# --- not judged


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("p99 < 1s", "p99 could not be judged: never more than 60 requests in the whole run, it needs 100"),
        ("p99 < 1s within 2s", "p99 could not be judged: never more than 30 requests in 2 s, it needs 100"),
        ("p95 < 1s after 1h", "p95 could not be judged: the run was over before its 'after 3600s'"),
        ("rps > 1 for 1m", "rps could not be judged: it was judged for 4 s, and 'for 60s' needs more"),
        ("avg{name=/chekout} < 1s", "no request has the name '/chekout'; did you mean /checkout?"),
        ("avg{method=PUT} < 1s", "no request has the method 'PUT'; there are GET, POST"),
        ("avg{name=/checkout, method=GET} < 1s", "these names and methods do not come together"),
        ("metric:order < 1", "there is no metric 'order'; did you mean orders?"),
        ("metric:orders{a=b} < 1", "the metric 'orders' had no values with these labels"),
        ("metric:orders.p95 < 1s", "the metric 'orders' is a counter: a rule can be about its value or rate"),
    ],
)
def test_a_rule_that_could_not_be_judged_says_why(run: Callable[..., Run], entry: Make, rule: str, reason: str) -> None:
    """And counts as failed."""
    parts = [entry(10, name="/checkout", method="POST"), entry(5, name="/", method="GET")]
    orders = metric("counter", 2.0, name="orders")
    one = run(rule).see(15, entries=parts, metrics=[orders], times=4)
    row = one.row(parts, [orders])
    assert (one.outcome, row["outcome"]) == (Outcome.NOT_JUDGED, "not judged")
    assert reason in row["reason"]


def test_nothing_at_all_is_no_success(run: Callable[..., Run]) -> None:
    """But a rule about how many requests there were has its answer."""
    for rule in ("p95 < 1s", "fail_ratio < 1%", "failures < 5", "max < 1s"):
        assert run(rule).see(times=3).end().outcome is Outcome.NOT_JUDGED
    assert run("rps > 5").see(times=3).end().outcome is Outcome.FAILED


def test_a_warning_fails_nothing(run: Callable[..., Run]) -> None:
    assert run("p95 < 1ms then warn").see(50).end().outcome is Outcome.DOUBTFUL
    assert run("p95 < 1ms then warn").see(5).end().outcome is Outcome.DOUBTFUL
    assert run("p95 < 1s then warn").see(50).end().outcome is Outcome.PASSED


# --- rows and words


def test_a_row_has_the_rule_the_figures_and_the_reason(run: Callable[..., Run]) -> None:
    row = run("p95{name=Aggregated} < 2s then stop", min_samples=0).judge.row(None)
    assert set(row) == {
        "rule", "outcome", "observed", "limit", "unit", "reason", "tripped_at_s", "source", "samples",
    }  # fmt: skip
    row = run("fail_ratio < 1%").see(200, 8).end().row()
    assert (row["observed"], row["limit"], row["unit"], row["samples"]) == (0.04, 0.01, "ratio", 200)
    assert row["reason"] == "fail ratio 4.0 % over the whole run (8 of 200 requests) is not below 1 %"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("max < 2s", "max 2.5 s over the whole run (40 requests) is not below 2 s"),
        ("max <= 2499.9ms", "max 2,500 ms over the whole run (40 requests) is above 2,499.9 ms"),
        ("max < 2500us", "max 2,500,000 us over the whole run (40 requests) is not below 2,500 us"),
        ("failures < 3", "failures 4 over the whole run (of 40 requests) is not below 3"),
        ("requests >= 50", "requests 40 over the whole run is below 50"),
        ("rps > 100", "rps 32/s over the whole run (40 requests) is not above 100/s"),
        ("failures == 0", "failures 4 over the whole run (of 40 requests) is not 0"),
    ],
)
def test_a_reason_is_a_sentence_in_the_units_of_the_rule(run: Callable[..., Run], rule: str, reason: str) -> None:
    row = run(rule).see(40, 4, ms=2500.0).end().row()
    assert row["reason"] == reason


def test_a_figure_that_is_hardly_over_is_not_shown_as_the_limit(run: Callable[..., Run]) -> None:
    """ "300 ms is not below 300 ms" would be true as well, but 300.004 is above."""
    assert "max 300.004 ms" in run("max <= 300ms").see(40, ms=300.004).end().row()["reason"]


def test_a_kept_rule_says_how_near_it_was(run: Callable[..., Run]) -> None:
    one = run("fail_ratio < 10% within 1s").see(100, 3).see(100, 1).end(100)
    assert one.row()["reason"] == "highest fail ratio 3.0 % over the last 1 s (3 of 100 requests), limit 10 %"
    assert run("rps > 5 within 1s").see(30).see(20).row()["reason"].startswith("lowest rps 20/s over the last 1 s")


def test_a_reset_forgets_the_sums_but_no_trip(run: Callable[..., Run]) -> None:
    one = run("failures < 5").see(10, 4)
    one.judge.forget()
    assert one.see(10, 4).trips == []
    one.see(10, 4)
    one.judge.forget()
    assert one.outcome is Outcome.FAILED


def test_the_next_run_begins_anew(run: Callable[..., Run]) -> None:
    one = run("failures < 5").see(10, 9)
    one.judge.rearm()
    assert one.see(10, 4).end().outcome is Outcome.PASSED


# --- arithmetic of the rolling stretch


@given(
    parts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.9, 1.1)), min_size=1, max_size=60),
    span_s=st.integers(1, 20),
)
def test_the_sum_is_always_that_of_the_newest_windows(
    window: Make, parts: list[tuple[int, int, float]], span_s: int
) -> None:
    """Whatever comes, it equals the sum over some number of newest windows, within a window of the stretch."""
    from loadhost_failratio._parts import part_of

    rule, rolling = parse_threshold("fail_ratio < 1%"), Rolling(span_s)
    for good, bad, seconds in parts:
        part = rolling.add(part_of(window(good + bad, bad, seconds), rule))
    sums = [
        (sum(bad for _, bad, _ in parts[start:]), sum(good + bad for good, bad, _ in parts[start:]))
        for start in range(len(parts))
    ]
    assert (part.failures, part.requests) in sums
    assert part.seconds <= span_s + 0.6 or len(parts) == 1


def test_windows_that_last_a_little_longer_than_a_second_still_make_ten(run: Callable[..., Run]) -> None:
    """A clock that drifts by a millisecond does not shorten the window to nine."""
    one = run("requests < 99 within 10s").see(1, times=30, seconds=1.001)
    assert one.judge.latest is not None
    assert one.judge.latest.value == 10


def test_a_long_stretch_is_kept_in_few_blocks(window: Make) -> None:
    """An hour of windows is added up in no time, to a sixtieth of an hour."""
    from loadhost_failratio._parts import part_of

    rule, rolling = parse_threshold("p95 < 1s"), Rolling(3600)
    for _ in range(4000):
        part = rolling.add(part_of(window(1), rule))
    assert rolling.blocks <= BLOCKS + 1
    assert 3570 <= part.requests <= 3630


@given(st.lists(st.lists(st.floats(0.1, 1000), max_size=5), min_size=1, max_size=40), st.integers(1, 12))
def test_its_percentiles_are_those_of_the_newest_windows(window: Make, seconds: list[list[float]], span_s: int) -> None:
    """However windows have come and gone: the histogram is the sum of those that are left, exactly."""
    from loadhost_failratio._parts import part_of

    rule, rolling = parse_threshold("p95 < 1s"), Rolling(span_s)
    for times in seconds:
        part = rolling.add(part_of(window(len(times), ms=times), rule))
    expected = Histogram()
    for ms in (ms for times in seconds[-span_s:] for ms in times):
        expected.record(ms)
    assert part.times == expected
    assert part.seconds == min(len(seconds), span_s)
