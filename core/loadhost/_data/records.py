"""Reads the rows of a CSV or JSON-lines file one by one, each with the place where it begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from loadhost._options.convert import truth
from loadhost.exception import UsageError

Row = dict[str, Any]
_MOST_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


Record = tuple[int, Row]
"""One row: the byte where it begins, and its values. No NamedTuple: of a million rows, that takes half a second."""


@dataclass(frozen=True)
class Layout:
    """How a file is written. `header`: the columns of a CSV file that doesn't name them; `types`: {column: type}."""

    path: Path
    label: str
    is_csv: bool
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    types: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


class Lines:
    """The lines of a file from its current place on, decoded; `offset` and `line` say how far it is."""

    def __init__(self, file: BinaryIO, layout: Layout, line: int = 0) -> None:
        self._readline = file.readline
        self._layout = layout
        self.offset = file.tell()
        self.line = line

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._readline(_MOST_BYTES)
        if not raw:
            raise StopIteration
        self.line += 1
        if not self.offset:
            self.offset, raw = (3, raw[3:]) if raw.startswith(_BOM) else (0, raw)
        self.offset += len(raw)
        if len(raw) == _MOST_BYTES:
            raise self.error("is longer than 16 MB")
        try:
            return raw.decode(self._layout.encoding)
        except UnicodeDecodeError:
            raise self.error(_not_decoded(raw, self._layout.encoding)) from None

    def error(self, what: str, line: int | None = None) -> UsageError:
        """The one line about what is wrong in a line of the file."""
        return UsageError(f"{self._layout.label}, line {line or self.line}: {what}")


def read_header(file: BinaryIO, layout: Layout) -> tuple[tuple[str, ...], int, int]:
    """The names of the columns, and the byte and the number of lines after them. For JSON lines there are none."""
    lines = Lines(file, layout)
    if not layout.is_csv:
        return (), 0, 0
    if layout.header:
        return _checked(layout.header, lines), 0, 0
    for _, _, values in _csv_values(lines, layout):
        return _checked([value.strip() for value in values], lines), lines.offset, lines.line
    return (), lines.offset, lines.line


def _checked(names: Sequence[str], lines: Lines) -> tuple[str, ...]:
    for place, name in enumerate(names, 1):
        if not name:
            raise lines.error(f"column {place} has no name; give header=[...] if the file has no header line")
        if name in names[: place - 1]:
            raise lines.error(f"two columns are named '{name}'; rename one, or give header=[...]")
    return tuple(names)


def read_records(file: BinaryIO, layout: Layout, columns: Sequence[str], line: int = 0) -> Iterator[Record]:
    """The rows from the file's current place on. Raises UsageError, with file and line, for one that is wrong."""
    lines = Lines(file, layout, line)
    return _csv_records(lines, layout, columns) if layout.is_csv else _json_records(lines, layout)


def _csv_records(lines: Lines, layout: Layout, columns: Sequence[str]) -> Iterator[Record]:
    width = len(columns)
    types = {name: _reader_of(kind) for name, kind in layout.types.items()}
    for offset, line, values in _csv_values(lines, layout):
        if len(values) != width:
            raise lines.error(f"{len(values)} values for {width} columns ({', '.join(columns)})", line)
        row = dict(zip(columns, values, strict=True))
        if types:
            _convert(row, types, lines, line)
        yield offset, row


def _csv_values(lines: Lines, layout: Layout) -> Iterator[tuple[int, int, list[str]]]:
    """Where each row begins that is not empty, and its values."""
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    while True:
        offset, line = lines.offset, lines.line + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise lines.error(_not_csv(str(error)), line) from None
        if values:
            yield offset, line, values


def _not_csv(said: str) -> str:
    if said.startswith("new-line character"):
        return "a carriage return outside of quotes; save the file with the line ends of Unix or Windows"
    if said.startswith("unexpected end"):
        return 'a quote (") is opened here and not closed'
    return said


def _json_records(lines: Lines, layout: Layout) -> Iterator[Record]:
    types = {name: _reader_of(kind) for name, kind in layout.types.items()}
    offset = lines.offset
    for text in lines:
        if text.strip():
            row = _json_row(text, lines)
            if types:
                _convert(row, types, lines, lines.line)
            yield offset, row
        offset = lines.offset


def _json_row(text: str, lines: Lines) -> Row:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise lines.error(f"not valid JSON ({error})") from None
    except RecursionError:
        raise lines.error("not valid JSON (nested too deeply)") from None
    if not isinstance(row, dict):
        raise lines.error(f'{text.strip()[:60]} is no JSON object; each line is one, such as {{"name": "Ann"}}')
    return row


def _convert(row: Row, types: Mapping[str, Callable[[Any], Any]], lines: Lines, line: int) -> None:
    for name, kind in types.items():
        if name in row:
            try:
                row[name] = kind(row[name])
            except (ValueError, TypeError, ArithmeticError) as error:
                raise lines.error(f"{name}: {_wrong(kind, row[name], error)}", line) from None


def _reader_of(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """bool("false") would be True."""
    return _truth if kind is bool else kind


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else truth(str(value))


def _wrong(kind: Callable[[Any], Any], value: Any, error: Exception) -> str:
    names: dict[Any, str] = {int: "a whole number", float: "a number"}
    return f"{value!r} is not {names[kind]}" if kind in names else str(error) or f"{value!r} is not allowed"


def _not_decoded(raw: bytes, encoding: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16; save it as UTF-8"
    return f"not {encoding}; give the file's encoding='...', or save it as UTF-8"
