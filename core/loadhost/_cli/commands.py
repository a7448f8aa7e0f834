"""Commands of plugins: collected with their owners, then made into typer commands with the options they take."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager
    from loadhost._plugins.refs import PluginRef

CORE_COMMANDS = {"run": "run a load test", "plugins": "list plugins", "hooks": "list hooks"}


@dataclass(frozen=True)
class RegisteredCommand:
    """One command of a plugin. `words`: ("influx", "check") is `loadhost influx check`."""

    words: tuple[str, ...]
    function: Callable[..., Any]
    help: str
    options_from: tuple[str, ...]
    owner: PluginRef

    @property
    def name(self) -> str:
        """As it is typed."""
        return " ".join(self.words)

    @property
    def wants_config(self) -> bool:
        """Whether its function has a parameter `config`."""
        return "config" in inspect.signature(self.function).parameters

    def own_parameters(self) -> list[inspect.Parameter]:
        """The function's parameters with their annotations resolved, but for `config`."""
        hints = typing.get_type_hints(self.function, include_extras=True)
        return [
            parameter.replace(annotation=hints.get(parameter.name, str))
            for parameter in inspect.signature(self.function).parameters.values()
            if parameter.name != "config"
        ]


class PluginCommands:
    """The `commands` that `loadhost_add_commands` is given."""

    def __init__(self, registry: CommandRegistry, owner: PluginRef) -> None:
        self._registry = registry
        self._owner = owner

    def add(self, name: str, function: Callable[..., Any], *, help: str = "", options_from: Iterable[str] = ()) -> None:
        """Add a command."""
        text = help or (inspect.getdoc(function) or "").partition("\n")[0]
        self._registry.add(RegisteredCommand(tuple(name.split()), function, text, tuple(options_from), self._owner))


class CommandRegistry:
    """All commands of plugins; one name, one owner."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, ...], RegisteredCommand] = {}

    def collect(self, manager: PluginManager) -> None:
        """Ask every plugin for its commands."""
        manager.ask_each("loadhost_add_commands", lambda plugin: {"commands": PluginCommands(self, plugin)})

    def add(self, command: RegisteredCommand) -> None:
        """Add one command; a name that is taken is a UsageError that names both owners."""
        if len(command.words) not in (1, 2):
            raise UsageError(f"{command.owner} adds the command '{command.name}'; a name has one word, or two")
        if command.words[0] in CORE_COMMANDS:
            raise UsageError(
                f"'{command.words[0]}' is a command of loadhost itself; {command.owner} claims it too: "
                f"leave the plugin out with -p no:{command.owner.name}"
            )
        for other in self._commands.values():
            if _collide(command.words, other.words):
                raise UsageError(
                    f"two plugins claim the command '{command.name}': {other.owner} ('{other.name}') and "
                    f"{command.owner}; leave one out with -p no:{command.owner.name}"
                )
        self._commands[command.words] = command

    def __iter__(self) -> Iterator[RegisteredCommand]:
        return iter(self._commands.values())

    def names(self) -> list[str]:
        """Every command as it is typed, the core's too."""
        return [*CORE_COMMANDS, *(command.name for command in self)]

    def in_group(self, word: str) -> list[str]:
        """The second words of the group's commands; empty if it is no group."""
        return [words[1] for words in self._commands if words[0] == word and len(words) == 2]

    def first_words(self) -> list[str]:
        """What may be typed after `loadhost`."""
        return sorted({*CORE_COMMANDS, *(words[0] for words in self._commands)})


def _collide(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """The same name, or a command that has the name of a group."""
    return one == other or (one[0] == other[0] and len(one) != len(other))
