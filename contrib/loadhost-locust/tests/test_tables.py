"""The tables and the JSON of Locust, from loadhost's figures, without a run."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import loadhost_locust
import pytest
from loadhost.stats import Stats
from loadhost_locust import _stats_json, _stats_text
from loadhost_locust._small import format_utc_timestamp, parse_timespan, proper_round


@pytest.fixture
def stats() -> Stats:
    stats = Stats()
    for milliseconds in (10.0, 20.0, 30.0, 1234.0):
        stats.record("/", "GET", milliseconds, milliseconds, 100)
    stats.record("/buy", "POST", 5.0, 5.0, 10, "500 Server Error")
    return stats


@pytest.fixture
def locust_stats() -> Iterator[object]:
    with loadhost_locust.installed(instead=True):
        yield importlib.import_module("locust.stats")


def test_the_table_of_requests(stats: Stats) -> None:
    head, rule, get, buy, rule_again, total = _stats_text.get_stats_summary(stats)
    assert rule == rule_again
    assert len(head) == len(rule) == len(get) == len(total)
    assert get.split()[:8] == ["GET", "/", "4", "0(0.00%)", "|", "323", "10", "1234"]
    assert buy.split()[3] == "1(100.00%)"
    assert total.split()[:3] == ["Aggregated", "5", "1(20.00%)"]


def test_percentiles_are_not_rounded_to_two_digits(stats: Stats) -> None:
    lines = _stats_text.get_percentile_stats_summary(stats)
    assert lines[0] == "Response time percentiles (approximated)"
    assert lines[3].split()[-2:] == ["1234", "4"]


def test_the_error_report(stats: Stats) -> None:
    lines = _stats_text.get_error_report_summary(stats)
    assert lines[0] == "Error report"
    assert lines[3].startswith("1 ")
    assert "POST /buy: " in lines[3]
    assert "500 Server Error" in lines[3]


def test_what_a_locustfile_sets_on_locust_stats_counts(stats: Stats, locust_stats: object) -> None:
    locust_stats.PERCENTILES_TO_REPORT = [0.5, 0.999]
    locust_stats.STATS_NAME_WIDTH = 40
    head = _stats_text.get_percentile_stats_summary(stats)[1]
    assert head.split() == ["Type", "Name", "50%", "99.9%", "#", "reqs"]
    assert len(head) == 8 + 1 + 40 + 1 + 8 + 7 + 7


def test_the_json_has_locusts_keys(stats: Stats, tmp_path: Path) -> None:
    stats.close_window(1_700_000_000.5, 1.0)
    _stats_json.save_stats_json(stats, str(tmp_path / "deep" / "report"))
    front, buy = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert set(front) == {
        *("name", "method", "last_request_timestamp", "start_time", "num_requests", "num_none_requests"),
        *("num_failures", "total_response_time", "max_response_time", "min_response_time", "total_content_length"),
        *("response_times", "num_reqs_per_sec", "num_fail_per_sec"),
    }
    assert (front["num_requests"], front["total_content_length"]) == (4, 400)
    assert front["response_times"]["10"] == 1
    assert front["num_reqs_per_sec"] == {"1700000000": 4}
    assert buy["num_fail_per_sec"] == {"1700000000": 1}


@pytest.mark.parametrize(("text", "seconds"), [("20", 20), ("20s", 20), ("3m", 180), ("2h", 7200), ("1h20m5s", 4805)])
def test_time_spans(text: str, seconds: int) -> None:
    assert parse_timespan(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5s3m", "1.5s", "-1"])
def test_what_is_no_time_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time span"):
        parse_timespan(text)


def test_small_helpers() -> None:
    assert format_utc_timestamp(1_700_000_000) == "2023-11-14T22:13:20Z"
    assert (proper_round(2.5), proper_round(0.125, 2)) == (3, 0.13)
