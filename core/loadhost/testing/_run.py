"""LoadhostRun: runs a loadfile for a test, in a child process or in this one, and hands back the outcome."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadhost.testing._outcome import RunOutcome
from loadhost.testing._running import RunningLoadhost
from loadhost.testing._sources import as_file, as_request

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager

Loadfile = Path | str

_OURS = {"COLUMNS": "160", "LOADHOST_FITNESS": "off"}
"""A wide terminal; and no verdict on the instrument: a machine that is busy with other tests would fail the test."""


class LoadhostRun:
    """What the fixture `loadhost_run` gives: call it to run a loadfile.

    ::

        outcome = loadhost_run(LOADFILE, "--fail-ratio", "0.2", users=5, run_time=2, host=loadhost_shop.url)
        assert outcome.exit_code == 0
        assert outcome.entry("/product/[id]")["requests"] > 0

    A loadfile and plugins are paths, or source text of more than one line; a plugin can also be a word for -p
    ("influx", "no:json", "package.module").
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: where runs work, and leave their files; a loadhost.toml in it is read by them."""
        self.folder = folder
        self._count = 0
        self._children: list[RunningLoadhost] = []

    def __call__(
        self,
        loadfile: Loadfile | Iterable[type] | type,
        *arguments: str,
        users: int | None = None,
        spawn_rate: float | None = None,
        run_time: float | None = None,
        host: str | None = None,
        plugins: Iterable[Any] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
        any_address: bool = False,
        reports: bool = True,
        in_process: bool = False,
        options: Mapping[str, Any] | None = None,
        manager: PluginManager | None = None,
    ) -> RunOutcome:
        """Run it to its end, by default as `python -m loadhost run` in a child process.

        `arguments`: more of the command line. `run_time`: seconds. `env`: variables to set for the child, which sees
        no LOADHOST_ variables of ours; LOADHOST_FITNESS is off (give "--fitness", "fail" to have the machine judged),
        and LOADHOST_DATA_DIR is in `folder`, so that the history of a test is its own.
        `timeout`: seconds after which it is killed, and TimeoutError raised. `any_address`: allow the child to reach
        more than loopback. `reports`: have it write CSV and JSON.

        `in_process`: run it here, as a library, for users whose clients need no patch. Then `loadfile` may be user
        classes, `plugins` may be objects, `options` ({"fail_ratio": 0.2}) stand for the command line, and `manager`
        takes a plugin manager, such as that of `loadhost_recorder`; a fresh one discovers nothing.
        """
        if in_process:
            if arguments:
                raise TypeError("in_process has no command line; give options={'name': value} instead of arguments")
            return self._in_process(loadfile, manager, plugins, options, users, spawn_rate, run_time, host, timeout)
        if options or manager:
            raise TypeError("options and manager are for in_process=True; give a child arguments and plugins")
        if not isinstance(loadfile, (str, Path)):
            raise TypeError("user classes are for in_process=True; give a child a loadfile")
        settings = {"--users": users, "--spawn-rate": spawn_rate, "--run-time": run_time, "--host": host}
        given = [f"{flag}={value}" for flag, value in settings.items() if value is not None]
        running = self.start(
            loadfile, *given, *arguments, plugins=plugins, env=env, any_address=any_address, reports=reports
        )
        return running.finish(timeout)

    def start(
        self,
        loadfile: Loadfile,
        *arguments: str,
        plugins: Iterable[Path | str] = (),
        env: Mapping[str, str] | None = None,
        any_address: bool = False,
        reports: bool = True,
    ) -> RunningLoadhost:
        """Start `python -m loadhost run` and return at once: to send signals, or to watch the output."""
        suffix = self._next()
        file = as_file(loadfile, self.folder / f"loadfile{suffix}.py")
        command = ["run", str(file), *self._plugin_arguments(plugins, suffix)]
        if reports:
            command += [f"--json-file=run{suffix}.json", f"--csv=run{suffix}"]
        return self._spawn([*command, *arguments], f"run{suffix}", env, any_address)

    def command(self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> RunOutcome:
        """Run any command, `python -m loadhost ARGUMENTS`, to its end: `loadhost_run.command("plugins", "--json")`."""
        return self.start_command(*arguments, env=env).finish(timeout)

    def start_command(self, *arguments: str, env: Mapping[str, str] | None = None) -> RunningLoadhost:
        """Start any command and return at once."""
        return self._spawn(list(arguments), f"command{self._next()}", env, any_address=False)

    def close(self) -> None:
        """Kill what still runs."""
        for child in self._children:
            child.kill()

    def _next(self) -> str:
        self._count += 1
        return "" if self._count == 1 else str(self._count)

    def _plugin_arguments(self, plugins: Iterable[Path | str], suffix: str) -> list[str]:
        return [
            f"--plugin={as_request(plugin, self.folder / f'plugin{suffix}_{number}.py')}"
            for number, plugin in enumerate(plugins, 1)
        ]

    def _spawn(
        self, arguments: list[str], name: str, env: Mapping[str, str] | None, any_address: bool
    ) -> RunningLoadhost:
        module = "loadhost" if any_address else "loadhost.testing._child"
        ours = {key: value for key, value in os.environ.items() if not key.startswith("LOADHOST_")}
        child = RunningLoadhost(
            [sys.executable, "-m", module, *arguments],
            folder=self.folder,
            name=name,
            env={**ours, **_OURS, "LOADHOST_DATA_DIR": str(self.folder / ".loadhost"), **(env or {})},
        )
        self._children.append(child)
        return child

    def _in_process(
        self,
        loadfile: Loadfile | Iterable[type] | type,
        manager: PluginManager | None,
        plugins: Iterable[Any],
        options: Mapping[str, Any] | None,
        users: int | None,
        spawn_rate: float | None,
        run_time: float | None,
        host: str | None,
        timeout: float,
    ) -> RunOutcome:
        from loadhost._plugins.manager import PluginManager
        from loadhost.testing._in_process import run_in_process

        suffix = self._next()
        what: Path | Iterable[type]
        if isinstance(loadfile, (str, Path)):
            what = as_file(loadfile, self.folder / f"loadfile{suffix}.py")
        else:
            what = [loadfile] if isinstance(loadfile, type) else loadfile
        return run_in_process(
            what,
            manager=PluginManager() if manager is None else manager,
            plugins=[self._plugin(plugin, suffix, number) for number, plugin in enumerate(plugins, 1)],
            options=options or {},
            users=1 if users is None else users,
            spawn_rate=spawn_rate,
            run_time_s=run_time,
            host=host,
            timeout=timeout,
        )

    def _plugin(self, plugin: Any, suffix: str, number: int) -> Any:
        is_source = isinstance(plugin, (str, Path))
        return as_file(plugin, self.folder / f"plugin{suffix}_{number}.py") if is_source else plugin
