"""The points of a stretch: what is in which measurement, and that everything is counted once."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import StatsWindow
from loadhost.stats import Histogram, Stats
from loadhost_hookspecs import MetricFigures
from loadhost_influx._bounds import BOUNDS_MS, bound_of
from loadhost_influx._points import Run, bucket_counts, window_lines

RUN = Run.of("R", "shop", ())


def points(window, run=RUN, target=5):
    """(measurement, {tag: value}, {field: value}) of each point; texts here need no unescaping."""
    return [parsed(line) for line in window_lines(run, window, target, began_s=window.start - 3)]


def parsed(line):
    key, fields, time = re.fullmatch(r"(\S+) (\S+) (\d+)", line).groups()
    measurement, *tags = key.split(",")
    return (
        measurement,
        dict(tag.split("=") for tag in tags),
        {
            **{name: float(value) for name, value in (field.split("=") for field in fields.split(","))},
            "time": int(time),
        },
    )


def of(rows, measurement, **tags):
    return [fields for name, has, fields in rows if name == measurement and tags.items() <= has.items()]


def test_requests_are_counted_by_outcome_and_their_times_are_of_all(make_window):
    rows = points(make_window(1000.5, 2.0, requests={"/a": 10}, failures={"/a": 4}))
    (ok,) = of(rows, "loadhost_requests", name="/a", method="GET", outcome="ok")
    (failed,) = of(rows, "loadhost_requests", name="/a", outcome="failed")
    (every,) = of(rows, "loadhost_requests", name="/a", outcome="all")
    assert ok == {"count": 6.0, "rate": 3.0, "time": 1000_500_000_000}
    assert (failed["count"], failed["rate"]) == (4.0, 2.0)
    assert "count" not in every
    assert (every["bytes"], every["fail_ratio"]) == (100.0, 0.4)
    assert every["response_min_ms"] == every["response_max_ms"] == every["service_p999_ms"] == 12.5


def test_every_percentile_of_both_times_is_there():
    stats = Stats()
    for ms in range(1, 1001):
        stats.record("/a", "GET", ms * 2.0, float(ms), 0)
    (every,) = of(points(stats.close_window(1000.0, 1.0)), "loadhost_requests", name="/a", outcome="all")
    for name, share in {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}.items():
        assert every[f"service_{name}_ms"] == pytest.approx(1000 * share, rel=0.008)
        assert every[f"response_{name}_ms"] == pytest.approx(2000 * share, rel=0.008)
    assert every["response_avg_ms"] == 1001.0


def test_the_times_of_all_names_together_have_a_point_without_a_count(make_window):
    (total,) = of(points(make_window(requests={"/a": 3, "/b": 2})), "loadhost_requests", name="Aggregated")
    assert total["response_p50_ms"] == 12.5
    assert not {"count", "rate", "bytes"} & total.keys()
    assert (total["total_rate"], total["elapsed_s"]) == (5.0, 3.0)


def test_what_did_not_happen_has_no_point(make_window):
    rows = points(make_window(requests={"/a": 1}))
    assert of(rows, "loadhost_requests", outcome="failed") == []
    (total,) = of(points(make_window()), "loadhost_requests")
    assert total.keys() == {"elapsed_s", "total_rate", "time"}


def test_interrupted_requests_are_told_though_nothing_else_was():
    stats = Stats()
    stats.interrupted("/a", "GET")
    (every,) = of(points(stats.close_window(1000.0, 1.0)), "loadhost_requests", name="/a")
    assert every["interrupted"] == 1.0
    assert "response_avg_ms" not in every


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 200_000), st.booleans()),
        max_size=60,
    )
)
def test_the_sum_of_all_counts_is_the_number_of_requests(requests):
    """In requests and in buckets, over all names, outcomes and bounds; and so are failures and bytes."""
    stats = Stats()
    for name, ms, failed in requests:
        stats.record(name, "GET", ms, ms / 2, 3, "no" if failed else None)
    rows = points(stats.close_window(1000.0, 1.0))
    assert total(of(rows, "loadhost_requests"), "count") == len(requests)
    assert total(of(rows, "loadhost_requests", outcome="failed"), "count") == sum(failed for *_, failed in requests)
    assert total(of(rows, "loadhost_requests"), "bytes") == 3 * len(requests)
    assert total(of(rows, "loadhost_buckets"), "count") == len(requests)
    assert total(of(rows, "loadhost_buckets"), "service_count") == len(requests)


def total(rows, field):
    return sum(row.get(field, 0) for row in rows)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20, unique=True))
def test_no_point_overwrites_another(names):
    """The same measurement, tags and time would."""
    stats = Stats()
    for name, method in names:
        stats.record(name, method, 1.0, 1.0, 0)
    window = stats.close_window(1000.0, 1.0)
    if any(key == ("Aggregated", "") for key in names):
        return
    keys = [line.rpartition(" ")[0].rpartition(" ")[0] for line in window_lines(RUN, window, 1, 0.0)]
    assert len(keys) == len(set(keys))


def test_users_are_told_in_all_and_by_class():
    window = StatsWindow(1000.0, 1.0, Stats().close_window(0, 1).total, {}, user_count=5, user_classes_count={"A": 2})
    rows = points(window, target=7)
    assert of(rows, "loadhost_users") == [
        {"user_count": 5.0, "target_user_count": 7.0, "elapsed_s": 3.0, "time": 1000_000_000_000},
        {"user_count_of_class": 2.0, "time": 1000_000_000_000},
    ]
    assert of(rows, "loadhost_users", user_class="A") == [{"user_count_of_class": 2.0, "time": 1000_000_000_000}]


def test_metrics_of_each_kind_with_their_labels(make_window):
    times = Histogram()
    times.record(20.0)
    metrics = (
        MetricFigures("orders", (("run", "x"), ("shop", "a")), "counter", 3.0),
        MetricFigures("queue", (("_field", "x"), ("time", "y")), "gauge", 7.0),
        MetricFigures("think", (), "trend", 1.0, times),
    )
    rows = points(make_window(metrics=metrics))
    (orders,) = of(rows, "loadhost_metrics", metric="orders", run="R", label_run="x", shop="a")
    assert orders["count"] == 3.0
    assert of(rows, "loadhost_metrics", metric="queue", label__field="x", label_time="y")[0]["value"] == 7.0
    (think,) = of(rows, "loadhost_metrics", metric="think")
    assert (think["count"], think["p99_ms"]) == (1.0, 20.0)


def test_every_point_has_the_tags_of_the_run_and_of_the_user(make_window):
    run = Run.of("R", "shop", (("env", "ci"), ("test", "checkout")))
    for _, tags, _ in points(make_window(requests={"/a": 2}), run):
        assert {"run": "R", "test": "checkout", "env": "ci"}.items() <= tags.items()


def test_the_same_window_gives_the_same_lines(make_window):
    """Else a resend would not overwrite itself."""
    window = make_window(requests={"/a": 3, "/b": 2})
    assert list(window_lines(RUN, window, 1, 0.0)) == list(window_lines(RUN, window, 1, 0.0))


# -- buckets


@pytest.mark.parametrize(
    ("ms", "bound"),
    [(0.0, "0.1"), (0.1, "0.1"), (0.11, "0.125"), (1.0, "1"), (99.0, "100"), (100_000.0, "100000"), (1e6, "+Inf")],
)
def test_a_time_is_in_the_bucket_with_the_smallest_bound_not_below_it(ms, bound):
    assert bound_of(ms) == bound


def test_bounds_are_ten_to_a_decade_and_read_as_numbers():
    """Panels sort rows by them as numbers."""
    assert len(BOUNDS_MS) == 61
    assert list(BOUNDS_MS) == sorted(BOUNDS_MS)
    assert [float(bound_of(bound)) for bound in BOUNDS_MS] == list(BOUNDS_MS)


@given(st.lists(st.floats(0.05, 50_000), min_size=1), st.lists(st.floats(0.05, 50_000), min_size=1))
def test_buckets_of_two_runs_merge_to_those_of_both(one, other):
    """And a percentile read from merged buckets is right to a bucket."""
    counts = Counter()
    for times in (one, other):
        counts.update(bucket_counts(histogram_of(times)))
    both = histogram_of(one + other)
    assert counts == bucket_counts(both)
    seen, median = 0, both.percentile(0.5)
    for bound in sorted(counts, key=float):
        seen += counts[bound]
        if 2 * seen >= both.count:
            assert median <= float(bound) * 1.008
            break


def histogram_of(times):
    histogram = Histogram()
    for ms in times:
        histogram.record(ms)
    return histogram
