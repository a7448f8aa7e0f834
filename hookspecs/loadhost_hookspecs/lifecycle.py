"""Hooks of a run's life: told (but for verdict and status) on every node, each plugin isolated from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadhost_hookspecs._markers import ask, tell

if TYPE_CHECKING:
    from loadhost_hookspecs._protocols import Environment
    from loadhost_hookspecs._results import RunResult
    from loadhost_hookspecs._verdicts import Status, Verdict


@tell
def loadhost_test_start(environment: Environment) -> None:
    """A run begins. Exactly once per run and node, before the first user is made.

    Locust's event `test_start`. Node: local, master, worker. Greenlet: the caller of `runner.start`.
    If it raises: counted and logged; the run goes on.

    .. versionadded:: 0.1
    """


@tell
def loadhost_state_changed(environment: Environment, old: str, new: str) -> None:
    """The runner's state moved from `old` to `new` (the STATE_ names of loadhost.runners).

    Node: local, master, worker. Greenlet: whichever moved it. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell
def loadhost_spawning_complete(environment: Environment, user_count: int) -> None:
    """A target number of users is reached. Each time a target is reached.

    Locust's event `spawning_complete`. Node: local, master, worker. Greenlet: the spawner.
    `user_count`: users alive. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell
def loadhost_test_stopping(environment: Environment) -> None:
    """The run is about to end; users still run.

    Locust's event `test_stopping`. Node: local, master, worker. Greenlet: the one that ends the run.
    If it raises: counted and logged; the run ends all the same.

    .. versionadded:: 0.1
    """


@tell
def loadhost_test_stop(environment: Environment) -> None:
    """The run has ended: no user runs, every request is counted, the last window is closed. Exporters drain here,
    within a deadline of their own.

    Locust's event `test_stop`. Exactly once per run; on the master after every worker's final report is merged.
    Node: local, master, worker. Greenlet: the one that ends the run. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@ask
def loadhost_verdict(environment: Environment, result: RunResult) -> Verdict | None:
    """What this plugin thinks of the run: a Verdict, or None for no opinion. The worst of all verdicts wins.

    When: after `loadhost_test_stop`, once per run. Node: local, master. Greenlet: the one that ends the run.
    `result`: the run, its verdict not yet filled in. If it raises: this answer becomes an error (exit 5), all other
    plugins are still asked.

    .. versionadded:: 0.1
    """


@tell
def loadhost_run_finished(environment: Environment, result: RunResult) -> None:
    """The run is over and judged: write reports and history now.

    When: once per run, interrupted ones too, after the verdict. Node: local, master. Greenlet: the one that ends
    the run. `result`: what every report is made of. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@ask
def loadhost_status(environment: Environment) -> Status | None:
    """One line and a few figures that this plugin wants seen on console, page and report; None for nothing to say.

    When: once a second, before `loadhost_stats_window`, and once for the report. Node: local, master. Greenlet: the
    one that closes windows. Must return at once. If it raises: shown as this plugin's status.

    .. versionadded:: 0.1
    """


@tell
def loadhost_reset_stats(environment: Environment) -> None:
    """Statistics were reset, by whatever way: forget what you added up.

    Locust's event `reset_stats`. During a run it comes after the window in which everything before the reset is, and
    before all others: what you add up from here on are the totals. Node: local, master, worker. Greenlet: during a run
    the one that tells windows, else whichever reset them.
    If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell(last_first=True)
def loadhost_quitting(environment: Environment) -> None:
    """The process is about to end: close what you opened. May set `environment.process_exit_code`.

    Locust's event `quitting`. Once per process; the plugin registered last hears it first. Node: local, master,
    worker. Greenlet: the one that ends the process. If it raises: counted and logged; the code stays.

    .. versionadded:: 0.1
    """


@tell
def loadhost_quit(environment: Environment, exit_code: int) -> None:
    """The very last: the process ends with `exit_code`.

    Locust's event `quit`. Once per process. Node: local, master, worker. Greenlet: the one that ends the process.
    If it raises: counted and logged; the code stays.

    .. versionadded:: 0.1
    """
