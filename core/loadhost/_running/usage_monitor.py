"""UsageMonitor: every few seconds, what this process takes of CPU and memory."""

from __future__ import annotations

import logging

import gevent
import psutil
from loadhost_hookspecs import Environment

logger = logging.getLogger("loadhost.runners")

INTERVAL_S = 5.0
CPU_LIMIT_PERCENT = 90.0


class UsageMonitor:
    """Tells loadhost_usage_monitor, and loadhost_cpu_warning once when two readings in a row are above the limit."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first reading is always 0.0: it has nothing to compare with
        self._high = 0
        self._warned = False
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """No more readings."""
        self._greenlet.kill(block=False)

    def _run(self) -> None:
        manager = self._environment.plugin_manager
        while True:
            gevent.sleep(INTERVAL_S)
            cpu = self._process.cpu_percent()
            manager.tell("loadhost_usage_monitor", cpu_usage=cpu, memory_usage=self._process.memory_info().rss)
            self._high = self._high + 1 if cpu > CPU_LIMIT_PERCENT else 0
            if self._high >= 2 and not self._warned:
                self._warned = True
                logger.warning(
                    "this process needs %.0f %% of a CPU core: it may be too slow for this load; the report says which "
                    "times can be believed",
                    cpu,
                )
                manager.tell("loadhost_cpu_warning", cpu_usage=cpu)
