"""Every count of a run, read back by query from a real InfluxDB, is what the run's own report says."""

from __future__ import annotations

from datetime import datetime

import pytest

pytestmark = pytest.mark.needs_debian("influxd")


@pytest.fixture
def report(exported):
    return exported.outcome.report


def test_requests_by_name_and_outcome(exported, report):
    """A name with spaces, brackets, a comma, a backslash and quotes is read back as it is."""
    rows = exported.query('SELECT sum(count) FROM loadhost_requests GROUP BY "name", method, outcome')
    read = {(row["name"], row["method"], row["outcome"]): row["sum"] for row in rows if row["sum"] is not None}
    expected = {}
    for entry in report["entries"]:
        expected[entry["name"], entry["method"], "ok"] = entry["requests"] - entry["failures"]
        if entry["failures"]:
            expected[entry["name"], entry["method"], "failed"] = entry["failures"]
    assert read == expected
    assert len(read) == 3


@pytest.mark.parametrize(
    ("measurement", "field", "key"),
    [
        ("loadhost_requests", "count", "requests"),
        ("loadhost_requests", "bytes", "bytes"),
        ("loadhost_buckets", "count", "requests"),
        ("loadhost_buckets", "service_count", "requests"),
    ],
)
def test_the_sum_over_all_points_is_the_total(exported, report, measurement, field, key):
    (row,) = exported.query(f"SELECT sum({field}) FROM {measurement}")
    assert row["sum"] == report["totals"][key] > 20


def test_the_extremes_of_all_points_are_those_of_the_run(exported, report):
    (row,) = exported.query(
        "SELECT min(response_min_ms), max(response_max_ms), count(response_p999_ms), count(service_p50_ms) AS service "
        "FROM loadhost_requests WHERE \"name\"='Aggregated' AND outcome='all'"
    )
    assert row["min"] == report["totals"]["response_time_ms"]["min"]
    assert row["max"] == report["totals"]["response_time_ms"]["max"]
    assert row["count"] == row["service"] >= 2


def test_failures_and_exceptions_with_their_texts_as_fields(exported, report):
    rows = exported.query(
        'SELECT sum(count), last(text) AS text FROM loadhost_exceptions GROUP BY kind, error, "name", user_class'
    )
    assert {(row["kind"], row["text"]): row["sum"] for row in rows} == {
        **{("failure", row["error"]): row["count"] for row in report["failures"]},
        **{("exception", row["message"]): row["count"] for row in report["exceptions"]},
    }
    assert "text" not in [row["tagKey"] for row in exported.query("SHOW TAG KEYS FROM loadhost_exceptions")]


def test_metrics_of_the_loadfile(exported, report):
    rows = exported.query("SELECT sum(count), last(value) FROM loadhost_metrics GROUP BY metric, foot")
    metrics = {row["metric"]: row for row in rows}
    assert metrics["stumbles"]["sum"] == metrics["falls"]["sum"] == report["exceptions"][0]["count"]
    assert metrics["stumbles"]["foot"] == "left"
    assert metrics["height"]["last"] == 1.5


def test_users_and_how_many_were_wanted(exported):
    (row,) = exported.query(
        "SELECT max(user_count), max(target_user_count) AS target, max(user_count_of_class) AS visitors "
        "FROM loadhost_users"
    )
    assert row["target"] == 4
    assert row["visitors"] == row["max"] >= 1


def test_the_generator_by_worker(exported):
    (row,) = exported.query(
        "SELECT count(cpu) AS cpu, count(memory_bytes) AS memory, count(lag_p99_ms) AS lag, "
        "count(schedule_lag_p99_ms) AS late FROM loadhost_generator WHERE worker='local'"
    )
    assert min(row["cpu"], row["memory"], row["lag"], row["late"]) >= 1
    assert exported.query("SELECT * FROM loadhost_metrics WHERE metric =~ /^machine/") == []


