"""Step 1: what must be known before plugins are loaded, read off the raw arguments without knowing any option."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WITH_VALUE = {"-p": "plugin", "--plugin": "plugin", "-f": "loadfile", "--loadfile": "loadfile", "--config": "config"}
_SWITCHES = {"--no-plugins": "no_plugins", "--strict-plugins": "strict_plugins", "--debug": "debug"}
COMPLETION_VARIABLE = "_LOADHOST_COMPLETE"


@dataclass(frozen=True)
class Scan:
    """What the raw arguments say about loading."""

    plugins: tuple[str, ...] = ()
    loadfiles: tuple[str, ...] = ()
    config: str | None = None
    no_plugins: bool = False
    strict_plugins: bool = False
    debug: bool = False


def scan(arguments: Sequence[str]) -> Scan:
    """Find -p X, -pX, --plugin X, --plugin=X and their like, anywhere; `--` ends the search."""
    values: dict[str, list[str]] = {"plugin": [], "loadfile": [], "config": []}
    switches: set[str] = set()
    for name, value in _found(arguments):
        if value is None:
            switches.add(name)
        else:
            values[name].append(value)
    return Scan(
        plugins=tuple(values["plugin"]),
        loadfiles=tuple(values["loadfile"]),
        config=values["config"][-1] if values["config"] else None,
        no_plugins="no_plugins" in switches,
        strict_plugins="strict_plugins" in switches,
        debug="debug" in switches,
    )


def _found(arguments: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return
        flag, equals, value = argument.partition("=")
        short = argument[:2]
        if argument in _SWITCHES:
            yield _SWITCHES[argument], None
        elif argument in _WITH_VALUE:
            following = next(rest, None)
            if following is not None:  # if it is missing, the parser says so later
                yield _WITH_VALUE[argument], following
        elif equals and flag.startswith("--") and flag in _WITH_VALUE:
            yield _WITH_VALUE[flag], value
        elif short in _WITH_VALUE:
            yield _WITH_VALUE[short], argument[2:]


def is_completing(environ: Mapping[str, str]) -> bool:
    """Whether the shell asks what could come next."""
    return COMPLETION_VARIABLE in environ


def effective_arguments(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The arguments; under completion, those that the person has typed so far."""
    if not is_completing(environ):
        return list(arguments)
    line = environ.get("COMP_WORDS", "")
    try:
        return shlex.split(line)[1:]
    except ValueError:  # an open quote
        return line.split()[1:]
