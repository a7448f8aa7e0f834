"""run_single_user with Locust's arguments, which may be given by place."""

from __future__ import annotations

import logging
from typing import Any

import loadhost

logger = logging.getLogger("loadhost.locust")


def run_single_user(
    user_class: Any,
    include_length: bool = False,
    include_time: bool = False,
    include_context: bool = False,
    include_payload: bool = False,
    loglevel: str | None = "WARNING",
) -> None:
    """Run one user of the class, here and now, and print each of its requests."""
    if include_payload:
        logger.warning("run_single_user(include_payload=True): loadhost does not print what is sent; use a debugger")
    loadhost.run_single_user(
        user_class,
        include_length=include_length,
        include_time=include_time,
        include_context=include_context,
        loglevel=loglevel,
    )
