"""Where spools lie: one folder per run, in it one file per process."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from loadhost import UsageError

from loadhost_influx._settings import Settings

SUFFIX = ".spool"
QUARANTINE_SUFFIX = ".quarantine.lp"


def run_folder(settings: Settings) -> Path:
    """The folder of this run. All its processes share it."""
    return settings.spool_folder / (re.sub(r"[^\w.-]", "_", settings.run_id).lstrip(".") or "run")


def new_spool_path(settings: Settings) -> Path:
    """A file name that no other process has, not even one with the same process id in another container."""
    return run_folder(settings) / f"{os.getpid()}-{secrets.token_hex(3)}{SUFFIX}"


def quarantine_of(spool: Path) -> Path:
    """The file beside the spool for lines that the database refuses."""
    return spool.with_suffix(QUARANTINE_SUFFIX)


def spools_in(directory: Path) -> Iterator[Path]:
    """All spools in a folder: that of one run, or the one that holds the folders of all runs. Oldest run first."""
    yield from sorted({*directory.glob(f"*{SUFFIX}"), *directory.glob(f"*/*{SUFFIX}")})


def check_folder(settings: Settings) -> None:
    """Raise UsageError if no spool can be kept there: better now than in the middle of a run."""
    folder = settings.spool_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"--influx-spool {folder}: {reason}; name a folder that can be written") from None


def forget_folder(folder: Path) -> None:
    """Remove the folder of a run, if nothing is left in it."""
    with suppress(OSError):
        folder.rmdir()
