"""Commands that read their arguments themselves: entry points in the group `loadhost.commands`.

`loadhost locust -f x.py --config locust.conf` is another tool's command line: nothing of it may be read as loadhost's,
and that is settled before -p, -f and --config are looked for. Hence the metadata, and no hook: plugins come later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from loadhost._cli.commands import CORE_COMMANDS, CommandRegistry, RegisteredCommand
from loadhost._plugins.refs import PluginRef
from loadhost.exception import LoadhostError, PluginError, UsageError

GROUP = "loadhost.commands"


def run_own_line(arguments: Sequence[str]) -> int | None:
    """If the first argument is such a command, run it on the others. Returns its exit code; None if it is none."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in CORE_COMMANDS:
        return None
    from loadhost._plugins import discovery  # it costs every command 20 ms to look

    name = arguments[0]
    found = [entry for entry in discovery.find(GROUP) if entry.name == name]
    if not found:
        return None
    discovery.refuse_doubles(found)
    owner = f"the command '{name}' of {found[0].distribution} {found[0].version}"
    function: Callable[[list[str]], Any] = _loaded(name, owner)
    try:
        answer = function(list(arguments[1:]))
    except (LoadhostError, OSError):  # OSError: a closed pipe has an exit code of its own
        raise
    except Exception as error:
        raise PluginError(f"{owner} failed: {type(error).__name__}: {error}; --debug shows where") from error
    return int(answer or 0)


def _loaded(name: str, owner: str) -> Callable[[list[str]], Any]:
    from loadhost._plugins import discovery

    try:
        function = discovery.load(name, GROUP)
    except Exception as error:
        raise PluginError(f"{owner} could not be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise PluginError(f"{owner} is no function: an entry point of {GROUP} names one that takes the arguments")
    return function  # type: ignore[no-any-return]  # it has come as whatever the package named


def add_to(commands: CommandRegistry) -> None:
    """Have help list them, and refuse a name that is taken."""
    from loadhost._plugins import discovery

    for entry in discovery.find(GROUP):
        owner = PluginRef(entry.name, entry.distribution, entry.version, "entry-point")
        text = f"Of {entry.distribution} {entry.version}, with a command line of its own."
        commands.add(RegisteredCommand((entry.name,), _not_first(entry.name), text, (), owner))


def _not_first(name: str) -> Callable[..., None]:
    """What is run if something stands before the name: too late for a command line of its own."""
    import typer

    def refuse(arguments: Any = None) -> None:
        raise UsageError(f"'{name}' reads its arguments itself: write it first, loadhost {name} ...")

    refuse.__annotations__["arguments"] = Annotated[list[str] | None, typer.Argument(hidden=True)]
    return refuse
