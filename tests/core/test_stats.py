"""Stats: what is counted, and how it reads. By Locust's names, in ms, right below a millisecond."""

from __future__ import annotations

import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost.exception import CatchResponseError
from loadhost.stats import Caps, Histogram, Stats, error_text


@pytest.fixture
def stats() -> Stats:
    return Stats()


def ok(stats: Stats, ms: float = 10.0, name: str = "/", method: str = "GET", length: int = 100) -> None:
    stats.record(name, method, ms, ms, length, None)


def fail(stats: Stats, error: BaseException | str = "no", name: str = "/", method: str = "GET") -> None:
    stats.record(name, method, 10.0, 10.0, 0, error)


# -- reading, as in Locust


def test_the_seeds_guard_reads_the_fail_ratio_of_the_total(stats):
    for _ in range(3):
        ok(stats)
    fail(stats, name="/other")
    assert stats.total.fail_ratio == 0.25


def test_requests_are_counted_by_name_and_method(stats):
    ok(stats, method="GET")
    ok(stats, method="POST")
    fail(stats, method="POST")
    assert {key: entry.num_requests for key, entry in stats.entries.items()} == {("/", "GET"): 1, ("/", "POST"): 2}
    assert stats.entries["/", "POST"].num_failures == 1


def test_an_entry_reads_its_times_in_milliseconds(stats):
    for ms in (1.0, 2.0, 3.0, 10.0):
        ok(stats, ms)
    entry = stats.get("/", "GET")
    assert (entry.min_response_time, entry.max_response_time, entry.avg_response_time) == (1.0, 10.0, 4.0)
    assert entry.median_response_time == pytest.approx(2.0, rel=0.008)
    assert entry.get_response_time_percentile(0.75) == pytest.approx(3.0, rel=0.008)
    assert entry.get_response_time_percentile(1.0) == 10.0


def test_times_below_a_millisecond_are_not_zero(stats):
    ok(stats, 0.25)
    entry = stats.get("/", "GET")
    assert (entry.median_response_time, entry.avg_response_time, entry.min_response_time) == (0.25, 0.25, 0.25)


def test_content_lengths_add_up(stats):
    ok(stats, length=100)
    ok(stats, length=50)
    assert (stats.total.total_content_length, stats.total.avg_content_length) == (150, 75.0)


def test_the_total_is_called_aggregated_and_has_no_method(stats):
    assert (stats.total.name, stats.total.method) == ("Aggregated", "")


def test_without_requests_everything_reads_zero(stats):
    total = stats.total
    read = (total.num_requests, total.fail_ratio, total.avg_response_time, total.min_response_time)
    assert read == (0, 0.0, 0.0, 0.0)
    assert (total.median_response_time, total.total_rps, total.current_rps, total.avg_content_length) == (0, 0, 0, 0)
    assert total.last_request_timestamp is None


def test_locusts_shortcuts_on_stats_read_the_total(stats):
    ok(stats)
    fail(stats)
    assert (stats.num_requests, stats.num_failures, stats.num_none_requests) == (2, 1, 0)


def test_get_of_an_unknown_name_is_an_empty_entry_and_keeps_nothing(stats):
    entry = stats.get("/nowhere", "GET")
    assert (entry.num_requests, dict(stats.entries)) == (0, {})


def test_an_entry_is_live_even_if_it_was_asked_for_before_its_first_request(stats):
    entry = stats.get("/", "GET")
    ok(stats)
    assert entry.num_requests == 1


def test_reading_is_the_same_before_and_after_a_window_is_closed(stats):
    ok(stats, 3.0)
    fail(stats)
    before = stats.totals_figures(), stats.entry_figures()
    stats.close_window(0.0, 1.0)
    assert (stats.totals_figures(), stats.entry_figures()) == before


def test_figures_are_frozen(stats):
    ok(stats)
    figures = stats.totals_figures()
    ok(stats)
    assert (figures.requests, figures.response_times.count) == (1, 1)


def test_entry_figures_are_sorted(stats):
    for name in "cab":
        ok(stats, name=name)
    assert [figures.name for figures in stats.entry_figures()] == ["a", "b", "c"]


# -- the two latencies


def test_service_time_is_kept_apart_where_it_differs(stats):
    stats.record("/", "GET", 50.0, 5.0, 0)
    ok(stats, 7.0)
    figures = stats.totals_figures()
    assert (figures.response_times.min, figures.response_times.max) == (7.0, 50.0)
    assert (figures.service_times.min, figures.service_times.max) == (5.0, 7.0)
    assert figures.requests == figures.service_times.count == 2


def test_a_closed_workload_has_one_histogram_for_both(stats):
    """Half the memory, half the work."""
    ok(stats)
    figures = stats.totals_figures()
    assert figures.service_times is figures.response_times


times_ms = st.floats(-10, 100_000) | st.sampled_from([0.0, -1.0, 1e12, math.nan, math.inf, -math.inf])


