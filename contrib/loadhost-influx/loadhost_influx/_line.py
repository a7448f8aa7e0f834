r"""Line protocol: points as lines that every server reads back as they were meant, whatever the texts in them.

The protocol has no escape for line breaks, and servers disagree about a backslash before a comma, an equals sign, a
space, another backslash or the end of a tag. A tag that holds one of them, or is too long, is written in a readable
form with a hash of the original behind it (`C:/~1f3a09c2`): two different texts never become one series, whose points
would overwrite each other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite

LONGEST_TAG = 300
"""Characters; InfluxDB's limit is 64 KB for the key of a series, and every query carries it around."""
LONGEST_TEXT = 1000

_IN_TAG = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_IN_TEXT = str.maketrans({'"': '\\"', "\\": "\\\\"})

# Line breaks of all kinds, other control characters, halves of surrogate pairs (which UTF-8 can't hold).
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DISPUTED_BACKSLASH = re.compile(r"\\(?=[,= \\]|\Z)")

Tags = tuple[tuple[str, str], ...]
Fields = Mapping[str, "float | bool | str | None"]


def line(measurement: str, tags: Tags, fields: Fields, time_ns: int) -> str | None:
    """One point, `time_ns` in epoch nanoseconds; None if no field has a value.

    Empty tags are left out, which queries read as empty; so are fields that are None, NaN or infinite. Numbers are
    always written as floats: the first write fixes a field's type, and a conflict would be refused ever after.
    """
    written = ",".join([f"{_key(name)}={text}" for name, value in fields.items() if (text := _value(value))])
    return f"{series(measurement, tags)} {written} {time_ns}" if written else None


# The same series come again with every interval: 2,000 names have about 30,000.
@lru_cache(maxsize=32_768)
def series(measurement: str, tags: Tags) -> str:
    """The measurement with the tags that are not empty, sorted by key as servers like it."""
    written = [f",{_key(key)}={_key(value)}" for key, value in sorted(tags) if value and key]
    return _key(measurement) + "".join(written)


def plain_tag(text: str) -> str:
    """The value that is read back for a tag: the text itself, unless the protocol can't hold it."""
    shown = _DISPUTED_BACKSLASH.sub("/", _printable(text)[:LONGEST_TAG])
    return shown if shown == text else f"{shown}~{_hash(text)}"


def plain_text(text: str) -> str:
    """The value that is read back for a text: on one line, and not too long."""
    shown = _printable(text)
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 3] + "..."


@lru_cache(maxsize=8192)
def _key(text: str) -> str:
    return plain_tag(text).translate(_IN_TAG)


def _value(value: float | bool | str | None) -> str:
    """As it is written; "" if it can't be."""
    if type(value) is float:
        return repr(value) if isfinite(value) else ""
    if value is None:
        return ""
    if isinstance(value, str):
        return f'"{plain_text(value).translate(_IN_TEXT)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _value(float(value))
    except OverflowError:  # a whole number beyond all floats
        return ""


def _printable(text: str) -> str:
    r"""Characters that can't be written as `\n`, `\x1b`, `\ud800`."""
    return _UNWRITABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
