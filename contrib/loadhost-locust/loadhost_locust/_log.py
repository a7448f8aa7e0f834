"""Log lines in Locust's form: time, host, level, logger."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOSTNAME = socket.gethostname().partition(".")[0]

FORMAT = f"[%(asctime)s] {HOSTNAME}/%(levelname)s/%(name)s: %(message)s"


def setup_logging(loglevel: str, logfile: str | None = None) -> None:
    """Send log lines of this level and above to standard error, or to a file; figures always to standard error."""
    handler: logging.Handler = logging.StreamHandler()
    if logfile:
        Path(logfile).parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(logfile, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(loglevel.upper())
    plain_figures()


def use_locusts_form() -> None:
    """Give the handlers that there are Locust's form, line breaks and all."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter(FORMAT))


def plain_figures() -> None:
    """The logger of the tables: as they are, on standard error, once."""
    figures = logging.getLogger("locust.stats_logger")
    for old in list(figures.handlers):
        figures.removeHandler(old)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    figures.addHandler(handler)
    figures.setLevel(logging.INFO)
    figures.propagate = False


def greenlet_exception_logger(logger: logging.Logger, level: int = logging.CRITICAL) -> Callable[[Any], None]:
    """For `greenlet.link_exception(...)`: logs what ended the greenlet."""

    def handle(greenlet: Any) -> None:
        logger.log(level, "a greenlet ended with an exception: %s", greenlet, exc_info=greenlet.exc_info)

    return handle


def leave_alone() -> None:
    """Take loadhost's own handler away, and nothing else: the locustfile has set up logging."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "of_loadhost", False)]:
        root.removeHandler(handler)
