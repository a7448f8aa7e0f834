"""The plugin behind `loadhost locust`: Locust's log lines, tables, JSON and exit codes, of a run by loadhost.

loadhost run locustfile.py -p locust -p loadhost_locust.console:Console -p no:console
"""

from __future__ import annotations

import json
import logging
from typing import Any

import gevent
import loadhost
from loadhost import OptionSpec, hookimpl
from loadhost.runners import STATE_SPAWNING
from loadhost.stats import Stats
from loadhost_hookspecs import Config, Environment, Options

from loadhost_locust import _log, _stats_json, _stats_text
from loadhost_locust._finder import LOCUST_VERSION
from loadhost_locust._shape_lines import log_ticks
from loadhost_locust._weights import equal_weights

main_logger = logging.getLogger("locust.main")
runners_logger = logging.getLogger("locust.runners")

_OWN_VERDICTS = frozenset({3, 4, 5})
"""Exit codes by which a rule, the generator or a plugin fails the run, which Locust has none of: they stay."""


class Console:
    """Says what Locust would say. `loadhost locust` loads it, with these options."""

    def __init__(self) -> None:
        self._printer: gevent.Greenlet | None = None
        self._configured: Any = None

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """Those of Locust's options that are this plugin's business."""
        for spec in (
            OptionSpec("--locust-users", type=int, help="Users at the peak; a LoadTestShape goes before it."),
            OptionSpec("--locust-spawn-rate", type=float, help="Users per second; a LoadTestShape goes before it."),
            OptionSpec("--locust-print-json", type=bool, default=False, help="Print Locust's JSON at the end."),
            OptionSpec("--locust-json-file", help="Write Locust's JSON to FILE.json at the end."),
            OptionSpec("--locust-equal-weights", type=bool, default=False, help="Every class and task equally often."),
            OptionSpec("--locust-skip-log-setup", type=bool, default=False, help="Leave logging to the locustfile."),
            OptionSpec("--locust-only-summary", type=bool, default=False, help="Print tables only at the end."),
            OptionSpec("--locust-profile", help="A name for runs of one kind."),
        ):
            options.add(spec)

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Have log lines look like Locust's, and say the first."""
        self._configured = options = config.options
        if options.locust_skip_log_setup:
            _log.leave_alone()
        else:
            _log.use_locusts_form()
            _log.plain_figures()
        main_logger.info("Starting Locust %s (loadhost %s)", LOCUST_VERSION, loadhost.__version__)
        for ours, given in (("users", options.locust_users), ("spawn_rate", options.locust_spawn_rate)):
            if given is not None:
                setattr(options, ours, given)
        options.num_users, options.profile = options.users, options.locust_profile
        options.skip_log_setup, options.equal_weights = options.locust_skip_log_setup, options.locust_equal_weights

    @hookimpl(tryfirst=True)
    def loadhost_init(self, environment: Environment) -> None:
        """Weights, and what there is to say of a shape."""
        if self._configured.locust_equal_weights:
            equal_weights(environment.user_classes)
        if environment.shape_class is not None:
            self._say_what_is_ignored(environment.shape_class)
            log_ticks(environment.shape_class, runners_logger)

    def _say_what_is_ignored(self, shape: Any) -> None:
        options = self._configured
        given = {
            "--users": options.locust_users,
            "--spawn-rate": options.locust_spawn_rate,
            "--run-time": options.run_time,
        }
        ignored = [flag for flag, value in given.items() if value is not None]
        if ignored and not shape.use_common_options:
            main_logger.warning("The following option(s) will be ignored: %s", ", ".join(ignored))
            options.run_time = None  # as in Locust, where the shape alone ends its run

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """The lines before the ramp, and the tables from now on."""
        seconds = environment.parsed_options.run_time
        if seconds:
            main_logger.info("Run time limit set to %g seconds", seconds)
        elif environment.shape_class is None:
            main_logger.info("No run time limit set, use CTRL+C to interrupt")
        else:
            runners_logger.info("Shape test starting.")
        if not self._configured.locust_only_summary:
            self._printer = gevent.spawn(_stats_text.stats_printer(environment.stats))

    @hookimpl
    def loadhost_state_changed(self, environment: Environment, new: str) -> None:
        """A ramp begins."""
        if new == STATE_SPAWNING and environment.shape_class is None:
            options = environment.parsed_options
            users = environment.runner.target_user_count or options.users
            runners_logger.info("Ramping to %d users at a rate of %.2f per second", users, options.spawn_rate)

    @hookimpl
    def loadhost_spawning_complete(self, environment: Environment, user_count: int) -> None:
        """All users are there."""
        counts = dict.fromkeys((cls.__name__ for cls in environment.user_classes), 0)
        counts |= environment.runner.user_classes_count
        text = json.dumps(dict(sorted(counts.items())))
        runners_logger.info("All users spawned: %s (%d total users)", text, user_count)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """The figures of the ramp are gone."""
        runners_logger.info("Resetting stats\n")

    @hookimpl
    def loadhost_test_stopping(self, environment: Environment) -> None:
        """Why the run ends."""
        marks = [mark.text for mark in environment.marks if mark.kind == "stop"]
        line = _LAST_LINES.get(_kind_of(marks[-1] if marks else "", environment))
        if line:
            main_logger.info("%s", line)
        elif marks:
            main_logger.info("The run ends: %s", marks[-1])

    @hookimpl
    def loadhost_test_stop(self) -> None:
        """No more tables by the clock."""
        if self._printer is not None:
            self._printer.kill(block=False)
            self._printer = None

    @hookimpl
    def loadhost_quitting(self, environment: Environment) -> None:
        """The exit code by Locust's rules, and the last tables."""
        runner, stats = environment.runner, environment.stats
        if runner is None or runner.result is None:  # nothing ran
            return
        if environment.process_exit_code is None:
            environment.process_exit_code = _exit_code(environment)
        main_logger.info("Shutting down (exit code %d)", environment.process_exit_code)
        if self._configured.locust_print_json:
            _stats_json.print_stats_json(stats)
        if self._configured.locust_json_file:
            _stats_json.save_stats_json(stats, self._configured.locust_json_file)
        else:
            _print_everything(stats)


_LAST_LINES = {
    "run time": "--run-time limit reached, shutting down",
    "shape": "Shape test completed, shutting down",
    "SIGTERM": "Got SIGTERM signal",
    "SIGINT": "Interrupted (SIGINT), shutting down",
}


def _kind_of(reason: str, environment: Environment) -> str:
    if reason.startswith("run time of "):
        return "run time"
    if "SIGTERM" in reason or "SIGINT" in reason:
        return "SIGTERM" if "SIGTERM" in reason else "SIGINT"
    return "shape" if reason == f"{type(environment.shape_class).__name__} is over" else ""


def _exit_code(environment: Environment) -> int:
    if environment.runner.exit_code in _OWN_VERDICTS:
        return int(environment.runner.exit_code)
    stats = environment.stats
    return int(environment.parsed_options.exit_code_on_error) if stats.num_failures or stats.exceptions else 0


def _print_everything(stats: Stats) -> None:
    _stats_text.print_stats(stats, current=False)
    _stats_text.print_percentile_stats(stats)
    _stats_text.print_error_report(stats)
