"""Hooks of statistics and of the machine that makes the load. All are told, none in a user's greenlet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadhost_hookspecs._markers import tell

if TYPE_CHECKING:
    from loadhost_hookspecs._figures import StatsWindow
    from loadhost_hookspecs._protocols import Environment


@tell
def loadhost_stats_window(environment: Environment, window: StatsWindow) -> None:
    """A window of one second is closed, merged over all workers, and never changes again: the hook for exporters
    and guards.

    When: once a second during a run, and once more (`window.final`) before `loadhost_test_stop`. The sum of all
    windows equals the totals. Node: local, master. Greenlet: the one that closes windows.
    If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell
def loadhost_usage_monitor(environment: Environment, cpu_usage: float, memory_usage: int) -> None:
    """What this process uses. Locust's event `usage_monitor`.

    When: every five seconds during a run. Node: local, master, worker. Greenlet: the monitor's.
    `cpu_usage`: percent of one core. `memory_usage`: resident bytes. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell
def loadhost_cpu_warning(environment: Environment, cpu_usage: float) -> None:
    """The CPU use of this process stayed above 90 % of one core. Locust's event `cpu_warning`.

    When: once per run, at the second such reading in a row. Node: local, master, worker. Greenlet: the monitor's.
    `cpu_usage`: percent of one core. If it raises: counted and logged.

    .. versionadded:: 0.1
    """
