"""Step 6: a command's function for typer, its signature built from options that are plain data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from loadhost_hookspecs import OptionSpec, duration, ratio

from loadhost._options import checks, list_types
from loadhost._options.convert import truth
from loadhost._options.layers import Given
from loadhost._options.registry import RegisteredOption

_METAVARS: dict[Any, str] = {
    str: "TEXT",
    int: "INTEGER",
    float: "NUMBER",
    Path: "PATH",
    duration: "TIME",
    ratio: "RATIO",
    checks.user_count: "INTEGER",
    checks.spawn_rate: "NUMBER",
    checks.run_time: "TIME",
    checks.stop_timeout: "TIME",
    checks.exit_code: "INTEGER",
    checks.host: "URL",
    checks.iterations: "INTEGER",
    truth: "true|false",
    list_types.TAGS: "TAGS",
    list_types.USER_CLASSES: "CLASSES",
    list_types.USER_SETTINGS: "JSON|PATH",
}

_BRACKET = re.compile(r"(\\*)\[([a-z#/@][^\[]*?\])?")

Handler = Callable[[Mapping[str, Given], dict[str, Any]], "int | None"]
"""Given the options of the command line and the command's own arguments, does it; what it returns is the exit code."""


@dataclass(frozen=True)
class Parsed:
    """The command that was chosen, and what it was given. Nothing has run yet."""

    handler: Handler
    given: Mapping[str, Given]
    own: dict[str, Any]

    def run(self) -> int | None:
        """Do it."""
        return self.handler(self.given, self.own)


def command_function(
    handler: Handler, options: Iterable[RegisteredOption], own: Sequence[inspect.Parameter] = ()
) -> Callable[..., Parsed]:
    """A function that typer can build a command from. Called with what was typed, it returns a Parsed."""
    options = tuple(options)

    def command(_context: typer.Context, **arguments: Any) -> Parsed:
        given = {**(_context.obj or {}), **_given(_context, options, arguments)}
        return Parsed(handler, given, {parameter.name: arguments[parameter.name] for parameter in own})

    dress(command, [*own, *(_parameter(option) for option in options)])
    return command


def group_function(options: Iterable[RegisteredOption], *, with_version: bool = False) -> Callable[..., None]:
    """The callback in front of a group's commands: what is given there counts for the command that follows."""
    options = tuple(options)

    def group(_context: typer.Context, **arguments: Any) -> None:
        _context.obj = {**(_context.obj or {}), **_given(_context, options, arguments)}

    version = Annotated[bool | None, typer.Option("--version", help="Show the version, and exit.")]
    shown = inspect.Parameter("version", inspect.Parameter.KEYWORD_ONLY, annotation=version, default=None)
    dress(group, [*([shown] if with_version else []), *(_parameter(option) for option in options)])
    return group


def dress(function: Callable[..., Any], parameters: Sequence[inspect.Parameter]) -> None:
    """Give the function the signature that typer reads."""
    context = inspect.Parameter("_context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    named = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    function.__signature__ = inspect.Signature([context, *named])  # type: ignore[attr-defined]  # functions take it
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in (context, *named)}


def _given(
    context: typer.Context, options: Sequence[RegisteredOption], arguments: Mapping[str, Any]
) -> dict[str, Given]:
    """What was typed; what typer took from defaults or the environment is resolved by ourselves, for all alike."""
    given: dict[str, Given] = {}
    for option in options:
        source = context.get_parameter_source(_parameter_name(option))
        if source is not None and source.name == "COMMANDLINE":
            value = arguments[_parameter_name(option)]
            given[option.name] = value if isinstance(value, bool | list) else [value]
    return given


def _parameter_name(option: RegisteredOption) -> str:
    return "given_" + re.sub(r"\W", "_", option.name)


def _parameter(option: RegisteredOption) -> inspect.Parameter:
    spec = option.spec
    kind: Any = bool | None if spec.type is bool else list[str] | None if spec.multiple else str | None
    declared = typer.Option(
        *spec.flags,
        help=escape(_help(spec)),
        metavar=" " if spec.type is bool else metavar(spec),
        envvar=None if spec.type is bool else spec.variable,
        rich_help_panel=option.panel,
        show_default=not spec.secret,
    )
    annotation = Annotated[kind, declared]
    name = _parameter_name(option)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=_shown_default(spec))


def _help(spec: OptionSpec) -> str:
    notes = [note for note, holds in (("may be repeated", spec.multiple), ("required", spec.required)) if holds]
    missing = [note for note in notes if note.split()[-1] not in spec.help]
    # A switch's variable is only named here: typer would convert it, with an error that says less than ours.
    variable = [f"[env var: {spec.variable}]"] if spec.type is bool else []
    return " ".join([spec.help, *(f"({note})" for note in missing), *variable]).strip()


def metavar(spec: OptionSpec) -> str:
    """What stands for the value in help."""
    if spec.choices:
        return "|".join(spec.choices)
    name = getattr(spec.type, "__name__", "text").strip("_<>").upper()
    return _METAVARS.get(spec.type, name)


def _shown_default(spec: OptionSpec) -> Any:
    """The default as help shows it. The value itself is taken from the spec, not from here."""
    default = spec.default
    if spec.type is bool:
        return bool(default) if "/" in "".join(spec.flags) else None
    if spec.multiple or default is None or spec.secret:
        return None
    return f"{default:g}" if isinstance(default, float) else str(default)


def escape(text: str) -> str:
    """Brackets in help are not markup. Our own, because importing rich's would cost every command 15 ms."""

    def double(found: re.Match[str]) -> str:
        backslashes, tag = found[1], found[2]
        # Before what looks like a tag rich reads two backslashes as one; before any other bracket it drops one.
        return f"{backslashes * 2 if tag else backslashes}\\[{tag or ''}"

    return _BRACKET.sub(double, text)
