"""The plugin json: the report with schema loadhost.report, version 1."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loadhost import Outcome, Status, UsageError, Verdict
from loadhost.stats import Histogram
from loadhost_builtins._json_document import document, to_plain
from loadhost_builtins.json_report import JsonReport
from loadhost_hookspecs import Instrument, MetricFigures, PluginHealth, PluginStatus, VerdictPart

ENTRY_KEYS = {
    "requests",
    "failures",
    "interrupted",
    "retried",
    "fail_ratio",
    "rps",
    "bytes",
    "response_time_ms",
    "service_time_ms",
}
TIME_KEYS = {"min", "avg", "max", "p50", "p90", "p95", "p99", "p999"}
HEALTH = PluginHealth("influx", "loadhost-influx", "1.0", "off", 12, 10, 3.5, ("loadhost_request",), "ValueError: x")


def everything(run: Any) -> dict[str, Any]:
    """A report of a run in which everything there is happened."""
    run.stats.log_exception("Shopper", KeyError("id"), "Traceback", "local")
    part = VerdictPart("failratio", Verdict(Outcome.FAILED, "too many", {"fail_ratio": 0.2}))
    return document(
        run.result(
            outcome=Outcome.FAILED,
            exit_code=3,
            verdict="too many",
            parts=(part,),
            plugins=(HEALTH,),
            statuses=(PluginStatus("failratio", Status("20 %", {"fail_ratio": 0.2})),),
            metrics=(MetricFigures("carts", (("kind", "full"),), "counter", 3.0),),
            options={"host": ("http://x", "command line"), "token": ("***", "environment")},
        )
    )


def test_the_keys_of_version_1_are_fixed(shopping: Any) -> None:
    """Later versions only add keys; whoever takes one away breaks other people's scripts."""
    report = everything(shopping)
    assert (report["schema"], report["version"]) == ("loadhost.report", 1)
    assert set(report) >= {
        "schema",
        "version",
        "run",
        "verdict",
        "totals",
        "entries",
        "failures",
        "exceptions",
        "windows",
        "metrics",
        "instrument",
        "workers",
        "plugins",
        "options",
        "relative_error",
        "statuses",
        "marks",
    }
    assert set(report["run"]) >= {"id", "started_s", "ended_s", "duration_s", "command", "loadhost", "python"}
    assert set(report["run"]) >= {"node", "stop_reason", "interrupted_by", "user_count"}
    assert set(report["verdict"]) >= {"outcome", "exit_code", "reason", "parts"}
    assert set(report["verdict"]["parts"][0]) >= {"plugin", "outcome", "reason", "evidence"}
    assert set(report["totals"]) >= ENTRY_KEYS
    assert set(report["entries"][0]) >= {"name", "method", *ENTRY_KEYS}
    assert set(report["entries"][0]["response_time_ms"]) >= TIME_KEYS
    assert set(report["entries"][0]["service_time_ms"]) >= TIME_KEYS
    assert set(report["failures"][0]) >= {"name", "method", "error", "count", "first_s", "last_s"}
    assert set(report["exceptions"][0]) >= {"user_class", "message", "traceback", "count", "nodes"}
    assert set(report["windows"][0]) >= {"start_s", "duration_s", "requests", "failures", "response_time_ms", "final"}
    assert set(report["metrics"][0]) >= {"name", "labels", "kind", "value", "trend"}
    assert set(report["plugins"][0]) >= {
        "name",
        "distribution",
        "version",
        "state",
        "calls",
        "failures",
        "cost_us",
        "switched_off",
        "last_error",
    }
    assert report["options"]["host"] == {"value": "http://x", "source": "command line"}


def test_the_figures_are_those_of_the_run(shopping: Any) -> None:
    """Counts, ratios, rates and times, per name and in total."""
    report = everything(shopping)
    buy = next(entry for entry in report["entries"] if entry["name"] == "/buy")
    assert (buy["method"], buy["requests"], buy["failures"], buy["fail_ratio"], buy["rps"]) == ("POST", 2, 2, 1.0, 1.0)
    assert (buy["response_time_ms"]["min"], buy["response_time_ms"]["max"]) == (250.0, 300.0)
    assert (report["totals"]["requests"], report["totals"]["bytes"]) == (12, 1200)


def test_the_windows_add_up_to_the_totals(shopping: Any) -> None:
    """To the last request."""
    report = everything(shopping)
    assert sum(window["requests"] for window in report["windows"]) == report["totals"]["requests"]


def test_the_verdict_and_who_gave_it_are_in_it(shopping: Any) -> None:
    """With the evidence."""
    verdict = everything(shopping)["verdict"]
    assert (verdict["outcome"], verdict["exit_code"], verdict["reason"]) == ("failed", 3, "too many")
    assert verdict["parts"][0]["evidence"] == {"fail_ratio": 0.2}


