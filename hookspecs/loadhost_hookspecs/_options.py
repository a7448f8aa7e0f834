"""Options and commands as plain data: what a plugin adds to the command line, and what it reads back."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class OptionSpec:
    """One option, for the command line, the environment and the configuration file alike.

    `flags`: "--fail-ratio", or several ("-u", "--users"); a switch with a negative form is "--x/--no-x".
    `type`: str, int, float, bool (a switch), pathlib.Path, or a function from the typed text to a value that
    raises ValueError with a line that names the allowed values (`loadhost_hookspecs.duration`, `.ratio`).
    `default`: the value (already of the type) if nobody sets it. `choices`: the only texts allowed.
    `env`: the environment variable; None means LOADHOST_ and the long flag in capitals. `multiple`: may be
    repeated, the value is a list; `separator`: what parts its values in the environment variable, if not commas and
    spaces. `required`: refused if unset. `secret`: shown nowhere. `on_workers`: a secret
    that worker processes need. `web_editable`: the page may change it. `commands`: which commands take it.
    """

    flags: str | tuple[str, ...]
    type: Callable[[str], Any] = str
    default: Any = None
    help: str = ""
    choices: tuple[str, ...] = ()
    env: str | None = None
    multiple: bool = False
    separator: str = ""
    required: bool = False
    secret: bool = False
    on_workers: bool = False
    web_editable: bool = False
    commands: tuple[str, ...] = ("run", "web", "demo")

    def __post_init__(self) -> None:
        flags = (self.flags,) if isinstance(self.flags, str) else tuple(self.flags)
        if not flags or not all(flag.startswith("-") for flag in flags):
            raise ValueError(f"OptionSpec flags start with a dash, such as '--fail-ratio'; got {self.flags!r}")
        object.__setattr__(self, "flags", flags)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every flag on its own, negative forms included: ("-v", "--verify", "--no-verify")."""
        return tuple(flag.strip() for text in self.flags for flag in text.split("/"))

    @property
    def long_flag(self) -> str:
        """The first long positive flag ("--fail-ratio"), or the first flag if there is no long one."""
        positive = [text.split("/")[0].strip() for text in self.flags]
        return next((flag for flag in positive if flag.startswith("--")), positive[0])

    @property
    def name(self) -> str:
        """The attribute of `config.options`: the long flag, with underscores ("fail_ratio")."""
        return self.long_flag.lstrip("-").replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets it ("LOADHOST_FAIL_RATIO")."""
        return self.env or "LOADHOST_" + self.name.upper()

    @property
    def takes_value(self) -> bool:
        """False for a switch."""
        return self.type is not bool


class Options(Protocol):
    """What `loadhost_add_options` is given. Everything added is known to come from the plugin that is asked."""

    def add(self, spec: OptionSpec) -> None:
        """Add one option. Raises UsageError if another plugin has the flag, or if options are closed."""

    def add_argument(self, *flags: str, **keywords: Any) -> None:
        """Add one option with argparse's keywords (choices, dest, action="store_true", nargs="+", ...) and Locust's
        (env_var, is_secret, is_required, is_multiple, include_in_web_ui)."""

    def add_argument_group(self, title: str | None = None, description: str | None = None) -> Options:
        """A part of the options with a heading of its own in the help."""


class Commands(Protocol):
    """What `loadhost_add_commands` is given."""

    def add(self, name: str, function: Callable[..., Any], *, help: str = "", options_from: Iterable[str] = ()) -> None:
        """Add the command `name` ("influx check": two words make a group).

        `function` has typer's Annotated parameters; if it has one named `config`, it is given the Config with
        the options of the plugins named by `options_from` and every option whose `commands` names this command.
        What it returns, if it is an int, is the exit code.
        """


class Config(Protocol):
    """The settings of this process: what was asked for, and where each value came from."""

    node: str
    """"local", "master" or "worker"."""
    options: Namespace
    """One attribute per option (`config.options.fail_ratio`)."""

    def source(self, name: str) -> str:
        """ "command line", "environment", "config file", "default", or "plugin NAME" (see set_default)."""

    def set_default(self, name: str, value: Any) -> bool:
        """Give an option that nobody set another default. Returns False if somebody did set it."""

    def arguments(self) -> list[str]:
        """The options that were given on the command line, as arguments that give them again."""

    def shown(self) -> dict[str, tuple[Any, str]]:
        """{name: (value, source)} for reports; secrets are "***"."""

    def redact(self, text: str) -> str:
        """The text with "***" for the values of secret options, credentials in addresses and headers, and tokens.

        `RunResult` needs it no more: all its texts are redacted before `loadhost_run_finished`.
        """
