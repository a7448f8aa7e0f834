"""Which layer decides: the command line, over the environment, over the configuration file, over the default."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadhost._config import COMMAND_LINE, CONFIG_FILE, DEFAULT, ENVIRONMENT, Config, Setting
from loadhost._options.convert import from_file, from_texts, from_variable
from loadhost._options.registry import RegisteredOption, default_of
from loadhost.exception import UsageError

Given = bool | Sequence[str]
"""What the command line says of one option: a switch's position, or the texts it was given."""


@dataclass(frozen=True)
class FileSettings:
    """What a configuration file says: {attribute name: value}. `label` names the file in errors."""

    label: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """{attribute name: the key as it is written in the file}."""
    required: Sequence[Any] = ()
    """Its `required_plugins`, which are no option."""


def resolve(
    options: Iterable[RegisteredOption],
    given: Mapping[str, Given],
    environ: Mapping[str, str],
    file: FileSettings,
    *,
    required: Container[str] | None = None,
    node: str = "local",
    command: str = "",
) -> Config:
    """The Config of this process. Raises UsageError for the first value that is not allowed, or is missing.

    `required`: the names of the options that the command takes, and so may insist on; None means all.
    """
    options = tuple(options)
    settings = {option.name: _setting(option, given, environ, file) for option in options}
    for option in options:
        insists = option.spec.required and (required is None or option.name in required)
        if insists and settings[option.name].value in (None, []):
            raise UsageError(
                f"{option.spec.long_flag} is required by {option.owner_text}; give it, or set {option.spec.variable}"
            )
    return Config(options, settings, node=node, command=command)


def _setting(
    option: RegisteredOption, given: Mapping[str, Given], environ: Mapping[str, str], file: FileSettings
) -> Setting:
    spec = option.spec
    if option.name in given:
        said = given[option.name]
        value = said if isinstance(said, bool) else from_texts(spec, said, spec.long_flag)
        return Setting(value, COMMAND_LINE, said)
    text = environ.get(spec.variable)
    if text is not None and (text or spec.type is str):
        return Setting(from_variable(spec, text), ENVIRONMENT)
    if option.name in file.values:
        label = f"{file.label}: {file.keys.get(option.name, option.name)}"
        return Setting(from_file(spec, file.values[option.name], label), CONFIG_FILE)
    return Setting(default_of(option), DEFAULT)
