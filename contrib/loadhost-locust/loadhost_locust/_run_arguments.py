"""From Locust's command line to that of `loadhost run`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loadhost_locust._command_line import CommandLine

PLUGINS = ("locust", "loadhost_locust.console:Console", "no:console")

# Locust's attribute -> loadhost's flag.
_VALUES = {
    "host": "--host",
    "csv_prefix": "--csv",
    "loglevel": "--loglevel",
    "logfile": "--logfile",
    "exit_code_on_error": "--exit-code-on-error",
    "num_users": "--locust-users",
    "spawn_rate": "--locust-spawn-rate",
    "json_file": "--locust-json-file",
    "profile": "--locust-profile",
}
_SECONDS = {"run_time": "--run-time", "stop_timeout": "--stop-timeout"}
_LISTS = {"tags": "--tags", "exclude_tags": "--exclude-tags", "config_users": "--config-users"}
_SWITCHES = {
    "reset_stats": "--reset-stats",
    "stats_history_enabled": "--csv-full-history",
    "show_task_ratio_json": "--show-task-ratio-json",
    "only_summary": "--locust-only-summary",
    "json": "--locust-print-json",
    "skip_log_setup": "--locust-skip-log-setup",
    "equal_weights": "--locust-equal-weights",
}


def run_arguments(line: CommandLine, files: Sequence[Path], *more: str) -> list[str]:
    """The arguments of `loadhost`, from "run" on. What Locust doesn't know comes last, as it was typed."""
    options, given = vars(line.options), line.given
    arguments = ["run", *(str(file) for file in files), *(f"--plugin={plugin}" for plugin in PLUGINS)]
    arguments += [f"{flag}={options[name]}" for name, flag in _VALUES.items() if name in given]
    arguments += [f"{flag}={options[name]}s" for name, flag in _SECONDS.items() if name in given]
    arguments += [f"{flag}={text}" for name, flag in _LISTS.items() if name in given for text in _texts(options[name])]
    arguments += [flag for name, flag in _SWITCHES.items() if options[name]]
    return [*arguments, *more, *line.rest]


def _texts(values: Any) -> list[str]:
    return [str(value) for value in values or ()]
