"""From what a person typed, or wrote into a file, to the value of an option: or one line that says what is allowed."""

from __future__ import annotations

import difflib
import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from loadhost_hookspecs import OptionSpec

from loadhost._options.list_types import ListType
from loadhost._redaction import HIDDEN
from loadhost.exception import UsageError

_TRUE = ("1", "true", "yes", "on", "y", "t")
_FALSE = ("0", "false", "no", "off", "n", "f", "")
_KINDS: dict[Any, str] = {int: "a whole number", float: "a number"}


def from_text(spec: OptionSpec, text: str, label: str) -> Any:
    """One text as a value of the option; `label` is what the error names ("--users", "LOADHOST_USERS")."""
    try:
        return _converted(spec, text, label)
    except UsageError:
        if spec.secret:  # a line of an error ends in logs: it must not quote what was typed
            raise UsageError(f"{label}: {HIDDEN} is not allowed; write {_expected(spec)}") from None
        raise


def _converted(spec: OptionSpec, text: str, label: str) -> Any:
    if spec.type is bool:
        return _switch(text, label)
    if spec.choices:
        text = _choice(text, spec.choices, label)
    try:
        value = spec.type(text)
    except (ValueError, TypeError, ArithmeticError, ArgumentTypeError) as error:
        raise UsageError(f"{label}: {_reason(spec.type, text, error)}") from error
    if isinstance(value, float) and math.isnan(value):
        raise UsageError(f"{label}: {text!r} is not a number")
    return value


def from_texts(spec: OptionSpec, texts: Iterable[str], label: str) -> Any:
    """Like from_text, for an option that was given once or, if it allows that, several times (then a list)."""
    texts = list(texts)
    if spec.multiple:
        return _joined(spec, (from_text(spec, text, label) for text in texts))
    return from_text(spec, texts[-1], label)


def _joined(spec: OptionSpec, values: Iterable[Any]) -> list[Any]:
    return [each for value in values for each in value] if isinstance(spec.type, ListType) else list(values)


def from_variable(spec: OptionSpec, text: str) -> Any:
    """The value that an environment variable gives; several are separated by commas or spaces, or as the spec says."""
    parts = spec.multiple and not isinstance(spec.type, ListType)  # which parts its text itself
    separator = re.escape(spec.separator) if spec.separator else r"[,\s]+"
    texts = [part.strip() for part in re.split(separator, text) if part.strip()] if parts else [text]
    return from_texts(spec, texts, spec.variable)


def from_file(spec: OptionSpec, value: Any, label: str) -> Any:
    """The value that a configuration file gives, with the file's own types; `label` names file and key."""
    if spec.multiple:
        values = value if isinstance(value, list) else [value]
        return _joined(spec, (_one_from_file(spec, each, label) for each in values))
    return _one_from_file(spec, value, label)


def _one_from_file(spec: OptionSpec, value: Any, label: str) -> Any:
    shown = HIDDEN if spec.secret else repr(value)
    if spec.type is bool:
        if isinstance(value, bool):
            return value
        raise UsageError(f"{label}: {shown} is not true or false; write it without quotes")
    if isinstance(spec.type, ListType) and isinstance(value, dict):
        return _from_table(spec.type, value, label)
    if isinstance(value, bool) and spec.type is truth:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{label}: {shown} is {_toml_type(value)}; write {_expected(spec)}")
    if spec.type in (str, Path) and not isinstance(value, str):
        raise UsageError(f"{label}: {shown} is {_toml_type(value)}; write {_expected(spec)}, in quotes")
    return from_text(spec, str(value), label)


def _from_table(kind: ListType, table: dict[str, Any], label: str) -> list[Any]:
    try:
        return kind.from_table(table)
    except ValueError as error:
        raise UsageError(f"{label}: {error}") from error


def truth(text: str) -> bool:
    """True or false, for an option that takes it as a value (`--verify false`), which a switch does not."""
    lowered = text.strip().lower()
    if lowered not in (*_TRUE, *_FALSE):
        raise ValueError(f"{text!r} is neither true nor false")
    return lowered in _TRUE


def _switch(text: str, label: str) -> bool:
    try:
        return truth(text)
    except ValueError as error:
        raise UsageError(f"{label}: {error}; write 1 or 0") from None


def _choice(text: str, choices: tuple[str, ...], label: str) -> str:
    for choice in choices:
        if text == choice or (text.lower() == choice.lower() and text not in choices):
            return choice
    raise UsageError(f"{label}: {text!r} is not one of {', '.join(choices)}{did_you_mean(text, choices)}")


def _reason(kind: Callable[[str], Any], text: str, error: Exception) -> str:
    if kind in _KINDS:
        return f"{text!r} is not {_KINDS[kind]}"
    return str(error) or f"{text!r} is not allowed"


def _toml_type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return next((name for kind, name in names.items() if type(value) is kind), "something else")


def _expected(spec: OptionSpec) -> str:
    if spec.choices:
        return f"one of {', '.join(spec.choices)}"
    if spec.type in (str, Path) or isinstance(spec.type, ListType):
        return "a text"
    if spec.type in (bool, truth):
        return "true or false"
    return _KINDS.get(spec.type, "one number or text")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "; did you mean X?", or nothing if nothing is near."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""
