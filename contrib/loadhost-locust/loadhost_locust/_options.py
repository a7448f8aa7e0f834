"""Locust's options, one line each: flags, attribute, variable, and what becomes of it here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from loadhost_locust._small import timespan

_NO_PAGE = "loadhost has no page under this command: add --headless"
_NO_PROCESSES = "loadhost has no network of workers; loadhost locust makes all load in this process: leave it out"


@dataclass(frozen=True)
class LocustOption:
    """One option. `type` bool is a switch, list takes every word up to the next flag.

    `refused`: why it can't be had, and what there is. `ignored`: it may be given, and means nothing here.
    """

    flags: str
    help: str = ""
    type: Callable[[str], Any] = str
    default: Any = None
    dest: str = ""
    env: str = ""
    choices: tuple[str, ...] = ()
    refused: str = ""
    ignored: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """Each flag."""
        return tuple(self.flags.split())

    @property
    def long(self) -> str:
        """The long flag."""
        return next(flag for flag in self.spellings if flag.startswith("--"))

    @property
    def name(self) -> str:
        """The attribute of parsed_options."""
        return self.dest or self.long.lstrip("-").replace("-", "_")

    @property
    def variable(self) -> str | None:
        """The environment variable; "-" in the table is none."""
        return None if self.env == "-" else "LOCUST_" + (self.env or self.long.lstrip("-").replace("-", "_").upper())


def _positive(text: str) -> float:
    value = float(text)
    if not (isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text}: give a number above 0")
    return value


_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

OPTIONS: tuple[LocustOption, ...] = (
    LocustOption("-f --locustfile", "Files, a folder, or several with commas.", default="locustfile.py"),
    LocustOption("--config", "A file of further settings.", env="-"),
    LocustOption("-H --host", "The system under test."),
    LocustOption("-u --users", "Users at the peak.", int, dest="num_users"),
    LocustOption("-r --spawn-rate", "Users started per second.", _positive),
    LocustOption("-t --run-time", "End after this time: 300s, 20m, 1h30m.", timespan),
    LocustOption("-l --list", "List the user classes, and exit.", bool, dest="list_commands", env="-"),
    LocustOption("--config-users", "User settings: JSON, or files of it.", list),
    LocustOption("--headless", "Start at once, without a page.", bool),
    LocustOption("--headful", "Not headless, whatever a file says.", bool),
    LocustOption("--autostart", type=bool, refused=_NO_PAGE),
    LocustOption("--autoquit", type=int, default=-1, refused=_NO_PAGE),
    LocustOption("--web-host", default="", ignored=True),
    LocustOption("-P --web-port", type=int, default=8089, ignored=True),
    LocustOption("--web-host-display-name", ignored=True),
    LocustOption("--web-login", type=bool, ignored=True),
    LocustOption("--web-auth", refused="Locust itself gave it up for --web-login"),
    LocustOption("--web-base-path", default="", ignored=True),
    LocustOption("--tls-cert", default="", ignored=True),
    LocustOption("--tls-key", default="", ignored=True),
    LocustOption("--class-picker", type=bool, env="USERCLASS_PICKER", ignored=True),
    LocustOption("--build-path", default="", ignored=True),
    LocustOption("--legacy-ui", type=bool, refused="Locust itself gave it up"),
    LocustOption("--master", type=bool, env="MODE_MASTER", refused=_NO_PROCESSES),
    LocustOption("--master-bind-host", default="*", ignored=True),
    LocustOption("--master-bind-port", type=int, default=5557, ignored=True),
    LocustOption("--expect-workers", type=int, default=1, ignored=True),
    LocustOption("--expect-workers-max-wait", type=int, default=0, ignored=True),
    LocustOption("--enable-rebalancing", type=bool, env="-", ignored=True),
    LocustOption("--expect-slaves", type=bool, env="-", refused="Locust itself gave it up"),
    LocustOption("--worker", type=bool, env="MODE_WORKER", refused=_NO_PROCESSES),
    LocustOption("--slave", type=bool, env="-", refused="Locust itself gave it up"),
    LocustOption("--processes", type=int, refused=_NO_PROCESSES),
    LocustOption("--master-host", default="127.0.0.1", env="MASTER_NODE_HOST", ignored=True),
    LocustOption("--master-port", type=int, default=5557, env="MASTER_NODE_PORT", ignored=True),
    LocustOption("-T --tags", "Only tasks with one of these tags.", list),
    LocustOption("-E --exclude-tags", "No tasks with one of these tags.", list),
    LocustOption("--csv", "The prefix of four CSV files.", dest="csv_prefix"),
    LocustOption("--csv-full-history", "History of every name.", bool, dest="stats_history_enabled"),
    LocustOption("--print-stats", "Print figures as the run goes.", bool),
    LocustOption("--only-summary", "Print figures only at the end.", bool),
    LocustOption("--reset-stats", "Forget the figures of the ramp.", bool),
    LocustOption("--html", "The report as one page; {u}, {r}, {t} are users, rate and run time.", dest="html_file"),
    LocustOption("--json", "Print the figures as JSON at the end.", bool, env="-"),
    LocustOption("--json-file", "Write that JSON to FILE.json.", env="-"),
    LocustOption("--skip-log-setup", "Leave logging to the locustfile.", bool),
    LocustOption("-L --loglevel", "The least important log line shown.", str.upper, "INFO", choices=_LEVELS),
    LocustOption("--logfile", "Write log lines to this file."),
    LocustOption("--show-task-ratio", "Show how often tasks run, and exit.", bool, env="-"),
    LocustOption("--show-task-ratio-json", "The same as JSON.", bool, env="-"),
    LocustOption("-V --version", "Show the version, and exit.", bool, env="-"),
    LocustOption("--exit-code-on-error", "The exit code if requests failed.", int, 1),
    LocustOption("-s --stop-timeout", "Time users get to finish a task.", timespan, 0),
    LocustOption("--equal-weights", "Every class and task equally often.", bool, env="-"),
    LocustOption("--profile", "A name for runs of one kind.", env="-"),
    LocustOption(
        "--otel",
        type=bool,
        env="ENABLE_OPENTELEMETRY",
        refused="there is no OpenTelemetry export; pip install loadhost-influx sends figures to a database",
    ),
)
"""Every option of Locust 2.47, its hidden ones too."""


class LocustArgumentParser(argparse.ArgumentParser):
    """argparse's parser; add_argument also takes Locust's keywords."""

    def add_argument(self, *flags: str, **keywords: Any) -> argparse.Action:
        """As argparse's; `env_var` and what is for Locust's page mean nothing here."""
        for name in ("env_var", "include_in_web_ui", "is_secret", "is_required", "is_multiple"):
            keywords.pop(name, None)
        return super().add_argument(*flags, **keywords)

    def error(self, message: str) -> NoReturn:
        """One line, exit code 2."""
        self.exit(2, f"locust: error: {message}\n")


def get_parser() -> LocustArgumentParser:
    """A parser of Locust's command line, without what locustfiles add to it."""
    parser = LocustArgumentParser(
        prog="loadhost locust",
        usage="loadhost locust [options] [UserClass ...]",
        description="Run locustfiles with loadhost, by Locust's own command line. Without --headless there is nothing "
        "to start a run with: loadhost has no page under this command.",
        epilog="Settings are read from LOCUST_ variables, ~/.locust.conf, locust.conf and [tool.locust] of "
        "pyproject.toml as well. loadhost run has loadhost's own options, and those of its plugins.",
        allow_abbrev=False,
    )
    for option in OPTIONS:
        _add(parser, option)
    parser.add_argument("user_classes", nargs="*", metavar="UserClass", help="The user classes to run; all by default.")
    return parser


def _add(parser: argparse.ArgumentParser, option: LocustOption) -> None:
    text = argparse.SUPPRESS if option.refused or option.ignored or not option.help else option.help
    keywords: dict[str, Any] = {"dest": option.name, "help": text, "default": option.default}
    if option.type is bool:
        keywords |= {"action": "store_true", "default": False}
    elif option.type is list:
        keywords |= {"nargs": "*", "metavar": "TEXT"}
    else:
        keywords |= {"type": option.type, "metavar": option.name.upper(), "choices": option.choices or None}
    parser.add_argument(*option.spellings, **keywords)
