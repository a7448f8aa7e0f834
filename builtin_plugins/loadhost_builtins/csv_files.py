"""The plugin `csv`: --csv PREFIX writes Locust's four files, complete to the last request.

PREFIX_stats.csv (a row per name and the Aggregated row), PREFIX_failures.csv and PREFIX_exceptions.csv hold the whole
run; they are replaced every ten seconds and, in any case, at the end. PREFIX_stats_history.csv gets a row each second:
Requests/s, Failures/s and the percentiles are always those of the last 10 s, the "Total" columns count from the start.
With --csv-full-history each name has such rows as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import gevent
from loadhost import OptionSpec, RunResult, StatsWindow, UsageError, hookimpl
from loadhost_hookspecs import Config, EntryFigures, Environment, ErrorCount, ExceptionCount, Options

from loadhost_builtins._csv_history import History
from loadhost_builtins._csv_rows import HISTORY_COLUMNS, Row, exception_rows, failure_rows, stats_rows
from loadhost_builtins._files import refuse_unwritable, replacing

REFRESH_EVERY = 10
"""Windows between two refreshes of the files that hold the whole run."""


class CsvFiles:
    """Writes the four files of --csv; does nothing without it."""

    def __init__(self) -> None:
        self._prefix: str | None = None
        self._file: TextIO | None = None
        self._history = History(full=False)
        self._seen = 0

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--csv and --csv-full-history, spelled as Locust does."""
        options.add(
            OptionSpec(
                "--csv",
                help="Write PREFIX_stats.csv, PREFIX_stats_history.csv, PREFIX_failures.csv and "
                "PREFIX_exceptions.csv, with Locust's columns.",
            )
        )
        options.add(
            OptionSpec(
                "--csv-full-history",
                type=bool,
                default=False,
                help="With --csv: PREFIX_stats_history.csv has rows for every name, not only for all requests.",
            )
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a prefix that can't be written, before anything runs."""
        prefix = getattr(config.options, "csv", None)
        full = bool(getattr(config.options, "csv_full_history", False))
        if full and prefix is None:
            raise UsageError("--csv-full-history is for the files of --csv: add --csv PREFIX")
        if prefix is None or config.node == "worker":
            return
        self._history = History(full=full)
        if not Path(prefix).name or prefix.endswith(("/", "\\")):
            raise UsageError(f"--csv {prefix!r} is no prefix of file names; write for example --csv results/monday")
        self._prefix = prefix
        for part in ("stats", "stats_history", "failures", "exceptions"):
            refuse_unwritable(self._path(part), "--csv")

    @hookimpl
    def loadhost_test_start(self) -> None:
        """Begin the history anew; the files of an earlier run are replaced."""
        if self._prefix is None:
            return
        self._close_history()
        self._forget()
        path = self._path("stats_history")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._append(HISTORY_COLUMNS)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """What was added up so far is gone from the statistics, so it is gone here."""
        self._forget()

    @hookimpl
    def loadhost_stats_window(self, environment: Environment, window: StatsWindow) -> None:
        """Append to the history; refresh the other files now and then."""
        if self._file is None:
            return
        self._append(*self._history.rows(window))
        self._seen += 1
        if self._seen % REFRESH_EVERY == 0 and not window.final:
            stats = environment.stats
            self._write_whole(
                list(_figures_in_peace(environment)),
                stats.totals_figures(),
                self._history.seconds,
                stats.error_counts(),
                stats.exception_counts(),
            )

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write everything a last time, from the figures that the verdict was made of."""
        if self._prefix is None:
            return
        self._close_history()
        self._write_whole(result.entries, result.totals, result.counted_s, result.failures, result.exceptions)

    @hookimpl
    def loadhost_quitting(self) -> None:
        """Close what is open, if a run never came to its end."""
        self._close_history()

    def _write_whole(
        self,
        entries: Iterable[EntryFigures],
        totals: EntryFigures,
        seconds: float,
        failures: Iterable[ErrorCount],
        exceptions: Iterable[ExceptionCount],
    ) -> None:
        self._write("stats", stats_rows(entries, totals, seconds))
        self._write("failures", failure_rows(failures))
        self._write("exceptions", exception_rows(exceptions))

    def _write(self, part: str, rows: Iterable[Row]) -> None:
        with replacing(self._path(part), newline="") as file:
            writer = csv.writer(file)
            for row in rows:
                writer.writerow(row)
                gevent.sleep(0)  # half a millisecond per name, and there may be a thousand: let the users run

    def _append(self, *rows: Row) -> None:
        """Rows of history, on disk at once: whatever ends the process, the seconds so far are kept."""
        if self._file is not None:
            csv.writer(self._file).writerows(rows)
            self._file.flush()

    def _path(self, part: str) -> Path:
        return Path(f"{self._prefix}_{part}.csv")

    def _forget(self) -> None:
        self._history.clear()
        self._seen = 0

    def _close_history(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _figures_in_peace(environment: Environment) -> Iterable[EntryFigures]:
    """The figures of every name so far, letting the users run in between."""
    for entry in list(environment.stats.entries.values()):
        yield entry.figures()
        gevent.sleep(0)
