"""Hooks for Locust's events of runs over several processes, so that a locustfile may listen to them.

Nobody tells them in a run in one process, in Locust neither. A loadhost that has them itself is not given these.
"""

from __future__ import annotations

from typing import Any

from loadhost_hookspecs import tell


@tell
def loadhost_report_to_master(client_id: str, data: dict[str, Any]) -> None:
    """A worker is about to report: `data` may be added to. Locust's event of that name."""


@tell
def loadhost_worker_report(client_id: str, data: dict[str, Any]) -> None:
    """The master has a worker's report. Locust's event of that name."""


@tell
def loadhost_worker_connect(client_id: str) -> None:
    """A worker has come. Locust's event of that name."""


@tell
def loadhost_heartbeat_sent(client_id: str, timestamp: float) -> None:
    """A sign of life was sent. Locust's event of that name."""


@tell
def loadhost_heartbeat_received(client_id: str, timestamp: float) -> None:
    """A sign of life has come. Locust's event of that name."""
