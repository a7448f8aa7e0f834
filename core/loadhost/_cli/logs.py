"""Log lines: on standard error or in a file, one line each, control characters escaped."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path
from typing import Any

from loadhost.exception import UsageError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FORMAT = "[%(asctime)s] %(levelname)s/%(name)s: %(message)s"


class _EscapingFormatter(logging.Formatter):
    """Keeps line breaks and tabs of tracebacks; a server's answer in a message can't drive the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", super().format(record))


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever standard error is just now: the live table of the console replaces it while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        """The base class sets it; standard error stays."""


def set_up(level: str = "WARNING", logfile: Path | None = None) -> None:
    """Send log lines of this level and above to standard error, or to `logfile`. Twice replaces the first."""
    handler = _StderrHandler() if logfile is None else _file_handler(logfile)
    handler.setFormatter(_EscapingFormatter(_FORMAT))
    root = logging.getLogger()
    for old in [known for known in root.handlers if getattr(known, "of_loadhost", False)]:
        root.removeHandler(old)
        old.close()
    handler.of_loadhost = True  # type: ignore[attr-defined]  # a mark of our own, to find it again
    root.addHandler(handler)
    root.setLevel(level)
    # One line per connection at DEBUG would drown the run's own lines, and cost more than the requests.
    logging.getLogger("urllib3").setLevel(logging.WARNING)


def _file_handler(path: Path) -> logging.Handler:
    try:
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--logfile {path} can't be written: {error.strerror}; name a file you may write") from error
