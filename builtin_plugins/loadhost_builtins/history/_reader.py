"""Reader: the runs of a history, found by id, "last", "last~2" or "tag:NAME", with their figures and windows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadhost.stats import merge_entries
from loadhost_hookspecs import EntryFigures

from loadhost_builtins.history._database import HistoryError, open_database, saying, transaction
from loadhost_builtins.history._process import ProcessId
from loadhost_builtins.history._records import KILLED, RUNNING, Key, Run, Window, entry_from, unpacked

TOTAL = ("Aggregated", "")
MOST_OF_A_TAG = 10
"""So many of the newest runs of a tag make a baseline."""


class Reader:
    """Reads a file that may be written to meanwhile. `with reading(path) as reader: ...`"""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_database(path, make=False)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def runs(self, *, with_entries: bool = False, limit: int = -1) -> list[Run]:
        """All of them, or so many, the newest first, by default without the figures of names."""
        with saying(self.path):
            cursor = self._connection.execute("SELECT * FROM runs ORDER BY number DESC LIMIT ?", (limit,))
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            return [self._run(row, with_entries=with_entries) for row in rows]

    def run(self, text: str, *, before: str | None = None) -> Run:
        """The run of that name, with its figures: an id or its beginning, "last", "last~1", "tag:NAME" (its newest)."""
        return self._with_entries(self._found(text, self.runs(), before))

    def several(
        self, text: str, *, before: str | None = None, fits: Callable[[Run], bool] = lambda run: True
    ) -> list[Run]:
        """The runs that `text` names: ids with commas between them, or all (the newest ten) of a tag.

        `before`: the id of a run that is left out. `fits`: of "last" and of tags only such runs count.
        """
        runs = [run for run in self.runs() if run.id != before]
        found: list[Run] = []
        for part in (part.strip() for part in text.split(",")):
            if part.startswith("tag:"):
                tagged = [run for run in runs if part[4:] in run.tags and fits(run)]
                found += tagged[:MOST_OF_A_TAG] or [self._missing(part, runs)]
            elif part.startswith("last"):
                found.append(self._found(part, [run for run in runs if fits(run)], before))
            else:
                found.append(self._found(part, runs, before))
        return list({run.number: run for run in found}.values())

    def windows(self, run: Run) -> Iterator[Window]:
        """Its windows, in order."""
        with saying(self.path):
            names = self._names(run.number)
            rows = self._connection.execute(
                "SELECT start_s, duration_s, seconds, users, entries FROM windows WHERE run = ? ORDER BY start_s",
                (run.number,),
            )
            for start, duration, seconds, users, blob in rows:
                entries = {names[number]: plain for number, *plain in unpacked(blob)}
                yield Window(start, duration, seconds, users, entries)

    def tag(self, run: Run, tag: str, *, remove: bool = False) -> None:
        """Give a run a tag, or take it away."""
        statement = (
            "DELETE FROM tags WHERE run = ? AND tag = ?" if remove else "INSERT OR IGNORE INTO tags VALUES (?, ?)"
        )
        with saying(self.path), transaction(self._connection):
            self._connection.execute(statement, (run.number, tag))

    def _found(self, text: str, runs: list[Run], before: str | None) -> Run:
        runs = [run for run in runs if run.id != before]
        if text.startswith("tag:"):
            return next((run for run in runs if text[4:] in run.tags), None) or self._missing(text, runs)
        if text == "last" or text.startswith("last~"):
            back = text.partition("~")[2] or "0"
            if back.isdecimal() and int(back) < len(runs):
                return runs[int(back)]
            return self._missing(text, runs)
        fitting = [run for run in runs if text and (run.id.startswith(text) or run.id.endswith(f"-{text}"))]
        exact = [run for run in fitting if run.id == text]
        if len(fitting) > 1 and not exact:
            ids = ", ".join(run.id for run in fitting[:5])
            raise HistoryError(f"{text!r} is the beginning of {len(fitting)} runs: {ids}; give more of it")
        return exact[0] if exact else fitting[0] if fitting else self._missing(text, runs)

    def _missing(self, text: str, runs: list[Run]) -> Run:
        if text.startswith("tag:"):
            tags = ", ".join(sorted({tag for run in runs for tag in run.tags})) or "none"
            raise HistoryError(
                f"no run in {self.path} has the tag {text[4:]!r} (there are: {tags}); "
                f"give one to a run: loadhost run ... --run-tag {text[4:]}, or: loadhost history tag RUN {text[4:]}"
            )
        raise HistoryError(
            f"there is no run {text!r} in {self.path}, which has {len(runs)}; write the beginning of an id, last, "
            "last~1 or tag:NAME; loadhost history lists them"
        )

    def _run(self, row: dict[str, Any], *, with_entries: bool) -> Run:
        number = row["number"]
        tags = self._connection.execute("SELECT tag FROM tags WHERE run = ? ORDER BY tag", (number,)).fetchall()
        run = Run(
            number=number,
            id=row["id"],
            started_s=row["started_s"],
            ended_s=row["last_s"] if row["ended_s"] is None else row["ended_s"],
            counted_s=row["counted_s"],
            state=row["outcome"] or _unended(row),
            exit_code=row["exit_code"],
            verdict=row["verdict"] or "",
            parts=tuple(json.loads(row["parts"] or "[]")),
            stop_reason=row["stop_reason"],
            users=row["users"],
            version=row["version"],
            command=row["command"],
            loadfiles=tuple(json.loads(row["loadfiles"])),
            options=json.loads(row["options"]),
            tags=tuple(tag for (tag,) in tags),
        )
        return self._with_entries(run) if with_entries else run

    def _with_entries(self, run: Run) -> Run:
        with saying(self.path):
            names = self._names(run.number)
            rows = self._connection.execute("SELECT name, figures FROM entries WHERE run = ?", (run.number,)).fetchall()
        entries = {names[name]: entry_from(*names[name], unpacked(blob)) for name, blob in rows}
        if not entries:  # it has no end: what its windows add up to
            entries = _added(window.entries for window in self.windows(run))
        total = _added([{TOTAL: replace(entry, name=TOTAL[0], method=TOTAL[1])} for entry in entries.values()]).get(
            TOTAL
        )
        return replace(run, entries=entries, total=total)

    def _names(self, number: int) -> dict[int, Key]:
        rows = self._connection.execute("SELECT number, name, method FROM names WHERE run = ?", (number,))
        return {place: (name, method) for place, name, method in rows}


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """A Reader that lets go of the file."""
    reader = Reader(path)
    try:
        yield reader
    finally:
        reader.close()


def _unended(row: dict[str, Any]) -> str:
    """A run without an end goes on, or was killed. One of another machine, whose end we can't know, reads as killed."""
    process = ProcessId(row["host"], row["pid"], row["process_s"], row["boot_s"])
    return RUNNING if process.is_alive else KILLED


def _added(parts: Any) -> dict[Key, EntryFigures]:
    found: dict[Key, EntryFigures] = {}
    for entries in parts:
        for key, entry in entries.items():
            found[key] = merge_entries(found[key], entry) if key in found else entry
    return found
