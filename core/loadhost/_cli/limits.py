"""Open files: each user of HTTP holds a connection, and each connection is a file to the system."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from typing import Any

from loadhost.exception import UsageError

RESERVE = 64
"""Files that the process itself needs: the interpreter's, logs, reports, the page, exporters."""


def raise_open_files_limit() -> int:
    """Raise the soft limit of open files to the hard one. Returns how many may be open then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS refuses "unlimited"
            return soft
    return hard


def check_open_files(users: int, user_classes: Iterable[Any], limit: int) -> None:
    """Raise UsageError, with the command to type, if so many users can't each have a connection."""
    if limit == resource.RLIM_INFINITY or not any(cls.needs_connection for cls in user_classes):
        return
    if users + RESERVE > limit:
        raise UsageError(
            f"{users:,} users need {users + RESERVE:,} open files and this process may have {limit:,}; "
            f"type: ulimit -Hn {users + RESERVE} && ulimit -n {users + RESERVE} (as root), or run fewer users"
        )
