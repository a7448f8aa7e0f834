"""`loadhost demo`: starts the shop, runs the bundled loadfile against it in a child process, says what it left."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated

import typer
from loadhost import UsageError
from loadhost.testing import Shop, ShopError
from loadhost_hookspecs import Config

from loadhost_builtins.demo._child import run_loadhost

LOADFILE = Path(__file__).with_name("loadfile.py")
GUARD = "loadhost-failratio"

_DEFAULTS = {"users": "20", "spawn_rate": "10", "run_time": "15s", "fitness": "warn"}
_FAIL_RATIO = 0.2
_BREAK_AFTER_S = 3.0

Folder = Annotated[Path, typer.Option(help="Where the reports and the CSV and JSON files go.")]
Broken = Annotated[bool, typer.Option("--break", help="Have the shop fail after 3 s; the guard ends the run.")]


def demo(config: Config, folder: Folder = Path("loadhost-demo"), broken: Broken = False) -> int:
    """Run the demo. Returns the exit code of the run: 0, or 3 if the guard tripped. Every option of a run is taken."""
    _refuse_host(config)
    arguments = [*_defaults(config), *_reports(config, folder), *_guard(config, broken=broken), *config.arguments()]
    try:
        with Shop() as shop:
            if broken:
                shop.faults(fail_ratio=1.0, after_s=_BREAK_AFTER_S)
            _announce(shop, broken=broken)
            code = run_loadhost(["run", str(LOADFILE), f"--host={shop.url}", *arguments])
    except ShopError as error:
        raise UsageError(f"the demo's shop did not start: {error}") from error
    _say_what_is_left(config, folder)
    return code


def _refuse_host(config: Config) -> None:
    # One in the environment or a configuration file is overridden instead: it is somebody's real server.
    if config.source("host") == "command line":
        raise UsageError(
            f"loadhost demo runs against a shop of its own and takes no --host; "
            f"against yours: loadhost run {_shown(LOADFILE)} --host {config.options.host}"
        )


def _unset(config: Config, name: str) -> bool:
    """Whether the option exists and nobody set it; it may be missing because its plugin is left out."""
    return hasattr(config.options, name) and config.source(name) == "default"


def _argument(name: str, value: object) -> str:
    return f"--{name.replace('_', '-')}={value}"


def _defaults(config: Config) -> list[str]:
    return [_argument(name, value) for name, value in _DEFAULTS.items() if _unset(config, name)]


def _reports(config: Config, folder: Path) -> list[str]:
    files = {
        "csv": folder / "demo",
        "json_file": folder / "demo.json",
        "report_dir": folder / "report",
        "history": folder / "history.db",
    }
    return [_argument(name, path) for name, path in files.items() if _unset(config, name)]


def _guard(config: Config, *, broken: bool) -> list[str]:
    """The guard's limit; without the guard its place is explained, and the demo's own failures are let pass."""
    if hasattr(config.options, "fail_ratio"):
        if not _unset(config, "fail_ratio"):
            return []
        typer.echo(f"The plugin {GUARD} is on guard: --fail-ratio {_FAIL_RATIO} ends the run if more requests fail.")
        return [_argument("fail_ratio", _FAIL_RATIO)]
    if _installed(GUARD):
        typer.echo(f"{GUARD} is installed but not loaded: this run has no guard.")
    else:
        typer.echo(f"No guard watches this run. Install one that ends a failing run: pip install {GUARD}")
    # With a broken shop, failing is the outcome that the exit code has to tell.
    return [_argument("exit_code_on_error", 0)] if _unset(config, "exit_code_on_error") and not broken else []


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _announce(shop: Shop, *, broken: bool) -> None:
    typer.echo(f"A small shop is open at {shop.url}; one checkout in four fails there, on purpose.")
    if broken:
        typer.echo(f"It breaks {_BREAK_AFTER_S:g} s after its first request.")
    typer.echo(f"The loadfile is {_shown(LOADFILE)}")


def _say_what_is_left(config: Config, folder: Path) -> None:
    ours = {"report_dir": "report/*.html", "json_file": "demo.json", "csv": "demo_*.csv", "history": "history.db"}
    left = [str(path) for name, glob in ours.items() if _unset(config, name) for path in sorted(folder.glob(glob))]
    if left:
        typer.echo("Left behind: " + "\n             ".join(left))


def _shown(path: Path) -> str:
    """Relative to here, where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
