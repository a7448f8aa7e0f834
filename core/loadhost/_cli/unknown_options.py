"""The one line about an option that nobody has: did you mean, and which package brings it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from loadhost._options.convert import did_you_mean
from loadhost._options.registry import OptionRegistry
from loadhost.exception import UsageError

_PACKAGES = (
    ("--influx-", "loadhost-influx"),
    ("--fail-ratio", "loadhost-failratio"),
    ("--threshold", "loadhost-failratio"),
    ("--web-route", "loadhost-webroutes"),
    ("--metrics-public", "loadhost-webroutes"),
    ("--dask-", "loadhost-dask"),
)

# Locust's options that mean something else here, or nothing: what to type instead.
_OF_LOCUST = {
    "--autostart": "a run starts at once; leave it out",
    "--autoquit": "a run that has ended ends the process; leave it out",
    "--locustfile": "name the file: loadhost run my_loadfile.py, or -f my_loadfile.py",
    "--num-users": "write --users",
    "--expect-workers": "a run waits for its workers by itself; leave it out",
    "--print-stats": "the figures are shown unless --only-summary is given; leave it out",
    "--json": "write --json-file FILE",
    "--skip-log-setup": "to see less of the log write --loglevel ERROR",
    "--equal-weights": "write --config-users, or leave the weights away",
    "-V": "write loadhost --version",
    "--class-picker": "name the user classes behind the loadfile",
}


def package_with(flag: str) -> str | None:
    """The package that is known to bring this option."""
    return next((package for prefix, package in _PACKAGES if flag.startswith(prefix)), None)


def unknown_option(
    flag: str, registry: OptionRegistry, *, command: str, existing: Container[str] = (), near: Sequence[str] = ()
) -> UsageError:
    """The error for a flag that the command doesn't take.

    `existing`: the commands that there are. `near`: the flags of the command that are much like it.
    """
    package = package_with(flag)
    if package and registry.with_flag(flag) is None:
        return UsageError(f"there is no option {flag}; it comes with a plugin: pip install {package}")
    known = registry.with_flag(flag)
    if known is None and flag in _OF_LOCUST:
        return UsageError(f"there is no option {flag}: {_OF_LOCUST[flag]}")
    if known is not None:
        commands = " and ".join(f"'loadhost {name}'" for name in known.spec.commands if name in existing)
        return UsageError(
            f"'loadhost {command}' has no option {flag}" + (f"; it is for {commands}" if commands else "")
        )
    options = registry.for_command(command) if command else registry
    spellings = [spelling for option in options for spelling in option.spec.spellings]
    hint = did_you_mean(flag, near or spellings) or f"; see {f'loadhost {command}'.strip()} --help"
    return UsageError(f"there is no option {flag}{hint}")
