"""Session: what steps 1 to 5 of the command line found, before anything is parsed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from loadhost._cli import config_file, loadfiles, own_line, required_plugins
from loadhost._cli.commands import CommandRegistry
from loadhost._cli.requests import plugin_requests
from loadhost._cli.scan import Scan, effective_arguments, is_completing, scan
from loadhost._cli.unknown_options import unknown_option
from loadhost._cli.words import Words, asks_for_help, read_words
from loadhost._config import Config
from loadhost._options.layers import FileSettings, Given, resolve
from loadhost._options.registry import OptionRegistry, RegisteredOption
from loadhost._plugins.current import set_current_manager
from loadhost._plugins.loading import load_plugins
from loadhost._plugins.manager import PluginManager
from loadhost.exception import LoadhostError, UsageError

_EARLY = ("no_plugins", "strict_plugins", "loadfile")
RUNS_LOADFILES = ("run",)
"""The commands whose positional arguments are loadfiles and names of user classes."""


@dataclass
class Session:
    """One process's command line. `note`: one line to show on top of the help."""

    arguments: list[str]
    environ: Mapping[str, str]
    folder: Path
    scan: Scan
    file: FileSettings
    manager: PluginManager
    registry: OptionRegistry
    commands: CommandRegistry = field(default_factory=CommandRegistry)
    modules: list[ModuleType] = field(default_factory=list)
    class_names: tuple[str, ...] = ()
    no_plugins: bool = False
    note: str | None = None

    def words(self) -> Words:
        """The arguments, read with the options known so far."""
        return read_words(self.arguments, self.registry)

    def config(self, given: Mapping[str, Given], options: Iterable[RegisteredOption]) -> Config:
        """The settings for a command that takes `options`, of which `given` were typed. Closes the registry."""
        self.registry.close()
        required = {option.name for option in options}
        if self.class_names:
            given = {**given, "user_classes": [*self.class_names, *_texts(given.get("user_classes"))]}
        command = shown_command(self.arguments, self.registry)
        return resolve(self.registry, given, self.environ, self.file, required=required, command=command)

    @property
    def is_lenient(self) -> bool:
        """Help and completion are given even if something is broken."""
        return asks_for_help(self.arguments) or is_completing(self.environ)


def _texts(given: Given | None) -> Sequence[str]:
    return () if given is None or isinstance(given, bool) else given


def open_session(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> Session:
    """Steps 1 to 5. Raises UsageError, PluginError, or (for a loadfile that raises) LoadfileError."""
    arguments = effective_arguments(arguments, environ)
    scanned = scan(arguments)
    file = config_file.read_settings(scanned.config or environ.get("LOADHOST_CONFIG") or None, folder)
    registry = OptionRegistry.with_core()
    session = Session(arguments, environ, folder, scanned, file, PluginManager(), registry)
    early = _early_options(session)
    session.no_plugins = early.no_plugins
    set_current_manager(session.manager)
    _check_required_of_file(session)
    load_plugins(
        session.manager,
        plugin_requests(scanned, environ, file, registry),
        entry_points=not early.no_plugins,
        strict=early.strict_plugins,
    )
    registry.collect(session.manager)
    _with_leniency(session, early)
    session.commands.collect(session.manager)
    own_line.add_to(session.commands)
    session.file = config_file.rename_to_destinations(file, registry)
    return session


def _early_options(session: Session) -> Any:
    """The settings that decide what is loaded, from all layers."""
    scanned = session.scan
    given: dict[str, Given] = {"loadfile": scanned.loadfiles} if scanned.loadfiles else {}
    given.update({name: True for name in ("no_plugins", "strict_plugins") if getattr(scanned, name)})
    options = [option for option in session.registry if option.name in _EARLY]
    return resolve(options, given, session.environ, session.file).options


def _check_required_of_file(session: Session) -> None:
    """Before plugins are loaded: `plugins = ["influx"]` of the same file would be an error that says less."""
    if session.words().positional[:1] == ("run",) and not session.is_lenient:
        required_plugins.check_installed(session.file.required)


def _with_leniency(session: Session, early: Any) -> None:
    try:
        _load_loadfiles(session, early)
    except LoadhostError as error:
        if not session.is_lenient:
            raise
        session.note = _note(session, error)


def _note(session: Session, error: LoadhostError) -> str | None:
    from loadhost._cli.errors import describe, one_line

    asked_for = session.scan.loadfiles or len(session.words().positional) > 1
    return f"Options of the loadfile are missing here: {one_line(describe(error)[0])}" if asked_for else None


def _load_loadfiles(session: Session, early: Any) -> None:
    command = next(iter(session.words().positional), None)
    if command in RUNS_LOADFILES:
        _load_named(session, early)
    elif session.scan.loadfiles and command is not None:
        targets = loadfiles.find_targets((), session.scan.loadfiles, (), session.folder)
        _load(session, targets.loadfiles)


def _load_named(session: Session, early: Any) -> None:
    """Twice, because the loadfiles bring options, and with them it is known which words are values."""
    configured = () if session.scan.loadfiles else tuple(early.loadfile)
    words = session.words()
    certain = words.certain[1:]
    settled = bool(session.scan.loadfiles) or any(loadfiles.is_place(word, session.folder) for word in certain)
    try:
        targets = loadfiles.find_targets(
            certain if settled else words.positional[1:], session.scan.loadfiles, configured, session.folder
        )
    except UsageError:
        if words.unknown and not settled:
            raise unknown_option(words.unknown[0], session.registry, command=words.positional[0]) from None
        raise
    _load(session, targets.loadfiles)
    positional = session.words().positional[1:]
    again = loadfiles.find_targets(positional, session.scan.loadfiles, configured, session.folder)
    _load(session, [file for file in again.loadfiles if file not in targets.loadfiles] if settled else ())
    session.class_names = again.class_names


def _load(session: Session, files: Sequence[Path]) -> None:
    required = [*session.file.required, *(each for file in files for each in required_plugins.read_text(file))]
    _check_required(session, required)
    modules = loadfiles.load_all(session.manager, files)
    _check_required(session, [each for module in modules for each in required_plugins.read_module(module)])
    session.modules += modules
    session.registry.collect(session.manager)


def _check_required(session: Session, required: Sequence[required_plugins.Required]) -> None:
    required_plugins.check_installed(required)
    required_plugins.check_loaded(required, session.manager, no_plugins=session.no_plugins)


def shown_command(arguments: Sequence[str], registry: OptionRegistry) -> str:
    """The command line as a report may show it: values of secret options are hidden."""
    shown = ["loadhost"]
    rest = iter(arguments)
    for argument in rest:
        text, value_follows = _shown_argument(argument, registry)
        shown.append(text)
        if value_follows:
            next(rest, None)
    return shlex.join(shown)


def _shown_argument(argument: str, registry: OptionRegistry) -> tuple[str, bool]:
    """The argument without a secret, and whether the next one is a secret that belongs to it."""
    flag, equals, _ = argument.partition("=")
    if _is_secret(flag, registry):
        return f"{flag}=***", not equals
    if not argument.startswith("-") or argument.startswith("--"):
        return argument, False
    for place, letter in enumerate(argument[1:], start=1):  # -kVALUE, or -dkVALUE behind the switch -d
        if _is_secret(f"-{letter}", registry):
            return f"{argument[: place + 1]}***", place == len(argument) - 1
        option = registry.with_flag(f"-{letter}")
        if option is None or option.spec.takes_value:
            break
    return argument, False


def _is_secret(flag: str, registry: OptionRegistry) -> bool:
    option = registry.with_flag(flag)
    return option is not None and option.spec.secret and option.spec.takes_value
