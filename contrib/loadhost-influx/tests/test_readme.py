"""The README, compared with what it speaks of."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
import yaml
from loadhost_influx import InfluxDBSettings, _errors, _events, _generator, _points, _result, _samples
from loadhost_influx._options import OPTIONS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def rows_of(heading):
    """The rows of the table below a heading, each a list of cells."""
    table = README.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_option_is_in_the_table_and_nothing_else():
    cells = " ".join(row[0] for row in rows_of("option"))
    flags = {flag for spec in OPTIONS for flag in spec.spellings}
    assert set(re.findall(r"--[\w-]+", cells)) == flags


def test_every_flag_that_is_mentioned_exists():
    flags = {flag for spec in OPTIONS for flag in spec.spellings}
    assert set(re.findall(r"--(?:no-)?influx-[\w-]+", README)) <= flags


def test_every_measurement_is_in_the_table():
    names = {row[0].strip("`") for row in rows_of("measurement")}
    assert names == {
        _points.REQUESTS,
        _points.BUCKETS,
        _points.USERS,
        _points.METRICS,
        _generator.GENERATOR,
        _events.EVENTS,
        _errors.EXCEPTIONS,
        _result.SUMMARY,
        _samples.SAMPLES,
    }


def test_every_setting_in_code_is_mentioned():
    text = README.partition("### In code")[2].partition("## What is written")[0]
    for field in dataclasses.fields(InfluxDBSettings):
        if field.name != "interval_ms":
            assert re.search(rf"\b{field.name}\b", text), field.name


@pytest.mark.parametrize("source", blocks("python"))
def test_the_code_is_python(source):
    ast.parse(source)


def test_the_compose_file_brings_what_the_commands_around_it_use():
    (text,) = blocks("yaml")
    compose = yaml.safe_load(text)
    influxdb, grafana = compose["services"]["influxdb"], compose["services"]["grafana"]
    assert influxdb["environment"]["INFLUXDB_DB"] == "loadhost"
    assert influxdb["environment"]["INFLUXDB_ADMIN_USER"] == "admin"
    assert influxdb["environment"]["INFLUXDB_HTTP_AUTH_ENABLED"] == "true"
    assert grafana["volumes"] == ["./grafana:/etc/grafana/provisioning:ro"]
    assert "LOADHOST_INFLUX_PASSWORD" in grafana["environment"]
    assert (
        "influx grafana grafana --influx-url http://influxdb:8086 --influx-database loadhost --influx-user admin"
        in (README)
    )
    assert set(compose["volumes"]) == {volume.partition(":")[0] for volume in influxdb["volumes"]}


def test_nothing_of_the_compose_file_listens_beyond_this_machine():
    (text,) = blocks("yaml")
    ports = [port for service in yaml.safe_load(text)["services"].values() for port in service["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
