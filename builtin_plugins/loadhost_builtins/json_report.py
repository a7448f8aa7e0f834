"""The plugin `json`: one report of the whole run, whatever ended it: --json-file F, and report.json of --report-dir.

`loadhost report schema` prints the schema that it keeps to (JSON Schema, draft 2020-12).
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

from loadhost import OptionSpec, RunResult, hookimpl
from loadhost_hookspecs import Commands, Config, Options

from loadhost_builtins._files import refuse_unwritable, writing
from loadhost_builtins._json_document import document
from loadhost_builtins._report_folder import OPTION, report_path

FILE = "report.json"


class JsonReport:
    """Writes the reports of --json-file and --report-dir; does nothing without either."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}

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
    def loadhost_add_commands(self, commands: Commands) -> None:
        """`loadhost report schema`."""
        commands.add("report schema", print_schema, help="The JSON Schema of --json-file and report.json.")

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a file that can't be written, before anything runs."""
        self._paths = {}
        path = getattr(config.options, "json_file", None)
        if path is not None and config.node != "worker":
            self._paths["--json-file"] = Path(path)
            refuse_unwritable(Path(path), "--json-file")
        if in_folder := report_path(config, FILE):
            self._paths[OPTION] = in_folder

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write it, in one step: a reader finds the old report or the whole new one."""
        if not self._paths:
            return
        text = json.dumps(document(result), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        for option, path in self._paths.items():
            with writing(path, option) as file:
                file.write(text)


def schema() -> str:
    """The JSON Schema of the report."""
    return files("loadhost_builtins").joinpath("report.schema.json").read_text(encoding="utf-8")


def print_schema() -> None:
    """Print the JSON Schema of the report."""
    sys.stdout.write(schema())
