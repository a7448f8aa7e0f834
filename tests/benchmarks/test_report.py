"""The page that is made of the results."""

from __future__ import annotations

import json

import pytest
from benchmarks import __main__ as command
from benchmarks.report import judged, render
from benchmarks.tables import cell, factor, table


def sample(rps, **others):
    usual = {"cpu_us": 1e6 / rps, "generator_cpu": 1.0, "target_cpu": 0.5, "others_cpu": 0.0, "failures": 0}
    return {"rps": rps, **usual, "counted": 1000, "own": 1000, "connections": 50, **others}


def hang(rps):
    return {"rps": rps, "cpu_us": 10.0, "p99_ms": 5.0, "spooled": 10.0}


@pytest.fixture
def results():
    figures = {"p50": 5.0, "p95": 50.0, "p99": 500.0}
    row = {"users": 600, "cpu": 1.0, "truth": figures, "told": {"p50": 5.05, "p95": 50.0, "p99": 499.0}}
    late = {"p50_ms": 0.1, "p99_ms": 1.0, "max_ms": 9.0, "drift_ms": 0.0}
    light = {"spawn_s": 0.5, "idle_kib": 7.5, "connected_kib": 14.0}
    return {
        "about": {"date": "2026-11-22", "machine": "2 cores", "revision": "abc", "busy": "0.02"},
        "versions": {"loadhost": "0.1.0", "locust": "2.47.0"},
        "left_out": {"aiolocust": "it needs Python 3.14"},
        "method": {"seconds": 4.0, "rounds": 1, "quick": False, "cores": [0, 1]},
        "cases": {
            "get": {"samples": {"loadhost": [sample(90_000)], "locust": [sample(10_000)]}, "revision": "abc"},
            "dispatch": {"ns": {"3": {"loadhost": 150.0, "locust": 1950.0}}, "revision": "abc"},
            "idle": {"few": 1000, "many": 10_000, "peers": {"loadhost": light}, "revision": "abc"},
            "pacing": {"users": 1000, "seconds": 20, "peers": {"loadhost": late}, "revision": "abc"},
            "influx_hang": {
                "samples": {"without": [hang(100.0), hang(110.0)], "hanging": [hang(105.0)]},
                "revision": "abc",
            },
            "accuracy": {"burn_us": 100, "loads": {"saturated": {"loadhost": row}}, "revision": "abc"},
        },
    }


def row_of(text, *starts):
    (line,) = (line for line in text.splitlines() if line.startswith("| " + " | ".join(starts)))
    return [part.strip() for part in line.strip("|").split("|")]


def test_each_goal_stands_beside_what_was_measured(results):
    row = row_of(render(results), "FastHttpUser, GET", "Locust FastHttpUser")
    assert row[2:] == ["8", "11", "9.00", "reached"]


def test_a_goal_of_a_case_that_did_not_run_is_not_measured(results):
    assert row_of(render(results), "TLS", "Locust")[4] == "not measured"


def test_less_is_better_for_memory(results):
    text = render(results)
    assert row_of(text, "KiB per user, idle")[-1] == "aim reached"
    assert row_of(text, "KiB per user, connected")[-1] == "reached"


def test_dispatch_is_judged_as_a_share_of_the_peers_time(results):
    assert row_of(render(results), "telling one request event")[4:] == ["1/13.0", "aim reached"]


@pytest.mark.parametrize(("measured", "word"), [(7.99, "**missed**"), (8.0, "reached"), (11.0, "aim reached")])
def test_a_ratio_is_judged_by_both_limits(measured, word):
    assert judged(measured, 8, 11)[1] == word


def test_the_ratio_by_cpu_stands_beside_that_of_the_requests(results):
    assert row_of(render(results), "", "locust")[-2:] == ["9.00 times (9.00 to 9.00)", "9.00"]


def test_what_is_left_out_is_named_with_the_reason(results):
    assert "| aiolocust, left out | it needs Python 3.14 |" in render(results)


def test_the_error_of_a_percentile_stands_beside_it(results):
    assert "| 5.05 (+1.0%) |" in render(results)


def test_without_anything_to_note_there_are_no_notes(results):
    assert "## Notes" not in render(results)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"target_cpu": 0.97}, "the target took 97% of its core and may have been the limit"),
        ({"generator_cpu": 0.5}, "the generator took 50% of its core"),
        ({"others_cpu": 0.4}, "something else took up to 40% of a core meanwhile"),
        ({"own": 900}, "it counted -100 requests compared with the target"),
        ({"own": None}, "its own count could not be read"),
        ({"failures": 3}, "3 failures in 1 runs"),
        ({"connections": 5000}, "it opened 4,950 connections more than it has users"),
    ],
)
def test_what_spoils_a_figure_is_noted(results, change, note):
    results["cases"]["get"]["samples"]["loadhost"] = [sample(90_000, **change)]
    assert note in render(results)


def test_a_peer_that_gave_nothing_is_noted(results):
    results["cases"]["get"]["samples"]["hey"] = []
    assert "hey gave no figures" in render(results)


def test_a_busy_machine_is_noted(results):
    results["about"]["busy"] = "1.30"
    assert "Something else kept 1.3 cores busy" in render(results)


def test_the_profile_of_a_case_that_missed_is_shown(results):
    results["cases"]["get"]["profile"] = ["10.00 us CPU each", " 50.0%     5.00  connection.py:exchange"]
    assert "## Where the time goes" in render(results)


def test_an_empty_result_gives_a_page():
    assert render({"cases": {}}).startswith("# Performance")


def test_a_cell_never_ends_its_row():
    assert table(("a", "b"), [("1\n2", "x|y")]).splitlines()[-1] == "| 1 2 | x\\|y |"


def test_figures_have_three_digits_that_mean_something():
    assert [factor(value) for value in (0.41, 8.256, 11.04)] == ["0.41", "8.26", "11.0"]
    assert cell(1.8) == "1.8"


def test_an_unknown_case_is_refused_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        command.parse(["--cases", "get,tsl"])
    assert "no case 'tsl'; there are: get," in capsys.readouterr().err


def test_the_page_can_be_made_again_from_the_last_results(results, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RESULTS", tmp_path / "latest.json")
    monkeypatch.setattr(command, "PAGE", tmp_path / "performance.md")
    (tmp_path / "latest.json").write_text(json.dumps(results))
    assert command.main(["--only-report"]) == 0
    assert "FastHttpUser" in (tmp_path / "performance.md").read_text()


def test_a_hanging_export_stands_beside_the_noise(results):
    text = render(results)
    assert row_of(text, "difference") == ["difference", "+0.0%", "+0.0%", "+0.0%"]
    assert row_of(text, "spread of the rounds without")[1] == "9.5%"


def test_a_case_that_was_skipped_says_why(results):
    results["cases"]["influx_hang"] = {"skipped": "it needs loadhost-influx", "revision": "abc"}
    assert "Left out: it needs loadhost-influx." in render(results)
