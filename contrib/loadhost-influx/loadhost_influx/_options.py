"""The options, for the command line, the environment and the configuration file alike."""

from __future__ import annotations

import re
from pathlib import Path

from loadhost import OptionSpec
from loadhost_hookspecs import duration, ratio

from loadhost_influx._settings import APIS, MODES

_UNITS = {
    "": 1,
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)},
}
_RUNS = ("run", "web", "demo")
_SECRETS = (*_RUNS, "influx check", "influx replay")
_COMMANDS = (*_SECRETS, "influx grafana")


def size(text: str) -> int:
    """Bytes from "1GiB", "500MB" or "1048576". Raises ValueError for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if not match or match[2] not in _UNITS:
        raise ValueError(f"{text!r} is no size; write for example 1GiB, 500MB or a number of bytes")
    return int(float(match[1]) * _UNITS[match[2]])


OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "--influx-url",
        help="The address of InfluxDB or VictoriaMetrics: http://db.test:8086. Without it, nothing is written.",
        commands=_COMMANDS,
    ),
    OptionSpec("--influx-database", help="The database to write to (InfluxDB 1.x).", commands=_COMMANDS),
    OptionSpec("--influx-org", help="The organisation (InfluxDB 2 and 3).", commands=_COMMANDS),
    OptionSpec("--influx-bucket", help="The bucket to write to (InfluxDB 2 and 3).", commands=_COMMANDS),
    OptionSpec("--influx-user", help="The user, if the database wants one.", commands=_COMMANDS),
    OptionSpec(
        "--influx-password",
        secret=True,
        on_workers=True,  # raw mode writes from there
        help="The user's password; better in the variable than on a command line.",
        commands=_SECRETS,
    ),
    OptionSpec(
        "--influx-token",
        secret=True,
        on_workers=True,
        help="The token, in place of user and password.",
        commands=_SECRETS,
    ),
    OptionSpec(
        "--influx-api",
        choices=APIS,
        default="auto",
        help="How to write: v1 (/write) or v2 (/api/v2/write); auto is v2 if there is a bucket or an org, else v1.",
        commands=_COMMANDS,
    ),
    OptionSpec(
        "--influx-interval",
        type=duration,
        default=5.0,
        help="How long a stretch of the run one point stands for, at least 1s.",
        commands=_RUNS,
    ),
    OptionSpec(
        "--influx-tags",
        multiple=True,
        default=[],
        help="Tags for every point: env=ci,build=123. 'test' is the name of the loadfile, unless given here.",
        commands=_RUNS,
    ),
    OptionSpec(
        "--influx-mode",
        choices=MODES,
        default="aggregate",
        help="aggregate: figures per interval. raw: beside them a point for each request.",
        commands=_RUNS,
    ),
    OptionSpec(
        "--influx-sample",
        type=ratio,
        default=1.0,
        help="In raw mode, the share of requests that get a point: 0.1 or 10%.",
        commands=_RUNS,
    ),
    OptionSpec(
        "--influx-spool",
        type=Path,
        help="The folder that keeps points until the database has acknowledged them. Default: loadhost-influx in "
        "$XDG_STATE_HOME or ~/.local/state.",
        commands=_RUNS,
    ),
    OptionSpec(
        "--influx-spool-limit",
        type=size,
        default=1 << 30,
        help="How much disk the spool of a run may take (500MB, 1GiB); beyond it the oldest points are dropped, and "
        "counted.",
        commands=(*_RUNS, "influx replay"),
    ),
    OptionSpec(
        "--influx-drain",
        type=duration,
        default=30.0,
        help="How long the end of a run waits for the database to take what is left; at most 50s.",
        commands=(*_RUNS, "influx replay"),
    ),
    OptionSpec(
        "--influx-verify/--no-influx-verify",
        type=bool,
        default=True,
        help="Whether to verify the certificate of an https address.",
        commands=_COMMANDS,
    ),
    OptionSpec(
        "--influx-create-database",
        type=bool,
        default=False,
        help="Create the database if it is not there (v1; the user must be allowed to).",
        commands=_SECRETS,
    ),
)
