"""What becomes of one rule, window by window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from loadhost import Outcome

START = 1_700_000_000.0
Make = Callable[..., Any]


# --- the whole run


def test_a_rule_about_the_whole_run_is_judged_at_its_end(run: Make) -> None:
    """A bad second that the rest makes up for is none."""
    one = run("p95 < 300ms").see(100, ms=500).see(5000, ms=10).end(100)
    assert (one.outcome, one.trips) == (Outcome.PASSED, [])
    two = run("p95 < 300ms").see(100, ms=10).see(500, ms=500).end(100)
    assert (two.outcome, two.trips) == (Outcome.FAILED, [3])


def test_with_then_stop_it_is_judged_at_every_window(run: Make) -> None:
    assert run("p95 < 300ms then stop").see(100, ms=10).see(500, ms=500).trips == [2]


def test_a_count_that_is_too_high_stays_so(run: Make) -> None:
    """So there is no waiting for the end."""
    assert run("failures < 5").see(10, 3).see(10, 1).see(10, 1).trips == [3]
    assert run("failures == 0").see(10).see(10, 1).trips == [2]


def test_a_count_that_is_too_low_may_still_grow(run: Make) -> None:
    assert run("requests >= 100 then stop").see(60).see(60).end().outcome is Outcome.PASSED
    assert run("requests >= 100").see(60).end(3).outcome is Outcome.FAILED


def test_a_rate_is_that_of_the_time_it_took(run: Make) -> None:
    row = run("rps >= 10").see(10, times=4).end(10, seconds=1).row()
    assert (row["observed"], row["unit"]) == (10.0, "per_s")


def test_a_run_without_its_last_window_is_judged_by_the_others(run: Make) -> None:
    """Nobody tells it if plugins take too long at the end."""
    assert run("avg < 100ms").see(10, ms=500).outcome is Outcome.FAILED


# --- rolling


def test_a_window_that_rolls_sees_what_the_whole_run_hides(run: Make) -> None:
    """Half a minute of success does not excuse two bad seconds."""
    for rule, trips in (("fail_ratio < 10% within 2s", [31]), ("fail_ratio < 10%", [])):
        assert run(rule).see(100, times=30).see(100, 30, times=2).see(100, times=30).end(1).trips == trips


def test_what_tripped_stays_so_even_if_it_recovers(run: Make) -> None:
    one = run("p95 < 300ms within 1s").see(50, ms=500).see(50, ms=1, times=20).end(50)
    assert (one.outcome, one.trips) == (Outcome.FAILED, [1])
    assert one.row()["tripped_at_s"] == START + 1


def test_for_means_without_a_break(run: Make) -> None:
    one = run("rps > 50 for 3s").see(10, times=2).see(90).see(10, times=2)
    assert one.trips == []
    assert one.see(10).trips == [6]


def test_for_judges_each_second_by_itself(run: Make) -> None:
    """Unless within says how many."""
    one = run("p95 < 300ms for 2s").see(100, ms=10, times=5).see(20, ms=400, times=2)
    assert one.trips == [7]
    assert one.row()["reason"] == ("p95 400 ms over the last 1 s (20 requests) is not below 300 ms, for 2s by now")


def test_seconds_with_too_little_to_judge_neither_begin_nor_end_a_breach(run: Make) -> None:
    assert run("fail_ratio < 10% for 3s").see(50, 25).see(2).see(50, 25).trips == [3]


def test_after_leaves_out_what_came_before(run: Make) -> None:
    """Not only its judgement: the slow warm-up is in no percentile."""
    one = run("max < 300ms after 3s").see(50, ms=900, times=3).see(50, ms=10, times=2).end(1)
    assert (one.outcome, one.row()["observed"]) == (Outcome.PASSED, 12.5)


def test_a_low_count_waits_for_its_stretch_to_be_full(run: Make) -> None:
    assert run("requests >= 100 within 5s").see(30, times=4).trips == []
    assert run("requests >= 100 within 5s").see(10, times=5).trips == [5]


def test_a_rate_is_not_judged_when_users_are_being_stopped(run: Make) -> None:
    one = run("rps > 50 within 2s").see(100, times=5)
    assert one.end(0, seconds=0.9, stopped_s=one.clock).outcome is Outcome.PASSED
    two = run("rps >= 50 within 2s").see(100, times=5).see(0, times=3)
    assert two.trips == [7]


def test_a_rate_of_next_to_no_time_is_none(run: Make) -> None:
    """A run begins in the middle of a second."""
    assert run("rps > 50 within 1s").see(0, seconds=0.1).see(100).end(30).outcome is Outcome.PASSED


def test_a_window_longer_than_the_whole_stretch_is_still_judged(run: Make) -> None:
    """A second that took three (a stopped machine) is not thrown away."""
    assert run("fail_ratio < 10% within 1s").see(60, 20, seconds=3.0).trips == [1]


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
def test_a_rule_that_could_not_be_judged_says_why(run: Make, entry: Make, metric: Make, rule: str, reason: str) -> None:
    """And counts as failed."""
    parts = [entry(10, name="/checkout", method="POST"), entry(5, name="/", method="GET")]
    orders = metric("counter", 2.0, name="orders")
    one = run(rule).see(15, entries=parts, metrics=[orders], times=4)
    row = one.row(parts, [orders])
    assert (one.outcome, row["outcome"]) == (Outcome.NOT_JUDGED, "not judged")
    assert reason in row["reason"]


def test_nothing_at_all_is_no_success(run: Make) -> None:
    """But a rule about how many requests there were has its answer."""
    for rule in ("p95 < 1s", "fail_ratio < 1%", "failures < 5", "max < 1s"):
        assert run(rule).see(times=3).end().outcome is Outcome.NOT_JUDGED
    assert run("rps > 5").see(times=3).end().outcome is Outcome.FAILED


def test_a_warning_fails_nothing(run: Make) -> None:
    assert run("p95 < 1ms then warn").see(50).end().outcome is Outcome.DOUBTFUL
    assert run("p95 < 1ms then warn").see(5).end().outcome is Outcome.DOUBTFUL
    assert run("p95 < 1s then warn").see(50).end().outcome is Outcome.PASSED


# --- rows and words


def test_a_row_has_the_rule_the_figures_and_the_reason(run: Make) -> None:
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
def test_a_reason_is_a_sentence_in_the_units_of_the_rule(run: Make, rule: str, reason: str) -> None:
    row = run(rule).see(40, 4, ms=2500.0).end().row()
    assert row["reason"] == reason


def test_a_figure_that_is_hardly_over_is_not_shown_as_the_limit(run: Make) -> None:
    """ "300 ms is not below 300 ms" would be true as well, but 300.004 is above."""
    assert "max 300.004 ms" in run("max <= 300ms").see(40, ms=300.004).end().row()["reason"]


def test_a_kept_rule_says_how_near_it_was(run: Make) -> None:
    one = run("fail_ratio < 10% within 1s").see(100, 3).see(100, 1).end(100)
    assert one.row()["reason"] == "highest fail ratio 3.0 % over the last 1 s (3 of 100 requests), limit 10 %"
    assert run("rps > 5 within 1s").see(30).see(20).row()["reason"].startswith("lowest rps 20/s over the last 1 s")


def test_a_reset_forgets_the_sums_but_no_trip(run: Make) -> None:
    one = run("failures < 5").see(10, 4)
    one.judge.forget()
    assert one.see(10, 4).trips == []
    one.see(10, 4)
    one.judge.forget()
    assert one.outcome is Outcome.FAILED


def test_the_next_run_begins_anew(run: Make) -> None:
    one = run("failures < 5").see(10, 9)
    one.judge.rearm()
    assert one.see(10, 4).end().outcome is Outcome.PASSED
