"""RowFile: how many rows a file has, and any of them by its number, in memory that the file's size doesn't change."""

from __future__ import annotations

import logging
import os
import weakref
from array import array
from collections.abc import Iterator
from time import perf_counter

from loadhost._data.records import Layout, Record, Row, read_header, read_records
from loadhost._options.convert import did_you_mean
from loadhost.exception import UsageError

logger = logging.getLogger("loadhost.data")

_SLOW_S = 1.0
MOST_MARKS = 1 << 16
"""So many places of rows are kept, 8 bytes each; of a file with more rows those of every second, fourth, ... row."""


class RowFile:
    """A file whose rows have all been read once, and checked. Raises UsageError for the first that is wrong."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        try:
            self._file = layout.path.open("rb")
        except FileNotFoundError:
            raise UsageError(_missing(layout)) from None
        except OSError as error:
            raise UsageError(f"{layout.label} can't be read: {error.strerror}") from error
        self._close = weakref.finalize(self, self._file.close)
        self._seen = _stamp(self._file.fileno())
        self._columns, self._begin, self._header_lines = read_header(self._file, layout)
        self._marks, self._stride, self.count = array("Q"), 1, 0
        self._hint_at_delimiter()
        began_s = perf_counter()
        self._scan()
        if (seconds := perf_counter() - began_s) > _SLOW_S:
            logger.info("%s: %s rows read and checked in %.1f s", layout.label, f"{self.count:,}", seconds)
        self._records: Iterator[Record] = iter(())
        self._next = -1

    def _scan(self) -> None:
        self._file.seek(self._begin)
        for offset, _ in read_records(self._file, self._layout, self._columns, self._header_lines):
            if self.count % self._stride == 0:
                if len(self._marks) == MOST_MARKS:
                    self._marks, self._stride = self._marks[::2], self._stride * 2
                self._marks.append(offset)
            self.count += 1
        if not self.count:
            raise UsageError(f"{self._layout.label} has no rows")
        if self._layout.is_csv:
            self._refuse_unknown_types(self._columns)

    def _hint_at_delimiter(self) -> None:
        """A spreadsheet of half of Europe writes semicolons."""
        if len(self._columns) == 1 and ";" in self._columns[0] and self._layout.delimiter != ";":
            logger.warning("%s has one column, %r; is delimiter=';' meant?", self._layout.label, self._columns[0])

    def _refuse_unknown_types(self, columns: tuple[str, ...]) -> None:
        for name in self._layout.types:
            if name not in columns:
                raise UsageError(
                    f"{self._layout.label} has no column '{name}', which types names; it has {', '.join(columns)}"
                    f"{did_you_mean(name, columns)}"
                )

    @property
    def is_current(self) -> bool:
        """Whether the path still leads to the file that was read, as it was then."""
        try:
            return _stamp(self._layout.path) == self._seen
        except OSError:
            return False

    def row(self, number: int) -> Row:
        """The row of this number, from 0. The one after the last that was asked for is found at once."""
        if number != self._next:
            self._go_to(number)
        record = next(self._records, None)
        if record is None:
            raise UsageError(f"{self._layout.label} was changed while the run read it")
        self._next = number + 1
        return record[1]

    def _go_to(self, number: int) -> None:
        mark, beyond = divmod(number, self._stride)
        self._file.seek(self._marks[mark])
        self._records = read_records(self._file, self._layout, self._columns)
        for _ in range(beyond):
            next(self._records, None)

    def close(self) -> None:
        """Close the file."""
        self._close()


def _missing(layout: Layout) -> str:
    folder, name = layout.path.parent, layout.path.name
    near = did_you_mean(name, os.listdir(folder)) if folder.is_dir() else ""
    return f"{layout.label}: there is no {name} in {folder} (a path is relative to the file that names it){near}"


def _stamp(file: int | os.PathLike[str]) -> tuple[int, ...]:
    status = os.stat(file)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
