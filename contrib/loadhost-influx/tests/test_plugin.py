"""The installed plugin: which settings it refuses before a run, and what it says of idle ones."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from loadhost import Environment, UsageError
from loadhost_influx import Influx


def configured(loadhost_manager, **options):
    plugin = Influx()
    loadhost_manager.register(plugin)
    environment = Environment(plugin_manager=loadhost_manager)
    for name, value in options.items():
        environment.config.set_default(f"influx_{name}", value)
    plugin.loadhost_configure(environment.config)
    return plugin, environment.config


def test_a_spool_that_can_not_be_written_is_refused(loadhost_manager):
    with pytest.raises(UsageError, match="--influx-spool /proc/nowhere"):
        configured(loadhost_manager, url="http://db:8086", database="d", spool=Path("/proc/nowhere"))


def test_raw_mode_on_other_machines_is_refused_with_the_reason(loadhost_manager, tmp_path):
    plugin, config = configured(loadhost_manager, url="http://db:8086", database="d", mode="raw", spool=tmp_path)
    config.options.engine = "dask"
    with pytest.raises(UsageError, match="--influx-mode raw with --engine dask: each worker would write"):
        plugin.loadhost_configure(config)
    config.options.engine = "processes"
    plugin.loadhost_configure(config)


def test_an_option_that_does_nothing_without_an_address_is_said(caplog):
    class Config:
        node = "local"

        class options:
            influx_database = "d"
            influx_interval = 5.0

        @staticmethod
        def source(name):
            return "command line" if name == "influx_database" else "default"

    caplog.set_level(logging.WARNING, "loadhost_influx")
    Influx().loadhost_configure(Config)
    assert [record.getMessage() for record in caplog.records] == [
        "--influx-database does nothing without --influx-url: add for example --influx-url http://localhost:8086"
    ]
