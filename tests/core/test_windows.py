"""Windows and timeline: whatever is recorded and whenever it is cut, the sum of all windows equals the totals."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Histogram, Metrics, Stats, Timeline
from loadhost_hookspecs import EntryFigures, StatsWindow

CLOSE = None
request = st.tuples(
    st.sampled_from(["/a", "/b"]),
    st.sampled_from(["GET", "POST"]),
    st.floats(0, 10_000),
    st.sampled_from([0.0, 0.0, 250.0]),  # lateness
    st.integers(0, 1000),
    st.sampled_from([None, None, "failed"]),
)
events = st.lists(request | st.just(CLOSE) | st.sampled_from(["interrupted", "retried"]), max_size=60)


def play(sequence, timeline_limit: int = 1800) -> tuple[Stats, list[StatsWindow]]:
    """A run: requests as they come, windows cut where the sequence says, and a final one."""
    stats, windows = Stats(), []
    stats.timeline = Timeline(timeline_limit)
    for event in sequence:
        if event is CLOSE:
            windows.append(stats.close_window(float(len(windows)), 1.0))
        elif isinstance(event, str):
            getattr(stats, event)("/a", "GET")
        else:
            name, method, service_ms, late_ms, length, error = event
            stats.record(name, method, service_ms + late_ms, service_ms, length, error)
    windows.append(stats.close_window(float(len(windows)), 1.0, final=True))
    return stats, windows


def summed(parts: list[EntryFigures]) -> tuple[object, ...]:
    """The sum of figures, all of it: counts, and every bucket of both histograms."""
    response_times, service_times = Histogram(), Histogram()
    for part in parts:
        response_times.add(part.response_times)
        service_times.add(part.service_times)
    counts = [(p.requests, p.failures, p.bytes, p.interrupted, p.retried) for p in parts]
    return [sum(column) for column in zip(*counts, strict=True)] or [0] * 5, response_times, service_times


@given(events)
def test_the_sum_of_all_windows_equals_the_totals(sequence):
    stats, windows = play(sequence)
    assert summed([window.total for window in windows]) == summed([stats.totals_figures()])


@given(events)
def test_the_sum_of_all_entries_equals_the_total_in_every_window(sequence):
    _, windows = play(sequence)
    for window in windows:
        assert summed(list(window.entries.values())) == summed([window.total])


@given(events)
def test_the_sum_of_an_entrys_windows_equals_the_entry(sequence):
    stats, windows = play(sequence)
    for figures in stats.entry_figures():
        key = (figures.name, figures.method)
        assert summed([window.entries[key] for window in windows if key in window.entries]) == summed([figures])


@given(events, st.integers(1, 5))
def test_the_timeline_preserves_sums_however_short_it_is(sequence, limit):
    stats, windows = play(sequence, limit)
    assert len(stats.timeline) <= limit
    assert summed([window.total for window in stats.timeline]) == summed([stats.totals_figures()])
    assert sum(window.duration for window in stats.timeline) == len(windows)


def window_at(start: float, *, requests: int = 1, **more) -> StatsWindow:
    stats = Stats()
    for _ in range(requests):
        stats.record("/", "GET", 5.0, 5.0, 10)
    return stats.close_window(start, 1.0, **more)


# -- one window


def test_a_window_has_entries_only_for_names_with_traffic():
    stats = Stats()
    stats.record("/early", "GET", 1.0, 1.0, 0)
    stats.close_window(0.0, 1.0)
    stats.record("/late", "GET", 1.0, 1.0, 0)
    assert set(stats.close_window(1.0, 1.0).entries) == {("/late", "GET")}


def test_a_window_without_traffic_has_a_total_of_nothing():
    window = Stats().close_window(0.0, 1.0)
    assert (window.total.requests, window.total.response_times.count, dict(window.entries)) == (0, 0, {})


def test_a_window_says_what_it_was_told():
    counts = {"Shopper": 3}
    window = Stats().close_window(
        100.0,
        0.5,
        user_count=3,
        user_classes_count=counts,
        final=True,
        late=2,
        workers_reported=1,
        workers_expected=2,
    )
    counts["Shopper"] = 4
    assert (window.start, window.duration, window.user_count, window.final, window.late) == (100.0, 0.5, 3, True, 2)
    assert (window.workers_reported, window.workers_expected) == (1, 2)
    assert window.user_classes_count == {"Shopper": 3}


def test_a_closed_window_never_changes():
    stats = Stats()
    stats.record("/", "GET", 1.0, 1.0, 0)
    window = stats.close_window(0.0, 1.0)
    stats.record("/", "GET", 9.0, 9.0, 0)
    stats.close_window(1.0, 1.0)
    figures = window.entries["/", "GET"]
    assert (figures.requests, figures.response_times.max, window.total.response_times.max) == (1, 1.0, 1.0)


def test_with_many_names_fewer_windows_are_kept_whole(monkeypatch):
    """2,000 names active each second would take 700 MB in 300 windows."""
    monkeypatch.setattr("loadhost.stats._RING_ENTRIES", 1000)
    stats = Stats()
    for second in range(30):
        for number in range(50):
            stats.record(f"/{number}", "GET", 1.0, 1.0, 0)
        stats.close_window(float(second), 1.0)
    assert len(stats.windows) == 20
    assert (stats.windows[-1].start, len(stats.timeline)) == (29.0, 30)
    assert stats.total.current_rps == 50


def test_the_ring_keeps_the_last_300_windows():
    stats = Stats()
    for second in range(400):
        stats.close_window(float(second), 1.0)
    assert (len(stats.windows), stats.windows[0].start, stats.windows[-1].start) == (300, 100.0, 399.0)


# -- the timeline


def test_the_timeline_has_no_entries():
    timeline = Timeline()
    timeline.append(window_at(0.0))
    assert [dict(window.entries) for window in timeline] == [{}]


def test_a_full_timeline_holds_windows_of_twice_the_length():
    timeline = Timeline(4)
    for second in range(9):
        timeline.append(window_at(float(second)))
    assert [(window.start, window.duration, window.total.requests) for window in timeline] == [
        (0.0, 4.0, 4),
        (4.0, 4.0, 4),
        (8.0, 1.0, 1),
    ]


def test_an_odd_limit_gives_the_same_resolution_throughout():
    timeline = Timeline(3)
    for second in range(7):
        timeline.append(window_at(float(second)))
    assert [(window.start, window.duration) for window in timeline] == [(0.0, 4.0), (4.0, 3.0)]


def test_merged_windows_have_the_users_of_the_later_and_add_up_what_came_late():
    timeline = Timeline(1)
    timeline.append(window_at(0.0, user_count=1, user_classes_count={"A": 1}, late=1))
    timeline.append(window_at(1.0, user_count=2, user_classes_count={"A": 2}, late=2, final=True))
    (window,) = timeline
    assert (window.user_count, window.user_classes_count, window.late, window.final) == (2, {"A": 2}, 3, True)


def test_merged_windows_add_counters_keep_the_last_gauge_and_merge_trends():
    metrics, timeline = Metrics(), Timeline(1)
    for number in (1.0, 2.0, 4.0):
        metrics.counter("orders").add(number)
        metrics.gauge("queue").set(number)
        metrics.trend("render").add(number)
        timeline.append(window_at(0.0, metrics=metrics.cut()))
    (window,) = timeline
    assert window.metrics == metrics.totals()
    assert [(figures.name, figures.value) for figures in window.metrics] == [("orders", 7), ("queue", 4), ("render", 3)]


@pytest.mark.parametrize("seconds", [1800, 1801, 20_000])
def test_a_long_run_takes_at_most_1800_windows(seconds):
    window, timeline = window_at(0.0), Timeline()
    for _ in range(seconds):
        timeline.append(window)
    assert 900 <= len(timeline) <= 1800
    assert sum(window.total.requests for window in timeline) == seconds


def test_a_window_at_rest_is_small():
    """A second with 500 spread values: at most a few kilobytes, so that 300 windows of 50 names stay below 20 MB."""
    stats = Stats()
    for i in range(500):
        stats.record("/", "GET", 5.0 + i, 5.0 + i, 0)
    times = stats.close_window(0.0, 1.0).total.response_times
    held = sum(sys.getsizeof(getattr(times, slot)) for slot in ("_buckets", "_numbers"))
    assert sys.getsizeof(times) + held < 2048
