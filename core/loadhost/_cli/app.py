"""Step 6: the typer application of one session, its commands built from the registries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from loadhost._cli import inventory, logs
from loadhost._cli.commands import RegisteredCommand
from loadhost._cli.run import run_load_test
from loadhost._cli.session import Session
from loadhost._cli.shown import what_to_show
from loadhost._cli.typer_command import Handler, Parsed, command_function, escape, group_function
from loadhost._config import Config
from loadhost._options.layers import Given
from loadhost._options.registry import RegisteredOption
from loadhost.exception import LoadhostError, PluginError

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_BEFORE_COMMANDS = ("plugin", "no_plugins", "strict_plugins", "config", "debug")
_PLUGIN_COMMANDS_PANEL = "Commands of plugins"


def build_app(session: Session) -> typer.Typer:
    """All commands: the core's, then those of plugins."""
    app = _typer("Load testing as a plugin host.")
    app.callback()(group_function(_before_commands(session), with_version=True))
    _add_run(app, session)
    _add_plugins(app, session)
    _add_hooks(app, session)
    groups: dict[str, typer.Typer] = {}
    for command in session.commands:
        _add_plugin_command(app, groups, session, command)
    return app


def _typer(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS,
        no_args_is_help=False,
    )


def _add_run(app: typer.Typer, session: Session) -> None:
    options = session.registry.for_command("run")
    declared = typer.Argument(
        metavar="LOADFILE|USER",
        help="Loadfiles (.py) or folders of them, and names of user classes to run (all of them, if none is named). "
        "The default loadfile is loadfile.py, then locustfile.py.",
        show_default=False,
    )
    targets = _parameter("targets", Annotated[list[str] | None, declared], None)

    def run(given: Mapping[str, Given], own: dict[str, Any]) -> int:
        config = session.config(given, options)
        show = what_to_show(config)
        if show is not None:
            show(session, config)
            return 0
        return run_load_test(session, config)

    app.command("run", help="Run a load test.")(command_function(run, options, [targets]))


def _add_plugins(app: typer.Typer, session: Session) -> None:
    options = session.registry.for_command("plugins")
    as_json = _parameter(
        "as_json", Annotated[bool | None, typer.Option("--json", help="Write JSON, for programs to read.")], None
    )
    name = _parameter("name", Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name.")])

    def show_all(given: Mapping[str, Given], own: dict[str, Any]) -> None:
        inventory.list_plugins(session, as_json=bool(own["as_json"]))

    def show_one(given: Mapping[str, Given], own: dict[str, Any]) -> None:
        inventory.show_plugin(session, own["name"])

    group = _typer("List the plugins: where each comes from, its state, its hooks and options.")
    group.callback(invoke_without_command=True)(_unless_followed(command_function(show_all, options, [as_json])))
    group.command("show", help="Show one plugin.")(command_function(show_one, options, [name]))
    app.add_typer(group, name="plugins")


def _unless_followed(function: Callable[..., Parsed]) -> Callable[..., Parsed]:
    """For a group that does something by itself: what it was given counts for a command that follows."""

    def group(_context: typer.Context, **arguments: Any) -> Parsed:
        parsed = function(_context, **arguments)
        _context.obj = parsed.given
        return parsed

    group.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # functions take attributes
    group.__annotations__ = function.__annotations__
    return group


def _add_hooks(app: typer.Typer, session: Session) -> None:
    options = session.registry.for_command("hooks")
    declared = typer.Argument(metavar="NAME", help="The hook whose contract to show.", show_default=False)
    name = _parameter("name", Annotated[str | None, declared], None)

    def hooks(given: Mapping[str, Given], own: dict[str, Any]) -> None:
        if own["name"]:
            inventory.show_hook(session, own["name"])
        else:
            inventory.list_hooks(session)

    app.command("hooks", help="List the hooks, or show the contract of one.")(command_function(hooks, options, [name]))


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _add_plugin_command(
    app: typer.Typer, groups: dict[str, typer.Typer], session: Session, command: RegisteredCommand
) -> None:
    options = _options_of(session, command)
    function = command_function(_handler(session, command, options), options, command.own_parameters())
    target = app
    if len(command.words) == 2:
        word = command.words[0]
        if word not in groups:
            groups[word] = _typer(f"Commands of {escape(str(command.owner))}.")
            groups[word].callback()(group_function(_before_commands(session)))
            app.add_typer(groups[word], name=word, rich_help_panel=_PLUGIN_COMMANDS_PANEL)
        target = groups[word]
    target.command(command.words[-1], help=escape(command.help), rich_help_panel=_PLUGIN_COMMANDS_PANEL)(function)


def _options_of(session: Session, command: RegisteredCommand) -> list[RegisteredOption]:
    """Its options, and the settings that decide what is loaded, which every command takes."""
    chosen = session.registry.for_command(command.name, command.options_from)
    return chosen + [option for option in _before_commands(session) if option not in chosen]


def _before_commands(session: Session) -> list[RegisteredOption]:
    return [option for option in session.registry if option.name in _BEFORE_COMMANDS]


def _handler(session: Session, command: RegisteredCommand, options: Sequence[RegisteredOption]) -> Handler:
    def handle(given: Mapping[str, Given], own: dict[str, Any]) -> int:
        config = session.config(given, options)
        logs.set_up(config.options.loglevel, config.options.logfile)
        arguments = {**own, "config": config} if command.wants_config else own
        return _call(command, arguments, config)

    return handle


def _call(command: RegisteredCommand, arguments: dict[str, Any], config: Config) -> int:
    try:
        answer = command.function(**arguments)
    except (LoadhostError, BrokenPipeError):
        raise
    except Exception as error:
        raise PluginError(
            f"{command.owner} failed in its command '{command.name}': {type(error).__name__}: {error}; "
            "--debug shows where",
            plugin=command.owner.name,
        ) from error
    return int(answer) if isinstance(answer, int) and not isinstance(answer, bool) else 0
