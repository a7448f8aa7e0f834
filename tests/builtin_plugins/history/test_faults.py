"""What can be wrong with the file: one line that says what and what to do, and everything else goes on."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from loadhost import User, constant, hookimpl, task
from loadhost.testing import LoadhostRun
from loadhost_builtins.history import HistoryPlugin
from loadhost_builtins.history import _database as database
from loadhost_builtins.history._database import APPLICATION, HistoryError, LockedError, open_database, transaction
from loadhost_builtins.history._place import data_folder


class Visitor(User):
    wait_time = constant(0.002)

    @task
    def visit(self) -> None:
        self.environment.requests.record("GET", "/", 5.0)


def damaged(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA user_version = 99")
    connection.execute("CREATE TABLE unknown (x)")
    connection.close()


def of_something_else(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (x)")
    connection.close()


def a_folder(path: Path) -> None:
    path.mkdir()


FAULTS = {
    damaged: "damaged or no history.*mv ",
    newer: "newer loadhost .format 99.*pip install -U loadhost",
    of_something_else: "database of something else; name another file",
    a_folder: "is no file; name one",
}


@pytest.mark.parametrize(("spoil", "said"), FAULTS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_wrong_is_one_line(file: Path, spoil: Any, said: str) -> None:
    spoil(file)
    for make in (True, False):
        with pytest.raises(HistoryError, match=said) as caught:
            open_database(file, make=make)
        assert "\n" not in str(caught.value)


def test_a_file_of_a_newer_version_is_left_as_it_is(file: Path) -> None:
    newer(file)
    before = file.read_bytes()
    with pytest.raises(HistoryError):
        open_database(file, make=True)
    assert file.read_bytes() == before


@pytest.mark.parametrize("spoil", [damaged, newer])
def test_the_run_goes_on_without_a_history(
    file: Path, spoil: Any, loadhost_run: LoadhostRun, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(file)
    outcome = loadhost_run(
        [Visitor], in_process=True, plugins=[HistoryPlugin()], options={"history": file}, run_time=0.2
    )
    assert outcome.exit_code == 0
    assert outcome.result is not None
    assert outcome.result.totals.requests > 0
    lines = [record.getMessage() for record in caplog.records if record.name == "loadhost.history"]
    assert len(lines) == 1
    assert "the run goes on, and its other results are kept" in lines[0]


def test_a_locked_file_is_waited_for_and_then_named(file: Path, kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept("one")
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(LockedError, match="is locked by another process; end that"):
            kept("two")
    finally:
        holder.close()
    kept("three")


def test_a_run_catches_up_when_the_lock_is_gone(
    file: Path, kept: Any, loadhost_run: LoadhostRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept("one")
    monkeypatch.setattr(database, "BUSY_S", 0.02)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    class Release:
        @hookimpl
        def loadhost_test_stopping(self) -> None:
            holder.close()

    outcome = loadhost_run(
        [Visitor], in_process=True, plugins=[HistoryPlugin(), Release()], options={"history": file}, run_time=0.3
    )
    assert outcome.exit_code == 0
    connection = sqlite3.connect(file)
    states = [state for (state,) in connection.execute("SELECT outcome FROM runs ORDER BY number")]
    connection.close()
    assert states == ["passed", "passed"]


def test_a_full_disk_keeps_what_was_written_so_far(file: Path, kept: Any) -> None:
    seconds = [
        [("GET", f"/{place % 10}", 1.0 + place * number * 37 % 1000, None) for place in range(200)]
        for number in range(120)
    ]
    with pytest.raises(HistoryError, match="the disk is full; make room"):
        kept("one", seconds, max_pages=16)
    connection = sqlite3.connect(file)
    seconds = connection.execute("SELECT count(*) FROM windows").fetchone()[0]
    ends = connection.execute("SELECT count(*) FROM runs WHERE outcome IS NULL").fetchone()[0]
    connection.close()
    assert 0 < seconds < 120
    assert ends == 1


def test_a_transaction_that_fails_leaves_nothing(file: Path) -> None:
    connection = open_database(file, make=True)
    with suppress(ZeroDivisionError), transaction(connection):
        connection.execute("INSERT INTO tags VALUES (1, 'x')")
        raise ZeroDivisionError
    assert connection.execute("SELECT count(*) FROM tags").fetchone()[0] == 0
    connection.close()


def test_no_history_yet_is_said(file: Path) -> None:
    with pytest.raises(HistoryError, match="there is no history yet in "):
        open_database(file, make=False)
    assert not file.exists()


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"LOADHOST_DATA_DIR": "/d", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "linux", "/d"),
        ({"XDG_DATA_HOME": "/x", "HOME": "/h"}, "linux", "/x/loadhost"),
        ({"HOME": "/h"}, "linux", "/h/.local/share/loadhost"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Application Support/loadhost"),
    ],
)
def test_the_data_folder_is_where_the_system_has_such_things(
    environ: dict[str, str], platform: str, folder: str
) -> None:
    assert data_folder(environ, platform) == Path(folder)
