"""Windows of a second become stretches: each request once, at times that are the same each time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Histogram, Stats
from loadhost_hookspecs import MetricFigures
from loadhost_influx._interval import Intervals, merged_metrics
from loadhost_influx._interval import merged as merged_with_pauses


def merged(windows):
    return merged_with_pauses(windows, pause=lambda: None)


def test_windows_are_merged_along_the_grid(make_window):
    """A run that begins within a stretch has a first one that is shorter."""
    intervals = Intervals(5)
    windows = [make_window(1003.4, 0.6), *(make_window(float(second), 1.0) for second in range(1004, 1012))]
    stretches = [merged(stretch) for window in windows for stretch in intervals.add(window)]
    assert [(round(s.start, 1), round(s.duration, 1)) for s in stretches] == [(1003.4, 1.6), (1005.0, 5.0)]
    assert [merged(stretch).start for stretch in intervals.rest()] == [1010.0]
    assert intervals.rest() == []


def test_a_stretch_is_given_back_with_its_last_window_not_with_the_next_one(make_window):
    intervals = Intervals(2)
    assert intervals.add(make_window(1000.0, 1.0)) == []
    assert len(intervals.add(make_window(1001.0, 1.0))) == 1


def test_the_last_partial_window_ends_its_stretch(make_window):
    intervals = Intervals(60)
    intervals.add(make_window(1000.0, 1.0, requests={"a": 3}))
    (windows,) = intervals.add(make_window(1001.0, 0.2, final=True, requests={"a": 4}))
    stretch = merged(windows)
    assert stretch.final
    assert stretch.entries["a", "GET"].requests == 7


def test_a_window_that_took_long_belongs_where_it_began(make_window):
    """A machine that stood still makes a window of several seconds."""
    intervals = Intervals(2)
    assert [merged(s).start for s in intervals.add(make_window(1001.0, 7.0))] == [1001.0]
    assert intervals.add(make_window(1008.0, 1.0)) == []


def test_of_users_and_workers_the_end_counts(make_window):
    stretch = merged([make_window(1.0, 1.0, users=3), make_window(2.0, 1.0, users=9)])
    assert stretch.user_count == 9
    assert stretch.user_classes_count == {"Visitor": 9}


@given(
    counts=st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=30),
    interval_s=st.sampled_from([1.0, 1.5, 5.0, 7.0]),
)
def test_no_request_is_lost_or_counted_twice(make_window, counts, interval_s):
    intervals = Intervals(interval_s)
    windows = [make_window(1000.0 + second, 1.0, requests=names) for second, names in enumerate(counts)]
    stretches = [merged(s) for window in windows for s in intervals.add(window)] + list(map(merged, intervals.rest()))
    assert sum(s.total.requests for s in stretches) == sum(sum(names.values()) for names in counts)
    for name in "abc":
        written = sum(s.entries[name, "GET"].requests for s in stretches if (name, "GET") in s.entries)
        assert written == sum(names.get(name, 0) for names in counts)
    assert len({s.start for s in stretches}) == len(stretches)


@pytest.mark.parametrize(("kind", "value"), [("counter", 3.0), ("gauge", 2.0)])
def test_counters_add_up_and_of_a_gauge_the_last_value_counts(kind, value):
    rows = [MetricFigures("m", (), kind, 1.0), MetricFigures("m", (), kind, 2.0)]
    assert [row.value for row in merged_metrics(rows)] == [value]


def test_trends_merge_exactly():
    one, other = Histogram(), Histogram()
    one.record(1)
    other.record(3)
    (row,) = merged_metrics([MetricFigures("m", (), "trend", 1, one), MetricFigures("m", (), "trend", 1, other)])
    assert (row.histogram.count, row.histogram.mean) == (2, 2.0)
    assert one.count == 1


def test_other_labels_are_another_metric():
    rows = [MetricFigures("m", (("a", "1"),), "counter", 1.0), MetricFigures("m", (("a", "2"),), "counter", 1.0)]
    assert len(merged_metrics(rows)) == 2


def test_both_times_are_merged_where_they_differ():
    windows = []
    for second, (response, service) in enumerate([(30.0, 10.0), (5.0, 5.0)]):
        stats = Stats()
        stats.record("/a", "GET", response, service, 7)
        stats.interrupted("/a", "GET")
        stats.retried("/a", "GET")
        windows.append(stats.close_window(1000.0 + second, 1.0))
    entry = merged(windows).entries["/a", "GET"]
    assert (entry.response_times.max, entry.service_times.max) == (30.0, 10.0)
    assert (entry.response_times.count, entry.service_times.count) == (2, 2)
    assert (entry.bytes, entry.interrupted, entry.retried) == (14, 2, 2)


def test_windows_stay_as_they_are_when_they_are_merged(make_window):
    """Other plugins hold them too."""
    windows = [make_window(1000.0 + second, 1.0, requests={"a": 2}) for second in range(3)]
    assert merged(windows).total.requests == 6
    assert [window.entries["a", "GET"].response_times.count for window in windows] == [2, 2, 2]


def test_merging_many_names_gives_way_to_others(make_window):
    pauses = []
    windows = [make_window(1000.0, 1.0, requests={str(name): 1 for name in range(100)}) for _ in range(2)]
    merged_with_pauses(windows, pause=lambda: pauses.append(1))
    assert len(pauses) == 5
