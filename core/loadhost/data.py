"""Rows of a CSV or JSON-lines file for users: `accounts = rows("accounts.csv")`, then `next(accounts)` in a task."""

from __future__ import annotations

import codecs
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Literal, Protocol

from loadhost_hookspecs import hookimpl

from loadhost._data.records import Layout
from loadhost._data.row_file import RowFile
from loadhost._data.shuffle import Shuffle
from loadhost._options.convert import did_you_mean
from loadhost._plugins.current import current_manager
from loadhost.exception import StopTest, StopUser, UsageError

__all__ = ["Positions", "Rows", "rows"]

logger = logging.getLogger(__name__)

_FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_ORDERS = ("sequential", "shuffled")
_ENDS = ("stop_user", "stop_run")


class Positions(Protocol):
    """Whose turn it is: hands out 0, 1, 2, ... over all users of a run, none of them twice.

    `Rows.positions` is one that counts in this process. One that shares out numbers over processes may take its place,
    before the run; the row of a number is worked out from it, the same everywhere.
    """

    def next(self) -> int:
        """The next number. May wait."""

    def restart(self) -> None:
        """A run begins: start at 0 again."""


class LocalPositions:
    """The positions of one process."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count()

    def next(self) -> int:
        """The next number."""
        return next(self._numbers)

    def restart(self) -> None:
        """Start at 0 again."""
        self._numbers = count()


def rows(
    path: str | Path,
    *,
    order: Literal["sequential", "shuffled"] = "sequential",
    once: bool = False,
    at_end: Literal["stop_user", "stop_run"] = "stop_user",
    seed: int = 0,
    types: Mapping[str, Callable[[Any], Any]] | None = None,
    header: Sequence[str] = (),
    delimiter: str | None = None,
    encoding: str = "utf-8",
    format: Literal["csv", "jsonl"] | None = None,
) -> Rows:
    """The rows of a file, to be handed out to users. Call it at the top of the loadfile, not in a task.

    `path`: relative to the file that calls this. `order`: "sequential", as in the file, over and over; "shuffled",
    anew in each pass, by `seed`. `once`: each row once over all users; who asks for one more is stopped, or with
    `at_end="stop_run"` the run is. `types`: {"age": int, "active": bool}; the values of CSV are texts otherwise.
    `header`: names of the columns, of a CSV file without a header line. `delimiter`: "," if left out, a tab for .tsv.
    `format`: "csv" or "jsonl", if the name does not end in .csv, .tsv, .jsonl or .ndjson.

    Raises UsageError for settings that can't be; for a file that is missing or has a wrong row, before the run begins.
    """
    _choose("order", order, _ORDERS)
    _choose("at_end", at_end, _ENDS)
    if at_end != "stop_user" and not once:
        raise UsageError(f"rows({str(path)!r}): at_end={at_end!r} goes with once=True; without it rows never end")
    caller = sys._getframe(1).f_globals.get("__file__")
    place = Path(caller).resolve().parent / path if caller else Path(path).absolute()
    layout = Layout(
        path=place,
        label=str(path),
        is_csv=_format(Path(path), format) == "csv",
        encoding=_encoding(encoding),
        delimiter=_delimiter(delimiter, Path(path)),
        header=tuple(header),
        types=dict(types or {}),
    )
    made = Rows(layout, order=order, once=once, at_end=at_end, seed=seed)
    manager = current_manager()
    manager.register(_InRuns(made), manager.free_name(f"data:{place.name}"))
    return made


class Rows:
    """Rows to be handed out: `next(accounts)` is the next one, a dict of its own. Made by `rows`.

    `len(accounts)` is their number, `accounts[3]` one of them. The file is read once, to check and to count its rows,
    before the first run or when it is first needed; after that only what is asked for is read. Each run begins anew.
    """

    def __init__(self, layout: Layout, *, order: str, once: bool, at_end: str, seed: int) -> None:
        self.positions: Positions = LocalPositions()
        self._layout = layout
        self._is_shuffled, self._once, self._at_end, self._seed = order == "shuffled", once, at_end, seed
        self._open_file: RowFile | None = None
        self._shuffle: tuple[int, Shuffle] | None = None
        self._is_told = False

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> dict[str, Any]:
        """The next row. Raises StopUser, or StopTest, if each row has been handed out and `once` is set."""
        turn, place = divmod(self.positions.next(), len(self))
        if turn and self._once:
            self._end()
        return self._file.row(self._shuffled(turn, place) if self._is_shuffled else place)

    def __len__(self) -> int:
        return self._file.count

    def __getitem__(self, number: int) -> dict[str, Any]:
        """The row of this number, as it stands in the file. Nobody's turn changes by it."""
        size = len(self)
        if not -size <= number < size:
            raise IndexError(f"{self._layout.label} has {size:,} rows; {number} is none of them")
        return self._file.row(number % size)

    def restart(self) -> None:
        """Begin anew, as each run does. A file that was changed since is read again."""
        self.positions.restart()
        self._is_told = False
        if self._open_file is not None and not self._open_file.is_current:
            self.close()

    def close(self) -> None:
        """Close the file. It is opened again when the next row is asked for."""
        if self._open_file is not None:
            self._open_file.close()
        self._open_file = self._shuffle = None

    @property
    def _file(self) -> RowFile:
        if self._open_file is None:
            self._open_file = RowFile(self._layout)
        return self._open_file

    def _shuffled(self, turn: int, place: int) -> int:
        if self._shuffle is None or self._shuffle[0] != turn:
            self._shuffle = turn, Shuffle(len(self), f"{self._seed}:{turn}")
        return self._shuffle[1][place]

    def _end(self) -> None:
        said = f"all {len(self):,} rows of {self._layout.label} have been used"
        if self._at_end == "stop_run":
            raise StopTest(said)
        if not self._is_told:
            self._is_told = True
            logger.info("%s: users that ask for one more are stopped", said)
        raise StopUser(said)


