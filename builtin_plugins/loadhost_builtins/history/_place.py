"""Where the history is kept: --history FILE, or history.db in the user's data folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from loadhost_hookspecs import Config

FILE = "history.db"


def history_path(config: Config) -> Path:
    """The file, whether or not it is there."""
    given = getattr(config.options, "history", None)
    return Path(given) if given is not None else data_folder() / FILE


def data_folder(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """$LOADHOST_DATA_DIR, else loadhost in $XDG_DATA_HOME, else in the folder that the system has for such data."""
    environ = os.environ if environ is None else environ
    if environ.get("LOADHOST_DATA_DIR"):
        return Path(environ["LOADHOST_DATA_DIR"])
    if environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"]) / "loadhost"
    home = Path(environ.get("HOME") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support" / "loadhost"
    return home / ".local" / "share" / "loadhost"
