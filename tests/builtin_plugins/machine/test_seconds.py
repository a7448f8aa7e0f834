"""The record of a run's seconds: whose fault lateness is, and which lag is the lag of the run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost_builtins.machine._seconds import LagBook, Record, Second

SATURATED = Second(1.0, requests=10, due=10, schedule_ms=800, hub_ms=30, own_hub_ms=30, cpu=0.98)


def test_lateness_is_the_generators_when_it_has_no_cpu_time_left() -> None:
    """Its queue of arrivals grows, whatever the hub's own lag."""
    assert SATURATED.is_pegged
    assert SATURATED.generator_late_ms == SATURATED.own_late_ms == 800


def test_lateness_with_cpu_time_left_is_the_systems_but_for_the_hubs_lag() -> None:
    """A paced iteration that took long, a login."""
    second = Second(1.0, requests=10, due=10, schedule_ms=800, hub_ms=2, own_hub_ms=1, cpu=0.3)
    assert not second.is_pegged
    assert (second.generator_late_ms, second.own_late_ms) == (2, 1)


def test_lateness_is_shared_with_those_who_took_the_cpu() -> None:
    """In the proportion of what each had."""
    second = Second(1.0, requests=10, due=10, schedule_ms=800, cpu=0.25, waited=0.75)
    assert second.is_pegged
    assert second.own_late_ms == pytest.approx(200)


def test_who_needs_little_cpu_is_not_pegged_however_much_others_take() -> None:
    """It had some left."""
    assert not Second(1.0, cpu=0.1, waited=0.6).is_pegged


@pytest.mark.parametrize(("late_for", "counts"), [(1, False), (3, True), (30, True)])
def test_a_lag_counts_once_it_was_there_for_long_enough(late_for: int, counts: bool) -> None:
    """A hiccup at the start of a short run is none, even where a tenth of all requests saw it."""
    book = LagBook()
    for second in range(30):
        book.add(100.0 if second < late_for else 0.0, 1.0, 10)
    assert (book.lag_ms(0.99, for_s=3.0, of=300) > 90) is counts
    assert book.lag_ms(0.99, for_s=1.0, of=300) > 90


def test_a_lag_that_few_requests_saw_does_not_count() -> None:
    """The first users of a run log in while hardly anybody is there."""
    book = LagBook()
    for _ in range(5):
        book.add(500.0, 1.0, 1)
    for _ in range(100):
        book.add(1.0, 1.0, 50)
    assert book.lag_ms(0.99, for_s=3.0, of=5005) == pytest.approx(1.0, rel=0.05)
    assert book.lag_ms(0.9999, for_s=3.0, of=5005) == pytest.approx(500, rel=0.05)


def test_a_lag_that_is_in_the_times_of_few_requests_does_not_count() -> None:
    """New connections at the start of a run, in which all other requests are timed by the kernel's clock."""
    record = Record()
    for number in range(10):
        record.add(Second(1.0, requests=100, unclocked=30 if number == 0 else 0, hub_ms=50, own_hub_ms=50))
    assert record.hub.lag_ms(0.99, for_s=1.0, of=record.requests) == pytest.approx(50, rel=0.05)
    assert record.own_hub.lag_ms(0.99, for_s=3.0, of=record.requests) == 0.0


def test_seconds_in_which_nothing_ended_say_nothing() -> None:
    """There were no times to falsify."""
    book = LagBook()
    book.add(500.0, 10.0, 0)
    assert book.lag_ms(0.99, for_s=1.0, of=100) == 0.0


@given(lags=st.lists(st.floats(0, 1e7), min_size=1), at=st.integers(0), more=st.floats(0, 1e6))
def test_more_lag_in_a_second_never_makes_less_in_the_run(lags: list[float], at: int, more: float) -> None:
    """And the size of the book is bounded by its steps."""

    def total(values: list[float]) -> float:
        book = LagBook()
        for value in values:
            book.add(value, 1.0, 5)
        assert len(book._rows) <= 500
        return book.lag_ms(0.9, for_s=2.0, of=5 * len(values))

    before = total(lags)
    lags[at % len(lags)] += more
    assert total(lags) >= before


def test_the_record_knows_shares_of_the_time() -> None:
    """And what was dropped while there was no CPU time left."""
    record = Record()
    record.add(SATURATED)
    record.add(Second(3.0, requests=5, dropped=7, cpu=0.02, waited=0.5))
    record.add(Second(1.0, requests=5, dropped=8, cpu=0.5, waited=0.5))
    assert record.share(record.pegged_s) == pytest.approx(2 / 5)
    assert record.share(record.waited_s) == pytest.approx(2 / 5)
    assert record.dropped_while_pegged == 4
