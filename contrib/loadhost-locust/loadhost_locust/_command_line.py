"""Reading Locust's command line: its own options from all their places, and what is left for the locustfile."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadhost_locust._options import OPTIONS, LocustOption, get_parser
from loadhost_locust._settings_files import Values, read_settings

_BY_FLAG = {flag: option for option in OPTIONS for flag in option.spellings}
_BY_KEY = {flag.lstrip("-"): option for flag, option in _BY_FLAG.items() if flag.startswith("--")}


@dataclass(frozen=True)
class CommandLine:
    """`options`: Locust's, by Locust's names. `given`: the names of those that somebody set.

    `rest`: what Locust has no option for, in its order: the locustfile's own options and names of user classes.
    """

    options: Namespace
    given: frozenset[str]
    rest: tuple[str, ...]


def read_command_line(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> CommandLine:
    """The command line over the environment over the files. Raises SystemExit if it makes no sense."""
    typed, rest = _split(arguments)
    named = [value for option, values in typed if option.name == "config" for value in values]
    files = read_settings(named[-1] if named else None, folder, Path(environ.get("HOME", "~")).expanduser())
    known, unknown = _from_files(files)
    said = {option.name: (option, values) for option, values in [*known, *_from_environment(environ), *typed]}
    line = [word for option, values in said.values() for word in _words(option, values)]
    options = get_parser().parse_args(line)
    options.user_classes = [word for word in rest if not word.startswith("-")]
    if not options.user_classes:
        rest = [*rest, *environ.get("LOCUST_USER_CLASSES", "").split()]
    return CommandLine(options, frozenset(said), (*unknown, *rest))


_Said = list[tuple[LocustOption, list[str]]]


def _split(arguments: Sequence[str]) -> tuple[_Said, list[str]]:
    """Locust's options with their texts, and everything else."""
    typed: _Said = []
    rest: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        flag, equals, value = word.partition("=")
        option = _BY_FLAG.get(flag)
        short = _BY_FLAG.get(word[:2]) if word[:1] == "-" and word[1:2] != "-" else None
        if word in ("-h", "--help"):
            get_parser().parse_args(["--help"])
        elif option is not None and (equals or option.type is bool):
            typed.append((option, [value] if equals else []))
        elif option is not None:
            typed.append((option, _take(option, words)))
        elif short is not None and short.type is not bool:
            typed.append((short, [word[2:]]))
        else:
            rest.append(word)
    return typed, rest


def _take(option: LocustOption, words: list[str]) -> list[str]:
    """The words that are this option's values, taken from the front."""
    taken: list[str] = []
    while words and (option.type is list or not taken) and not (option.type is list and words[0].startswith("-")):
        taken.append(words.pop(0))
    return taken


def _words(option: LocustOption, values: list[str]) -> list[str]:
    if option.type is bool:
        return [option.long]
    if option.type is list:
        return [option.long, *values]
    return [f"{option.long}={value}" for value in values] or [option.long]


def _from_environment(environ: Mapping[str, str]) -> _Said:
    said: _Said = []
    for option in OPTIONS:
        text = environ.get(option.variable or "")
        if text and not (option.type is bool and text.lower() not in ("1", "true", "yes")):
            said.append((option, _texts(option, text)))
    return said


def _from_files(values: Values) -> tuple[_Said, list[str]]:
    """Locust's options, and as arguments those that the locustfile may have."""
    known: _Said = []
    unknown: list[str] = []
    for key, value in values.items():
        option = _BY_KEY.get(key)
        if option is None:
            unknown += [f"--{key}={text}" for text in ([value] if isinstance(value, str) else value)]
        elif option.type is not bool or value in ("true", "yes", "1"):
            known.append((option, _texts(option, value)))
    return known, unknown


def _texts(option: LocustOption, value: str | list[str]) -> list[str]:
    if isinstance(value, list):
        return value if option.type is list else [",".join(value)]
    if option.name == "config_users" or option.type is not list:
        return [value]
    return value.strip("[]").replace(",", " ").split()