@given(st.lists(times_ms))
def test_recording_written_out_equals_the_histograms_own(times):
    """The hot path has its own copy of the formula."""
    stats, histogram = Stats(), Histogram()
    for ms in times:
        ok(stats, ms)
        histogram.record(ms)
    assert stats.total.response_times == stats.total.service_times == histogram


# -- what is no request


def test_interrupted_and_retried_are_no_requests(stats):
    stats.interrupted("/", "GET")
    stats.retried("/", "GET")
    stats.retried("/", "GET")
    stats.close_window(0.0, 1.0)
    total = stats.total
    assert (total.num_requests, total.interrupted, total.retried) == (0, 1, 2)
    assert stats.get("/", "GET").figures().retried == 2


# -- rates


def test_current_rps_covers_the_last_ten_seconds(stats):
    for second in range(20):
        for _ in range(second):
            ok(stats)
        stats.close_window(1000.0 + second, 1.0)
    assert stats.total.current_rps == sum(range(10, 20)) / 10
    assert stats.get("/", "GET").current_rps == stats.total.current_rps
    assert stats.get("/nowhere", "GET").current_rps == 0.0


def test_current_rates_count_seconds_without_traffic(stats):
    ok(stats)
    fail(stats)
    stats.close_window(1000.0, 1.0)
    stats.close_window(1001.0, 1.0)
    assert (stats.total.current_rps, stats.total.current_fail_per_sec) == (1.0, 0.5)
    assert stats.get("/", "GET").current_fail_per_sec == 0.5


def test_current_percentiles_forget_what_is_older(stats):
    ok(stats, 900.0)
    stats.close_window(1000.0, 10.0)
    ok(stats, 5.0)
    stats.close_window(1010.0, 10.0)
    assert stats.total.get_current_response_time_percentile(1.0) == 5.0
    assert stats.total.get_response_time_percentile(1.0) == 900.0


def test_total_rps_runs_from_the_start_to_the_last_window_with_traffic(stats):
    stats.start_time = 1000.0
    for _ in range(8):
        ok(stats)
    fail(stats)
    fail(stats)
    stats.close_window(1000.0, 5.0)
    stats.close_window(1005.0, 5.0)
    assert (stats.total.total_rps, stats.total.total_fail_per_sec) == (2.0, 0.4)
    assert stats.last_request_timestamp == stats.get("/", "GET").last_request_timestamp == 1005.0


def test_the_last_request_of_the_open_window_is_of_now(stats):
    ok(stats)
    assert stats.total.last_request_timestamp >= stats.start_time


# -- errors


def test_errors_are_grouped_by_name_method_and_text(stats):
    fail(stats, ValueError("boom"))
    fail(stats, ValueError("boom"))
    fail(stats, ValueError("boom"), method="POST")
    fail(stats, "said the loadfile")
    counts = {key: row.count for key, row in stats.errors.items()}
    assert counts == {
        ("/", "GET", "ValueError('boom')"): 2,
        ("/", "POST", "ValueError('boom')"): 1,
        ("/", "GET", "said the loadfile"): 1,
    }


def test_error_counts_begin_with_the_most_frequent(stats):
    fail(stats, "rare")
    fail(stats, "often")
    fail(stats, "often")
    assert [(row.error, row.count) for row in stats.error_counts()] == [("often", 2), ("rare", 1)]


def test_an_error_knows_when_it_came_first_and_last(stats):
    fail(stats)
    first = stats.error_counts()[0]
    fail(stats)
    row = stats.error_counts()[0]
    assert row.first_s == first.first_s <= row.last_s


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CatchResponseError("wrong body"), "CatchResponseError('wrong body')"),
        ("as it is", "as it is"),
        (OSError("<Connection object at 0x7f3a4b5c6d7e>: refused"), "OSError('<Connection object at 0x...>: refused')"),
        (ValueError("flag 0x1F"), "ValueError('flag 0x1F')"),
    ],
)
def test_an_error_text_names_the_class_and_no_address(error, text):
    assert error_text(error) == text


def test_an_error_text_is_at_most_500_characters_long():
    text = error_text(ValueError("x" * 10_000))
    assert (len(text), text.endswith("...")) == (500, True)


def test_an_exception_whose_repr_fails_is_counted_all_the_same(stats):
    class Odd(Exception):
        def __repr__(self):
            raise RuntimeError

    fail(stats, Odd())
    assert [row.error for row in stats.error_counts()] == ["Odd(<its repr() fails>)"]


def test_exceptions_of_tasks_keep_the_first_traceback_and_all_nodes(stats):
    stats.log_exception("Shopper", ValueError("x"), "first traceback", "worker-2")
    stats.log_exception("Shopper", ValueError("x"), "second traceback", "worker-1")
    stats.log_exception("Visitor", ValueError("x"), "third traceback")
    row, other = stats.exception_counts()
    assert (row.user_class, row.message, row.count) == ("Shopper", "ValueError('x')", 2)
    assert (row.traceback, row.nodes) == ("first traceback", ("worker-1", "worker-2"))
    assert (other.user_class, other.nodes) == ("Visitor", ("local",))