def test_how_fit_the_generator_was(exported, report):
    (part,) = (part for part in report["verdict"]["parts"] if part["plugin"] == "machine")
    (row,) = exported.query("SELECT fitness, error_ms FROM loadhost_generator WHERE fitness != ''")
    assert row["fitness"] == part["evidence"]["fitness"]
    assert (row["error_ms"] or 0.0) == pytest.approx(part["evidence"]["error_ms"])


def test_what_happened_for_annotations(exported):
    rows = exported.query("SELECT last(text) FROM loadhost_events GROUP BY kind")
    happened = {row["kind"]: row["last"] for row in rows}
    assert {"start", "load", "stop", "verdict", "judgement"} <= happened.keys()
    assert happened["stop"] == "run time of 2.5s is over"
    assert happened["verdict"].startswith("requests failed, exit code 1: ")


def test_the_summary_has_the_percentiles_of_the_whole_run(exported, report):
    for entry in [*report["entries"], {**report["totals"], "name": "Aggregated", "method": ""}]:
        (row,) = exported.query(f"SELECT * FROM loadhost_summary WHERE method='{entry['method']}'")
        assert row["name"] == entry["name"]
        assert (row["requests"], row["failures"], row["bytes"]) == tuple(
            entry[key] for key in ("requests", "failures", "bytes")
        )
        for name in ("p50", "p95", "p99", "p999"):
            assert row[f"response_{name}_ms"] == pytest.approx(entry["response_time_ms"][name], abs=0.001)
            assert row[f"service_{name}_ms"] == pytest.approx(entry["service_time_ms"][name], abs=0.001)


def test_raw_mode_has_a_point_for_each_request_beside_the_figures(exported, report):
    rows = exported.query(
        "SELECT count(response_ms), sum(bytes), count(error) AS errors FROM loadhost_samples GROUP BY outcome, worker"
    )
    raw = {row["outcome"]: row for row in rows}
    totals = report["totals"]
    assert raw["ok"]["count"] + raw["failed"]["count"] == totals["requests"]
    assert raw["failed"]["count"] == raw["failed"]["errors"] == totals["failures"]
    assert raw["ok"]["sum"] + raw["failed"]["sum"] == totals["bytes"]
    assert raw["ok"]["worker"] == "0"


def test_every_point_has_the_tags_of_the_run_and_of_the_user(exported):
    for row in exported.query("SHOW SERIES"):
        assert ",build=7,env=ci," in row["key"]
        assert f"run={exported.run_id}" in row["key"]
        assert "test=loadfile" in row["key"]


def test_every_number_is_a_float(exported):
    """The first write fixes a field's type: one whole number, and later fractions would be refused."""
    kinds = {row["fieldType"] for row in exported.query("SHOW FIELD KEYS")}
    assert kinds == {"float", "string"}


def test_no_point_lies_before_its_run_nor_after(exported, report):
    for measurement in ("loadhost_requests", "loadhost_users", "loadhost_generator"):
        times = [_epoch_s(row["time"]) for row in exported.query(f"SELECT * FROM {measurement}")]
        assert min(times) >= report["run"]["started_s"] - 0.01
        assert max(times) <= report["run"]["ended_s"] + 0.01


def _epoch_s(text):
    return datetime.fromisoformat(text).timestamp()


def test_the_sum_is_printed_and_nothing_is_left_behind(exported, report):
    (part,) = (part for part in report["verdict"]["parts"] if part["plugin"] == "influx")
    account = part["evidence"]
    assert part["outcome"] == "passed"
    assert account["produced"] == account["acknowledged"] > 50
    printed = f"{account['produced']:,} produced = {account['acknowledged']:,} acknowledged + 0 spooled"
    assert printed in exported.outcome.stdout
    assert [path for path in exported.spool.rglob("*") if path.is_file()] == []


def test_the_password_is_shown_nowhere(exported, influxdb, report):
    assert influxdb.password not in exported.outcome.output + str(report)
    assert report["options"]["influx_password"] == {"value": "***", "source": "environment"}
