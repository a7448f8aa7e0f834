"""The folder of --report-dir: each plugin that reports writes its own file there."""

from __future__ import annotations

from pathlib import Path

from loadhost_hookspecs import Config

from loadhost_builtins._files import refuse_unwritable

OPTION = "--report-dir"


def report_path(config: Config, name: str) -> Path | None:
    """Where this plugin's report goes: DIR/`name`; None if no folder was named, and on workers.

    Raises UsageError if it can't be written: before the run, not after it.
    """
    folder = getattr(config.options, "report_dir", None)
    if folder is None or config.node == "worker":
        return None
    path = Path(folder) / name
    refuse_unwritable(path, OPTION)
    return path
