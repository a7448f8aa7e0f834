"""The plugin: options and commands of the installed package; without --influx-url it is inert."""

from __future__ import annotations

import logging

from loadhost import hookimpl
from loadhost_hookspecs import Commands, Config, Environment, Options

from loadhost_influx._exporter import Exporter
from loadhost_influx._folder import check_folder
from loadhost_influx._options import OPTIONS
from loadhost_influx._settings import Settings

logger = logging.getLogger("loadhost_influx")


class Influx(Exporter):
    """Writes every run to InfluxDB: first to disk, then to the database, and says what became of each point."""

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """All begin with --influx-."""
        for spec in OPTIONS:
            options.add(spec)

    @hookimpl
    def loadhost_add_commands(self, commands: Commands) -> None:
        """check, replay and grafana."""
        # Here, not at the top: runs don't need them.
        from loadhost_influx._check import check
        from loadhost_influx._grafana import grafana
        from loadhost_influx._replay import replay

        commands.add("influx check", check, help="Try address, login, database and a write; say what to mend.")
        commands.add("influx replay", replay, help="Send what a run has left in its spool.")
        commands.add("influx grafana", grafana, help="Write data source and dashboards for Grafana into a folder.")

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse settings that can't work, before anything runs."""
        self._settings = settings = Settings.from_options(config.options)
        if settings is None:
            _warn_of_idle_options(config)
            return
        settings.refuse_far_workers(getattr(config.options, "engine", None))
        if config.node != "worker" or settings.mode == "raw":
            check_folder(settings)

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """By the settings of this run's start: a page may have changed them."""
        self._settings = Settings.from_options(environment.config.options)
        self.begin(environment)


def _warn_of_idle_options(config: Config) -> None:
    for spec in OPTIONS:
        if hasattr(config.options, spec.name) and config.source(spec.name) == "command line":
            logger.warning(
                "%s does nothing without --influx-url: add for example --influx-url http://localhost:8086",
                spec.long_flag,
            )
            return
