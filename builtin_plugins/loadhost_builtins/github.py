"""The plugin `github`: a summary in Markdown, on the page of a GitHub Actions run and as summary.md of --report-dir."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from loadhost import RunResult, hookimpl
from loadhost_hookspecs import Config

from loadhost_builtins._files import writing
from loadhost_builtins._report_folder import OPTION, report_path
from loadhost_builtins._summary import summary

FILE = "summary.md"
VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT_BYTES = 1024 * 1024
"""What GitHub takes of one step; a longer file is not shown at all."""

logger = logging.getLogger("loadhost.reports")


class GithubSummary:
    """Appends to the file that GITHUB_STEP_SUMMARY names, if it is set; writes summary.md, if --report-dir is given."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._step: Path | None = None

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a folder that can't be written to. The variable is not the user's doing, and refuses nothing."""
        self._path = report_path(config, FILE)
        step = os.environ.get(VARIABLE)
        self._step = Path(step) if step and config.node != "worker" else None

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write both."""
        if self._path is None and self._step is None:
            return
        text = summary(result)
        if self._path is not None:
            with writing(self._path, OPTION) as file:
                file.write(text)
        if self._step is not None:
            _append(self._step, text)


def _append(path: Path, text: str) -> None:
    """Other commands of the step have written to the file: what they wrote stays."""
    data = text.encode("utf-8", "backslashreplace") + b"\n"
    try:
        if path.exists() and path.is_file() and path.stat().st_size + len(data) > LIMIT_BYTES:
            logger.warning("%s has no room for the summary: GitHub shows at most 1 MiB of a step", VARIABLE)
            return
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        reason = error.strerror or str(error)
        logger.error("%s: %s could not be written: %s; the run's other results are kept", VARIABLE, path, reason)
