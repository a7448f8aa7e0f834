"""The plugin `json`: --json-file F writes exactly F, one report of the whole run, whatever ended it."""

from __future__ import annotations

import json
from pathlib import Path

from loadhost import OptionSpec, RunResult, hookimpl
from loadhost_hookspecs import Config, Options

from loadhost_builtins._files import refuse_unwritable, replacing
from loadhost_builtins._json_document import document


class JsonReport:
    """Writes the report of --json-file; does nothing without it."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--json-file."""
        options.add(
            OptionSpec(
                "--json-file",
                type=Path,
                help="Write the report of the run to this file, as JSON (schema loadhost.report, version 1).",
            )
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a file that can't be written, before anything runs."""
        path = getattr(config.options, "json_file", None)
        if path is not None and config.node != "worker":
            self._path = Path(path)
            refuse_unwritable(self._path, "--json-file")

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write it, in one step: a reader finds the old report or the whole new one."""
        if self._path is None:
            return
        with replacing(self._path) as file:
            json.dump(document(result), file, indent=2, allow_nan=False, ensure_ascii=False)
            file.write("\n")