class _InRuns:
    """The plugin that each Rows is for the runs of its loadfile."""

    def __init__(self, made: Rows) -> None:
        self._rows = made

    @hookimpl
    def loadhost_init(self) -> None:
        """A wrong row is refused before anything runs."""
        len(self._rows)

    @hookimpl
    def loadhost_test_start(self) -> None:
        """A run begins."""
        self._rows.restart()

    @hookimpl
    def loadhost_quitting(self) -> None:
        """The process ends."""
        self._rows.close()


def _choose(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError(
            f"rows: {name}={value!r} is not one of {', '.join(allowed)}{did_you_mean(str(value), allowed)}"
        )


def _format(path: Path, given: str | None) -> str:
    if given is not None:
        _choose("format", given, ("csv", "jsonl"))
        return given
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"rows({str(path)!r}): give format='csv' or format='jsonl' (one JSON object per line)")
    return _FORMATS[path.suffix.lower()]


def _encoding(name: str) -> str:
    """An encoding in which a line ends with one byte. The mark at the begin of UTF-8 files is skipped anyway."""
    try:
        known = codecs.lookup(name).name
    except LookupError:
        raise UsageError(f"rows: encoding={name!r} is not known; write for example utf-8, latin-1 or cp1252") from None
    if "\n".encode("utf-8" if known == "utf-8-sig" else known) != b"\n":
        raise UsageError(f"rows: encoding={name!r} is not possible; save the file as UTF-8")
    return "utf-8" if known == "utf-8-sig" else known


def _delimiter(given: str | None, path: Path) -> str:
    if given is None:
        return "\t" if path.suffix.lower() == ".tsv" else ","
    if len(given) != 1 or given in '"\r\n':
        raise UsageError(f"rows({str(path)!r}): delimiter={given!r} is not one character, such as ';'")
    return given
