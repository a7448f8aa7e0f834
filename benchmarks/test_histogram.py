"""What counting a request costs: `pytest benchmarks`. It asserts no speed, machines differ; compare the rows.

Each row is for a thousand values, so its milliseconds are microseconds per value.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from loadhost.stats import Histogram, Stats

TIMES_MS = [random.Random(1).lognormvariate(3, 1) for _ in range(1000)]


@pytest.fixture
def a_thousand(benchmark):
    """Times a function of one response time in ms over the same thousand values."""

    def run(function):
        def loop():
            for ms in TIMES_MS:
                function(ms)

        benchmark(loop)

    return run


def test_a_dict_of_counters_in_whole_milliseconds(a_thousand):
    """The naive way, without sums, bytes, windows or anything below a millisecond: the measure for the others."""
    entries: dict[tuple[str, str], Counter[int]] = {("/", "GET"): Counter()}

    def count(ms):
        entries["/", "GET"][round(ms)] += 1

    a_thousand(count)
    assert sum(entries["/", "GET"].values()) % 1000 == 0


def test_histogram_record(a_thousand):
    """The bare histogram: exact sum, min and max, and one bucket."""
    histogram = Histogram()
    a_thousand(histogram.record)
    assert histogram.count % 1000 == 0


def test_stats_record_in_a_closed_workload(a_thousand):
    """What every request of a closed workload costs."""
    stats = Stats()
    a_thousand(lambda ms: stats.record("/", "GET", ms, ms, 100))
    assert stats.total.num_requests % 1000 == 0


def test_stats_record_of_late_requests(a_thousand):
    """Two histograms: the first request of an iteration that began late."""
    stats = Stats()
    a_thousand(lambda ms: stats.record("/", "GET", ms + 5.0, ms, 100))
    assert stats.total.num_requests % 1000 == 0


def test_stats_record_of_failures(a_thousand):
    """The text of the exception is made and counted, too."""
    stats, error = Stats(), ValueError("boom")
    a_thousand(lambda ms: stats.record("/", "GET", ms, ms, 100, error))
    assert stats.total.fail_ratio == 1.0


def test_close_a_window_of_fifty_names(benchmark):
    """What a second costs beyond its requests: the traffic is part of the set-up, not of the time."""
    stats = Stats()

    def traffic():
        for number, ms in enumerate(TIMES_MS):
            stats.record(f"/{number % 50}", "GET", ms, ms, 100)

    benchmark.pedantic(lambda: stats.close_window(0.0, 1.0), setup=traffic, rounds=50)
    assert stats.total.num_requests == 50_000
