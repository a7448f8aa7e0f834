"""A run in this process, without command line: for users whose clients need no patch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadhost.testing._outcome import RunOutcome

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager
    from loadhost.env import Environment

_LOOK_S = 0.01


def run_in_process(
    what: Path | Iterable[type],
    *,
    manager: PluginManager,
    plugins: Iterable[Any],
    options: Mapping[str, Any],
    users: int,
    spawn_rate: float | None,
    run_time_s: float | None,
    host: str | None,
    timeout: float,
) -> RunOutcome:
    """Run a loadfile, or user classes, to their end. Raises TimeoutError if it does not end by itself in time."""
    with _as_current(manager):
        environment = _environment(what, manager, plugins, options, host)
        runner = environment.create_local_runner()
        try:
            runner.start(users, spawn_rate or max(users, 1) * 100)
            ended = _wait(runner, timeout if run_time_s is None else min(run_time_s, timeout))
        finally:
            runner.quit(f"run time of {run_time_s:g}s is over" if run_time_s is not None else "the test has ended it")
    if not ended and (run_time_s is None or run_time_s > timeout):
        raise TimeoutError(f"the run did not end within {timeout:g} s; give it run_time, or have its users stop")
    return RunOutcome(runner.exit_code, environment=environment, result=runner.result)


@contextmanager
def _as_current(manager: PluginManager) -> Iterator[None]:
    """loadhost.events speaks to this manager while the loadfile is imported and runs."""
    from loadhost._plugins.current import current_manager, set_current_manager

    before = current_manager()
    set_current_manager(manager)
    try:
        yield
    finally:
        set_current_manager(before)


def _environment(
    what: Path | Iterable[type],
    manager: PluginManager,
    plugins: Iterable[Any],
    options: Mapping[str, Any],
    host: str | None,
) -> Environment:
    from loadhost._cli.user_classes import choose_user_classes
    from loadhost._plugins.loading import load_loadfile
    from loadhost.env import Environment

    for plugin in plugins:
        if isinstance(plugin, Path):
            load_loadfile(manager, plugin)
        else:
            manager.register(plugin)
    classes = choose_user_classes([load_loadfile(manager, what)], ()) if isinstance(what, Path) else list(what)
    environment = Environment(user_classes=classes, host=host, plugin_manager=manager)
    for name, value in options.items():
        environment.config.set_default(name, value)
    return environment


def _wait(runner: Any, seconds: float) -> bool:
    """Whether the run ended by itself within `seconds`."""
    import gevent

    from loadhost.runners import STATE_CLEANUP, STATE_STOPPED

    deadline = time.monotonic() + seconds
    while runner.state not in (STATE_STOPPED, STATE_CLEANUP):
        if time.monotonic() >= deadline:
            return False
        gevent.sleep(_LOOK_S)
    return True
