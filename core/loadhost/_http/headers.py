"""Headers: the fields of a response by name, in any case; and what a field of a request may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from loadhost._http.errors import BadRequest

_is_name = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_is_value = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch
_is_latin = re.compile(r"[\x00-\xff]*").fullmatch


class Headers(Mapping[str, str]):
    """Names are found in any case; several fields of one name are joined by ", ", `get_all` has them apart."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields: dict[str, list[tuple[str, str]]] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), []).append((name, value))

    def __getitem__(self, name: str) -> str:
        return ", ".join(value for _, value in self._fields[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return (fields[0][0] for fields in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(dict(self))

    def get_all(self, name: str) -> list[str]:
        """The values of every field of that name, in order."""
        return [value for _, value in self._fields.get(name.lower(), [])]


def parse_head(head: bytes) -> Headers:
    """The fields of a raw head by name."""
    return Headers(parse_fields(head))


def parse_fields(head: bytes) -> list[tuple[str, str]]:
    """The fields of a raw head, in order. The C parser has checked it before."""
    fields: list[tuple[str, str]] = []
    for line in head.split(b"\r\n")[1:]:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields.pop()  # a folded line goes on with the field before
            fields.append((name, f"{value} {line.decode('latin-1').strip()}"))
            continue
        raw_name, _, raw_value = line.decode("latin-1").partition(":")
        fields.append((raw_name, raw_value.strip(" \t")))
    return fields


def is_plain_value(value: object) -> bool:
    """Whether a value can stand in a head as it is: a text, ASCII, without control characters."""
    return type(value) is str and value.isascii() and value.isprintable()


def field_line(name: str, value: object) -> str:
    """One line of a request's head. Raises BadRequest for what would break it apart."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise BadRequest(f"header {name!r}: {value!r} is no text")
    if not isinstance(name, str) or not _is_name(name):
        raise BadRequest(f"header {name!r}: the name may have letters, digits and !#$%&'*+-.^_`|~ only")
    if not _is_value(text):
        raise BadRequest(f"header {name!r}: the value {text!r} has a line break or another control character")
    if not text.isascii() and not _is_latin(text):
        raise BadRequest(f"header {name!r}: the value {text!r} is not Latin-1; give it as bytes, encoded")
    return f"{name}: {text}\r\n"


def merged_fields(defaults: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Default fields and the fields that go before them; a value of None leaves a field out."""
    replaced = {name.lower() for name in fields}
    kept = {name: value for name, value in defaults.items() if name.lower() not in replaced}
    return {name: value for name, value in {**kept, **fields}.items() if value is not None}
