"""Reading arguments with known options: which words are positional, which flags are unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadhost._options.registry import RESERVED, OptionRegistry


@dataclass(frozen=True)
class Words:
    """`positional`: the words that belong to no option, the command first. `unknown`: flags that nobody has.

    `certain`: the positional words that do not follow an unknown flag, whose value they could be.
    """

    positional: tuple[str, ...]
    certain: tuple[str, ...]
    unknown: tuple[str, ...]


def read_words(arguments: Sequence[str], registry: OptionRegistry) -> Words:
    """Split the arguments. A flag that nobody has is taken to have no value: write `--flag=value`."""
    positional: list[str] = []
    certain: list[str] = []
    unknown: list[str] = []
    rest = iter(arguments)
    doubtful = False
    for argument in rest:
        if argument == "--":
            remaining = list(rest)
            positional += remaining
            certain += remaining
        elif not argument.startswith("-") or argument == "-":
            positional.append(argument)
            certain += [] if doubtful else [argument]
            doubtful = False
        else:
            known = len(unknown)
            if _takes_next(argument, registry, unknown):
                next(rest, None)
            doubtful = len(unknown) > known and "=" not in argument
    return Words(tuple(positional), tuple(certain), tuple(unknown))


def _takes_next(argument: str, registry: OptionRegistry, unknown: list[str]) -> bool:
    """Whether the next argument is this flag's value. Notes the flag if nobody has it."""
    flag, equals, _ = argument.partition("=")
    option = registry.with_flag(flag)
    if option is not None:
        return option.spec.takes_value and not equals
    if flag.startswith("--"):
        if flag not in RESERVED:
            unknown.append(flag)
        return False
    return _short_takes_next(argument, registry, unknown)


def _short_takes_next(argument: str, registry: OptionRegistry, unknown: list[str]) -> bool:
    """Short flags: -u10, or several switches in one with one that takes a value last (-xyu 10)."""
    for position, letter in enumerate(argument[1:], start=1):
        option = registry.with_flag(f"-{letter}")
        if option is None:
            if f"-{letter}" not in RESERVED:
                unknown.append(f"-{letter}")
            return False
        if option.spec.takes_value:
            return position == len(argument) - 1
    return False


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether -h or --help is among the arguments."""
    ended = arguments.index("--") if "--" in arguments else len(arguments)
    return any(argument in ("-h", "--help") for argument in arguments[:ended])