# -- reset


def test_reset_brings_everything_back_to_nothing(stats):
    entry, before = stats.get("/", "GET"), stats.start_time
    ok(stats)
    fail(stats)
    stats.log_exception("User", ValueError("x"), "", "local")
    stats.close_window(0.0, 1.0)
    ok(stats)
    stats.reset()
    assert (stats.total.num_requests, entry.num_requests, dict(stats.entries)) == (0, 0, {})
    assert (len(stats.windows), len(stats.timeline), stats.errors, stats.exceptions) == (0, 0, {}, {})
    assert stats.start_time >= before
    assert stats.total.last_request_timestamp is None


def test_after_a_reset_counting_goes_on(stats):
    ok(stats)
    stats.reset()
    ok(stats)
    stats.close_window(0.0, 1.0)
    assert (stats.total.num_requests, stats.get("/", "GET").num_requests) == (1, 1)


# -- caps: a month has the memory of an hour


def test_ten_thousand_names_keep_two_thousand(stats):
    for i in range(10_000):
        ok(stats, name=f"/item/{i}")
    window = stats.close_window(0.0, 1.0)
    assert len(stats.entries) == len(window.entries) == 2001
    assert stats.get("__other__", "GET").num_requests == stats.capped["names"] == 8000
    assert stats.total.num_requests == 10_000


def test_ten_thousand_methods_keep_one_hundred_beyond_the_names():
    """A custom client may make its request types of ids, too."""
    stats = Stats(Caps(names=5))
    for i in range(10_000):
        stats.record("/", f"call {i}", 1.0, 1.0, 0, "no")
    assert len(stats.entries) == 5 + 100 + 1
    assert (
        stats.get("__other__", "__other__").num_failures == stats.errors["__other__", "__other__", "no"].count == 9895
    )
    assert stats.total.num_requests == 10_000


def test_ten_thousand_error_texts_keep_one_thousand(stats):
    for i in range(10_000):
        fail(stats, ValueError(f"order {i}"))
    assert len(stats.errors) == 1001
    assert stats.errors["/", "GET", "__other__"].count == stats.capped["errors"] == 9000


def test_ten_thousand_exceptions_keep_five_hundred(stats):
    for i in range(10_000):
        stats.log_exception("User", ValueError(f"order {i}"), "traceback", "local")
    assert len(stats.exceptions) == 501
    assert stats.exceptions["__other__", "__other__"].count == stats.capped["exceptions"] == 9500


def test_beyond_the_cap_known_names_are_counted_as_before():
    stats = Stats(Caps(names=1))
    for name in ("/a", "/b", "/a"):
        ok(stats, name=name)
    assert {name: entry.num_requests for (name, _), entry in stats.entries.items()} == {"/a": 2, "__other__": 1}


def test_a_failure_beyond_the_cap_of_names_is_an_error_of_other():
    stats = Stats(Caps(names=1))
    ok(stats, name="/a")
    fail(stats, "no", name="/b")
    assert list(stats.errors) == [("__other__", "GET", "no")]


def test_a_window_closed_while_the_cap_warns_loses_nothing():
    """Writing a log line may switch to the greenlet that closes windows."""
    stats = Stats(Caps(names=1))
    windows = []

    class Switches(logging.Handler):
        def emit(self, record):
            windows.append(stats.close_window(0.0, 1.0))

    handler = Switches()
    logging.getLogger("loadhost.stats").addHandler(handler)
    try:
        for name in ("/a", "/b", "/c"):
            ok(stats, name=name)
    finally:
        logging.getLogger("loadhost.stats").removeHandler(handler)
    windows.append(stats.close_window(1.0, 1.0))
    assert [window.total.requests for window in windows] == [1, 2]
    assert stats.total.num_requests == 3


@pytest.mark.parametrize("wrong", [{"response_ms": "5"}, {"response_ms": None}, {"length": None}])
def test_what_is_no_number_raises_before_anything_is_counted(stats, wrong):
    with pytest.raises(TypeError):
        stats.record(**{"name": "/", "method": "GET", "response_ms": 1.0, "service_ms": 1.0, "length": 1, **wrong})
    assert (stats.total.num_requests, stats.total.total_content_length) == (0, 0)


def test_each_cap_warns_once(caplog):
    stats = Stats(Caps(names=2, errors=2, exceptions=2))
    with caplog.at_level(logging.WARNING, logger="loadhost.stats"):
        for i in range(5):
            fail(stats, f"error {i}", name=f"/{i}")
            stats.log_exception("User", f"exception {i}", "", "local")
    warned = [record.getMessage() for record in caplog.records]
    assert [text.split(":")[0] for text in warned] == [
        "More than 2 different names of requests",
        "More than 2 different error texts",
        "More than 2 different exceptions of tasks",
    ]
    assert "name=" in warned[0]
