"""The settings that are given in code."""

from __future__ import annotations

import pytest
from loadhost import Environment, PluginManager, UsageError
from loadhost_influx import InfluxDBListener, InfluxDBSettings, Settings


def test_every_setting_of_the_listener_is_used(tmp_path):
    settings = InfluxDBSettings(
        influx_host="db.test",
        influx_port="8087",
        user="u",
        pwd="p",
        database="d",
        org="o",
        bucket="b",
        token="t",
        api="v1",
        interval_ms=2000,
        tags={"env": "ci"},
        mode="raw",
        sample=0.5,
        spool=str(tmp_path),
        spool_limit_bytes=1 << 21,
        drain_s=3.0,
        verify=False,
        create_database=True,
    )
    assert settings.settings() == Settings(
        url="http://db.test:8087",
        database="d",
        org="o",
        bucket="b",
        user="u",
        password="p",
        token="t",
        api="v1",
        interval_s=2.0,
        tags=(("env", "ci"),),
        mode="raw",
        sample=0.5,
        spool=tmp_path,
        spool_limit_bytes=1 << 21,
        drain_s=3.0,
        verify=False,
        create_database=True,
    )
    assert "'p'" not in repr(settings)
    assert "'t'" not in repr(settings)


@pytest.mark.parametrize(
    ("host", "url"),
    [("localhost", "http://localhost:8086"), ("https://db/", "https://db:8086"), ("::1", "http://[::1]:8086")],
)
def test_the_host_may_be_a_name_or_an_address(host, url):
    assert InfluxDBSettings(influx_host=host, database="d").settings().url == url


def test_raw_points_from_other_machines_are_refused_in_code_too(tmp_path):
    environment = Environment(plugin_manager=PluginManager())
    environment.config.options.engine = "dask"
    with pytest.raises(UsageError, match="--influx-mode raw with --engine dask"):
        InfluxDBListener(environment, InfluxDBSettings(database="d", mode="raw", spool=tmp_path))


@pytest.mark.parametrize("port", ["db", "", 0, 70000, None])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(UsageError, match="is no port; give 1 to 65535"):
        InfluxDBSettings(influx_port=port, database="d").settings()
