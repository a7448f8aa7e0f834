"""Types of which one text gives several values: names with commas between them, and settings of user classes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_EXAMPLE = """'{"user_class_name": "Shopper", "weight": 3}'"""


class ListType:
    """For an option that may be repeated: each text gives a list, and the option's value is all of them in one."""

    def __call__(self, text: str) -> list[Any]:
        """The values that a text gives. Raises ValueError with a line that says what is allowed."""
        raise NotImplementedError

    def from_table(self, table: Mapping[str, Any]) -> list[Any]:
        """The values that a table of a configuration file gives."""
        raise ValueError(f"{dict(table)!r} is a table; write a text")


class Names(ListType):
    """`Names("tag", "checkout,search")`: tags, or names of classes. Commas and spaces part them."""

    def __init__(self, what: str, example: str) -> None:
        self._what = what
        self._example = example

    def __call__(self, text: str) -> list[str]:
        """The names in their order."""
        names = [name for name in re.split(r"[,\s]+", text) if name]
        if not names:
            raise ValueError(f"{text!r} names no {self._what}; write for example {self._example}")
        return names


class UserSettings(ListType):
    """JSON, or the path of a JSON file: one object or a list of them, each of which names a user class."""

    def __call__(self, text: str) -> list[dict[str, Any]]:
        """The settings in their order."""
        where, source = ("", text) if text.lstrip()[:1] in ("{", "[") else (f"{text}: ", _read(text))
        try:
            data = json.loads(source)
        except (ValueError, RecursionError) as error:
            shown = where.rstrip(": ") or repr(text[:80])
            raise ValueError(f"{shown} is not valid JSON ({error}); write {_EXAMPLE}") from error
        return [_one(each, where) for each in (data if isinstance(data, list) else [data])]

    def from_table(self, table: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same, written as a table of TOML."""
        return [_one(dict(table), "")]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"{path!r} is neither JSON nor a file that exists; write {_EXAMPLE}, or a path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path!r} can't be read: {error}") from error


def _one(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"{where}{data!r} is no JSON object; write {_EXAMPLE}")
    if not isinstance(data.get("user_class_name"), str):
        raise ValueError(f'{where}{json.dumps(data)} names no user class; add "user_class_name": write {_EXAMPLE}')
    return data


TAGS = Names("tag", "checkout,search")
USER_CLASSES = Names("user class", "Shopper,Thief")
USER_SETTINGS = UserSettings()
