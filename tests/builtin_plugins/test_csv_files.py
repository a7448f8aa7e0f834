"""The plugin csv: Locust's four files."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from loadhost import UsageError
from loadhost_builtins._csv_rows import safe
from loadhost_builtins.csv_files import CsvFiles

PERCENTILES = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
# As Locust 2.47 writes them.
STATS = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    f"Max Response Time,Average Content Size,Requests/s,Failures/s,{PERCENTILES}"
)
HISTORY = (
    f"Timestamp,User Count,Type,Name,Requests/s,Failures/s,{PERCENTILES},Total Request Count,Total Failure Count,"
    "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,"
    "Total Average Content Size"
)


class Written:
    """A run with --csv, and the files that it wrote."""

    def __init__(self, run: Any, config: Any, folder: Path, **options: Any) -> None:
        self.folder, self.run = folder, run
        self.plugin = CsvFiles()
        self.plugin.loadhost_configure(config(csv=str(folder / "out" / "run"), **options))
        self.plugin.loadhost_test_start()

    def see(self, *windows: Any) -> None:
        for window in windows:
            self.plugin.loadhost_stats_window(environment=self.run, window=window)

    def finish(self, **changes: Any) -> None:
        self.plugin.loadhost_run_finished(self.run.result(**changes))

    def rows(self, part: str) -> list[dict[str, str]]:
        with (self.folder / "out" / f"run_{part}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def head(self, part: str) -> str:
        return (self.folder / "out" / f"run_{part}.csv").read_text().splitlines()[0]


@pytest.fixture
def writing(config: Any, tmp_path: Path) -> Iterator[Callable[[Any], Written]]:
    """Begins to write a run."""
    begun: list[Written] = []

    def write(run: Any) -> Written:
        begun.append(Written(run, config, tmp_path))
        return begun[-1]

    yield write
    for written in begun:
        written.plugin.loadhost_quitting()


@pytest.fixture
def written(shopping: Any, writing: Any) -> Written:
    """The shopping run, seen and finished."""
    written: Written = writing(shopping)
    written.see(*shopping.windows)
    written.finish()
    return written


def test_there_are_four_files_with_locusts_names(written: Written) -> None:
    """And nothing else."""
    assert sorted(os.listdir(written.folder / "out")) == [
        "run_exceptions.csv",
        "run_failures.csv",
        "run_stats.csv",
        "run_stats_history.csv",
    ]


def test_their_columns_are_locusts(written: Written) -> None:
    """Name for name."""
    assert written.head("stats") == STATS
    assert written.head("stats_history") == HISTORY
    assert written.head("failures") == "Method,Name,Error,Occurrences,First Seen,Last Seen"
    assert written.head("exceptions") == "Count,Message,Traceback,Nodes"


def test_stats_has_a_row_per_name_and_the_aggregated_row_last(written: Written) -> None:
    """Sorted by name, as Locust sorts."""
    names = [(row["Type"], row["Name"], row["Request Count"]) for row in written.rows("stats")]
    assert names == [("GET", "/", "8"), ("POST", "/buy", "2"), ("GET", "/cart", "2"), ("", "Aggregated", "12")]


def test_times_have_decimals(written: Written) -> None:
    """A response of half a millisecond is not 0."""
    cart = next(row for row in written.rows("stats") if row["Name"] == "/cart")
    assert cart["Min Response Time"] == "0.5"
    assert cart["100%"] == "20.0"


def test_rates_are_per_second_of_the_run(written: Written) -> None:
    """12 requests and 2 failures in two seconds."""
    total = written.rows("stats")[-1]
    assert (total["Requests/s"], total["Failures/s"]) == ("6.0", "1.0")


def test_failures_are_counted_by_name_and_error(written: Written) -> None:
    """One row for both."""
    (row,) = written.rows("failures")
    assert [row[key] for key in ("Method", "Name", "Error", "Occurrences")] == [
        "POST",
        "/buy",
        "500 Server Error",
        "2",
    ]


def test_a_failure_has_the_times_at_which_it_was_first_and_last_seen(written: Written) -> None:
    """In UTC, to the second."""
    (row,) = written.rows("failures")
    for key in ("First Seen", "Last Seen"):
        assert datetime.strptime(row[key], "%Y-%m-%dT%H:%M:%SZ")


def test_history_has_a_row_per_second_and_its_last_totals_are_those_of_the_run(written: Written) -> None:
    """So no request is missing from it."""
    rows = written.rows("stats_history")
    assert [row["Total Request Count"] for row in rows] == ["9", "12"]
    assert [row["Timestamp"] for row in rows] == ["1700000001", "1700000002"]
    last, total = rows[-1], written.rows("stats")[-1]
    for column in ("Request Count", "Failure Count", "Median Response Time", "Max Response Time"):
        assert last[f"Total {column}"] == total[column]


def test_the_full_history_has_a_row_per_second_and_name(shopping: Any, config: Any, tmp_path: Path) -> None:
    """Also of seconds in which a name had no traffic; the sums of the names are those of the Aggregated rows."""
    written = Written(shopping, config, tmp_path, csv_full_history=True)
    written.see(*shopping.windows)
    written.finish()
    rows = written.rows("stats_history")
    for timestamp in {row["Timestamp"] for row in rows}:
        second = [row for row in rows if row["Timestamp"] == timestamp]
        *names, total = second
        assert total["Name"] == "Aggregated"
        assert sum(int(row["Total Request Count"]) for row in names) == int(total["Total Request Count"])
    assert {row["Name"] for row in rows[-4:]} == {"/", "/buy", "/cart", "Aggregated"}


def test_the_full_history_needs_the_files(config: Any) -> None:
    """A switch that does nothing is a mistake."""
    with pytest.raises(UsageError, match="--csv-full-history is for the files of --csv: add --csv PREFIX"):
        CsvFiles().loadhost_configure(config(csv=None, csv_full_history=True))


def test_history_percentiles_and_rates_are_of_the_last_ten_seconds(run: Any, writing: Any) -> None:
    """Both of the same stretch, whereas the totals count from the start."""
    written = writing(run)
    written.see(run.second(*[("GET", "/", 900.0, None)] * 100))
    written.see(*[run.second(*[("GET", "/", 10.0, None)] * 2) for _ in range(10)])
    last = written.rows("stats_history")[-1]
    assert (last["Requests/s"], round(float(last["50%"])), last["100%"]) == ("2.0", 10, "10.0")
    assert (last["Total Request Count"], last["Total Max Response Time"]) == ("120", "900.0")


def test_history_is_on_disk_as_it_happens(shopping: Any, writing: Any) -> None:
    """Whatever kills the process, the seconds so far are kept."""
    written = writing(shopping)
    written.see(shopping.windows[0])
    assert len(written.rows("stats_history")) == 1


def test_the_other_files_are_refreshed_during_a_long_run(run: Any, writing: Any) -> None:
    """Every ten windows."""
    written = writing(run)
    written.see(*[run.second(("GET", "/", 10.0, None)) for _ in range(9)])
    assert not (written.folder / "out" / "run_stats.csv").exists()
    written.see(run.second(("GET", "/", 10.0, None)))
    assert written.rows("stats")[-1]["Request Count"] == "10"


def test_a_second_run_replaces_the_files_of_the_first(written: Written) -> None:
    """As a page may start one."""
    written.plugin.loadhost_test_start()
    written.see(written.run.windows[0])
    assert [row["Total Request Count"] for row in written.rows("stats_history")] == ["9"]


def test_without_requests_percentiles_are_not_available(run: Any, writing: Any) -> None:
    """N/A, as in Locust, not 0."""
    written = writing(run)
    written.see(run.second())
    written.finish()
    assert written.rows("stats")[-1]["95%"] == "N/A"


def test_exceptions_carry_their_traceback(run: Any, writing: Any) -> None:
    """With its line breaks, and the nodes."""
    run.stats.log_exception("Shopper", KeyError("id"), "Traceback:\n  line 1\nKeyError", "local")
    written = writing(run)
    written.finish()
    assert written.rows("exceptions") == [
        {"Count": "1", "Message": "KeyError('id')", "Traceback": "Traceback:\n  line 1\nKeyError", "Nodes": "local"}
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_name_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    """Names and errors come from outside."""
    assert safe(text) == f"'{text}"


def test_hostile_names_and_errors_are_neutralised_in_every_file(run: Any, writing: Any) -> None:
    """In the cells of names and of errors."""
    written = writing(run)
    written.see(run.second(("GET", "=cmd|x", 1.0, "@evil")))
    written.finish()
    assert written.rows("stats")[0]["Name"] == "'=cmd|x"
    assert written.rows("failures")[0]["Error"] == "'@evil"


def test_an_unwritable_prefix_is_refused_before_the_run(config: Any, tmp_path: Path) -> None:
    """With the option's name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"^--csv .*can't be written"):
        CsvFiles().loadhost_configure(config(csv=str(tmp_path / "file" / "run")))


@pytest.mark.parametrize("prefix", ["", "results/"])
def test_a_prefix_that_is_no_file_name_is_refused(config: Any, prefix: str) -> None:
    """It would make files called _stats.csv."""
    with pytest.raises(UsageError, match=r"^--csv .* is no prefix of file names"):
        CsvFiles().loadhost_configure(config(csv=prefix))


def test_without_its_option_it_writes_nothing(
    shopping: Any, config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inert."""
    monkeypatch.chdir(tmp_path)
    plugin = CsvFiles()
    plugin.loadhost_configure(config(csv=None))
    plugin.loadhost_test_start()
    plugin.loadhost_stats_window(environment=shopping, window=shopping.windows[0])
    plugin.loadhost_run_finished(shopping.result())
    assert os.listdir(tmp_path) == []


def test_a_worker_writes_nothing(config: Any, tmp_path: Path) -> None:
    """The master does."""
    plugin = CsvFiles()
    plugin.loadhost_configure(config(node="worker", csv=str(tmp_path / "run")))
    plugin.loadhost_test_start()
    assert os.listdir(tmp_path) == []
