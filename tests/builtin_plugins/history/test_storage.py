"""What is kept of a run: written second by second, read back exactly, found by its names."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from loadhost_builtins.history._database import HistoryError
from loadhost_builtins.history._process import ProcessId
from loadhost_builtins.history._pruning import prune
from loadhost_builtins.history._reader import TOTAL, reading

MINUTE = [[("GET", f"/{place % 3}", 5.0 + place + number, None) for place in range(20)] for number in range(60)]


def test_the_histograms_of_an_ended_run_are_the_very_same(file: Any, kept: Any) -> None:
    stats = kept("one", MINUTE)
    with reading(file) as reader:
        run = reader.run("one")
    assert {key: entry.response_times for key, entry in run.entries.items()} == {
        (entry.name, entry.method): entry.response_times for entry in stats.entry_figures()
    }
    assert run.total is not None
    assert run.total.response_times == stats.totals_figures().response_times
    assert (run.total.name, run.total.method) == TOTAL


def test_a_run_without_an_end_has_what_its_seconds_add_up_to(file: Any, kept: Any) -> None:
    stats = kept("one", MINUTE, outcome=None)
    with reading(file) as reader:
        run = reader.run("one")
    assert run.state == "killed"
    assert run.total is not None
    assert run.total.response_times == stats.totals_figures().response_times
    assert run.duration_s == pytest.approx(60)


def test_a_run_whose_process_lives_is_running(file: Any, kept: Any) -> None:
    kept("one", MINUTE[:1], outcome=None, process=ProcessId.own())
    with reading(file) as reader:
        assert reader.run("one").state == "running"


def test_a_process_that_has_the_id_of_an_earlier_one_is_another(file: Any, kept: Any) -> None:
    own = ProcessId.own()
    kept("one", outcome=None, process=ProcessId(own.host, own.pid, own.started_s - 60, own.boot_s))
    kept("two", outcome=None, process=ProcessId(own.host, own.pid, own.started_s, own.boot_s - 9999))
    kept("three", outcome=None, process=ProcessId("another", own.pid, own.started_s, own.boot_s))
    with reading(file) as reader:
        assert {run.state for run in reader.runs()} == {"killed"}


def test_a_long_run_keeps_few_windows_and_every_request(file: Any, kept: Any) -> None:
    stats = kept("one", MINUTE, outcome=None, most_windows=16)
    with reading(file) as reader:
        run = reader.run("one")
        windows = list(reader.windows(run))
    assert len(windows) <= 16
    assert sum(window.duration_s for window in windows) == pytest.approx(60)
    assert [window.start_s for window in windows] == sorted(window.start_s for window in windows)
    assert run.total is not None
    assert run.total.response_times == stats.totals_figures().response_times


def test_names_that_utf8_has_no_bytes_for_are_kept_as_escapes(file: Any, kept: Any) -> None:
    kept("one", [[("GET", "/\ud800", 5.0, None)]])
    with reading(file) as reader:
        assert list(reader.run("one").entries) == [("/\\ud800", "GET")]


@pytest.mark.parametrize(
    ("text", "found"),
    [("2026a", "2026a-1"), ("2026b-2", "2026b-2"), ("2026c", "2026c-3"), ("3", "2026c-3"), ("last", "2026c-3"),
     ("last~2", "2026a-1"), ("tag:main", "2026b-2")],
)  # fmt: skip
def test_runs_are_found_by_the_beginning_of_their_id_by_age_and_by_tag(
    file: Any, kept: Any, text: str, found: str
) -> None:
    for run_id, tags in (("2026a-1", ["main"]), ("2026b-2", ["main", "v1"]), ("2026c-3", [])):
        kept(run_id, tags=tags)
    with reading(file) as reader:
        assert reader.run(text).id == found


@pytest.mark.parametrize(
    ("text", "said"),
    [("nope", "there is no run 'nope'"), ("2026", "the beginning of 2 runs"), ("tag:x", "--run-tag x"),
     ("last~9", "there is no run 'last~9'"), ("last~x", "there is no run")],
)  # fmt: skip
def test_what_is_not_found_is_one_line_with_the_next_step(file: Any, kept: Any, text: str, said: str) -> None:
    kept("2026a-1")
    kept("2026b-2", tags=["main"])
    with reading(file) as reader, pytest.raises(HistoryError, match=said):
        reader.run(text)


def test_all_runs_of_a_tag_can_be_asked_for(file: Any, kept: Any) -> None:
    for run_id in ("one", "two", "three"):
        kept(run_id, tags=["main"], outcome="failed" if run_id == "two" else "passed")
    with reading(file) as reader:
        assert [run.id for run in reader.several("tag:main", fits=lambda run: run.is_sound)] == ["three", "one"]
        assert [run.id for run in reader.several("one,tag:main,last")] == ["one", "three", "two"]


def test_a_run_is_given_a_tag_later(file: Any, kept: Any) -> None:
    kept("one")
    with reading(file) as reader:
        reader.tag(reader.run("one"), "good")
        assert reader.run("tag:good").tags == ("good",)
        reader.tag(reader.run("one"), "good", remove=True)
        assert reader.run("one").tags == ()


def test_old_runs_go_those_with_a_tag_last(file: Any, kept: Any) -> None:
    for number in range(5):
        kept(f"run{number}", MINUTE[:1], tags=["keep"] if number == 0 else [])
    connection = sqlite3.connect(file)
    prune(connection, most_runs=3)
    connection.commit()
    left = [id_ for (id_,) in connection.execute("SELECT id FROM runs ORDER BY number")]
    windows = connection.execute("SELECT count(DISTINCT run) FROM windows").fetchone()[0]
    connection.close()
    assert left == ["run0", "run4"]
    assert windows == 2


def test_old_runs_go_when_the_file_is_too_large(file: Any, kept: Any) -> None:
    for number in range(6):
        kept(f"run{number}", MINUTE)
    connection = sqlite3.connect(file)
    prune(connection, most_bytes=60_000)
    connection.commit()
    left = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    connection.close()
    assert 0 < left < 6
