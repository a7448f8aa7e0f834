"""Config: the settings of this process, and where each value came from."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadhost._options.registry import RegisteredOption, collect_options, default_of
from loadhost._redaction import HIDDEN, Redactor

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager

COMMAND_LINE, ENVIRONMENT, CONFIG_FILE, DEFAULT = "command line", "environment", "config file", "default"


@dataclass(frozen=True)
class Setting:
    """One value, its source, and (from the command line) the switch's position or the texts that gave it."""

    value: Any
    source: str = DEFAULT
    given: bool | Sequence[str] | None = None


class Config:
    """What was asked for. `options` has one attribute per option; see `loadhost_hookspecs.Config`.

    `command`: the command line as a report may show it, without secrets; empty in library use.
    """

    def __init__(
        self,
        options: Iterable[RegisteredOption] = (),
        settings: Mapping[str, Setting] | None = None,
        *,
        node: str = "local",
        command: str = "",
    ) -> None:
        self.node = node
        self.command = command
        self.options = Namespace()
        self._registered: dict[str, RegisteredOption] = {}
        self._settings: dict[str, Setting] = {}
        given = settings or {}
        for option in options:
            self._add(option, given.get(option.name))

    @classmethod
    def defaults(cls, options: Iterable[RegisteredOption], *, node: str = "local") -> Config:
        """Every option at its default, for library use: no arguments, environment or files are read."""
        return cls(options, node=node)

    def extend(self, options: Iterable[RegisteredOption]) -> None:
        """Take in options that came later (a plugin registered in library use), at their defaults."""
        for option in options:
            if option.name not in self._settings:
                self._add(option, None)

    def _add(self, option: RegisteredOption, setting: Setting | None) -> None:
        self._registered[option.name] = option
        self._settings[option.name] = setting or Setting(default_of(option))
        setattr(self.options, option.name, self._settings[option.name].value)

    def source(self, name: str) -> str:
        """Where the value came from: one of the constants above, or "plugin NAME"."""
        return self._settings[self._known(name)].source

    def set_default(self, name: str, value: Any, *, plugin: str | None = None) -> bool:
        """Give an option that nobody set another default; the first who does so wins. False if it was set."""
        if self._settings[self._known(name)].source != DEFAULT:
            return False
        self._settings[name] = Setting(value, f"plugin {plugin}" if plugin else "plugin")
        setattr(self.options, name, value)
        return True

    def arguments(self) -> list[str]:
        """The options that were given on the command line, as arguments that give them again, secrets included."""
        return [argument for name in self._settings for argument in self._arguments_of(name)]

    def _arguments_of(self, name: str) -> list[str]:
        spec, given = self._registered[name].spec, self._settings[name].given
        if given is None:
            return []
        if isinstance(given, bool):
            negative = next((flag for flag in spec.spellings if flag.startswith("--no-")), spec.long_flag)
            return [spec.long_flag if given else negative]
        return [f"{spec.long_flag}={text}" for text in given]

    def shown(self) -> dict[str, tuple[Any, str]]:
        """{name: (value, source)}, sorted by name; the value of a secret that is set is "***"."""
        return {name: (self._shown_value(name), self._settings[name].source) for name in sorted(self._settings)}

    def redact(self, text: str) -> str:
        """The text without the values of secret options, and without what looks like credentials (Redactor)."""
        return Redactor(self._secrets())(text)

    def redactor(self) -> Redactor:
        """The same for many texts; the secrets are those of now."""
        return Redactor(self._secrets())

    def _secrets(self) -> Iterator[str]:
        for name, option in self._registered.items():
            value = getattr(self.options, name, None) if option.spec.secret else None
            for each in value if isinstance(value, list | tuple) else [value]:
                if each is not None and each is not True and each is not False:
                    yield str(each)

    def _shown_value(self, name: str) -> Any:
        value = getattr(self.options, name, None)
        return HIDDEN if self._registered[name].spec.secret and value not in (None, "", []) else value

    def _known(self, name: str) -> str:
        if name not in self._settings:
            raise KeyError(f"there is no option {name!r}; there are {', '.join(sorted(self._settings))}")
        return name


def default_config(manager: PluginManager) -> Config:
    """The settings of library use: the options of the core and of every registered plugin, at their defaults."""
    return Config.defaults(collect_options(manager))