def times(*values: float) -> Histogram:
    histogram = Histogram()
    for ms in values:
        histogram.record(ms)
    return histogram


def test_the_instrument_tells_its_clock_its_lag_and_what_it_dropped(shopping: Any) -> None:
    """Shares are of all requests, whichever clock timed them."""
    instrument = Instrument(times(4.0, 4.0, 4.0), {"names": 7}, times(2.0, 2.0), 6, 3)
    assert document(shopping.result(instrument=instrument))["instrument"] == {
        "lag_ms": {"min": 4.0, "avg": 4.0, "max": 4.0, "p50": 4.0, "p99": 4.0},
        "kernel_clock_share": 0.25,
        "schedule_lag_ms": {"min": 2.0, "avg": 2.0, "max": 2.0, "p50": 2.0, "p99": 2.0},
        "iterations_due": 2,
        "dropped_arrivals": 6,
        "capped": {"names": 7},
        "stepwise": 3,
        "machine": {},
    }


def test_the_figures_of_the_machine_are_part_of_the_instrument(shopping: Any) -> None:
    """From the status of the plugin of that name."""
    statuses = (PluginStatus("other", Status("x", {"a": 1})), PluginStatus("machine", Status("CPU", {"cpu": 0.5})))
    result = shopping.result(instrument=Instrument(times(), {}), statuses=statuses)
    assert document(result)["instrument"]["machine"] == {"cpu": 0.5}


def test_an_instrument_that_measured_nothing_says_null(run: Any) -> None:
    """Not 0 ms, and no share of nothing."""
    instrument = document(run.result(instrument=Instrument(times(), {})))["instrument"]
    assert instrument["kernel_clock_share"] is None
    assert set(instrument["lag_ms"].values()) == set(instrument["schedule_lag_ms"].values()) == {None}
    assert instrument["capped"] == {}


def test_what_was_not_measured_is_null_not_zero(run: Any) -> None:
    """No requests have no percentiles, and no ratio."""
    report = document(run.result())
    assert report["totals"]["response_time_ms"]["p95"] is None
    assert report["totals"]["fail_ratio"] is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_has_no_number_for_is_null(value: float) -> None:
    """A file with NaN in it is no JSON."""
    assert to_plain({"x": [value]}) == {"x": [None]}


def test_values_of_any_type_are_written(tmp_path: Path) -> None:
    """A plugin's option may be anything."""
    assert to_plain({"path": tmp_path, "set": {2, 1}, 3: b"x", "outcome": Outcome.PASSED}) == {
        "path": str(tmp_path),
        "set": [1, 2],
        "3": "b'x'",
        "outcome": "Outcome.PASSED",
    }


def write(run: Any, config: Any, path: Path) -> Any:
    plugin = JsonReport()
    plugin.loadhost_configure(config(json_file=path))
    plugin.loadhost_run_finished(run.result())
    return json.loads(path.read_text(encoding="utf-8"))


def test_exactly_the_named_file_is_written(shopping: Any, config: Any, tmp_path: Path) -> None:
    """No suffix is added, nothing else is left."""
    assert write(shopping, config, tmp_path / "report.txt")["totals"]["requests"] == 12
    assert os.listdir(tmp_path) == ["report.txt"]


def test_hostile_names_come_back_as_they_were(run: Any, config: Any, tmp_path: Path) -> None:
    """Quotes, controls, lone surrogates: the report is data, whoever shows it escapes it."""
    name = '/"\\\x1b[31m\ud800</script>ü'
    run.second(("GET", name, 1.0, None))
    assert write(run, config, tmp_path / "report.json")["entries"][0]["name"] == name


def test_a_file_that_cannot_be_written_is_refused_before_the_run(config: Any, tmp_path: Path) -> None:
    """A folder, for example."""
    with pytest.raises(UsageError, match=r"^--json-file .* it is a folder"):
        JsonReport().loadhost_configure(config(json_file=tmp_path))


def test_without_its_option_it_does_nothing(
    shopping: Any, config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inert."""
    monkeypatch.chdir(tmp_path)
    plugin = JsonReport()
    plugin.loadhost_configure(config(json_file=None))
    plugin.loadhost_run_finished(shopping.result())
    assert os.listdir(tmp_path) == []


def test_a_run_whose_statistics_were_reset_says_of_which_seconds_its_figures_are(shopping: Any) -> None:
    result = shopping.result()
    report = document(replace(result, reset_s=result.ended_s - 0.5))
    assert report["run"]["reset_s"] == result.ended_s - 0.5
    assert report["run"]["counted_s"] == pytest.approx(0.5)
    assert report["totals"]["rps"] == pytest.approx(24)
