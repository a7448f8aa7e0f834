"""The files for Grafana: every query of the dashboards returns rows after a real run."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from loadhost import UsageError
from loadhost_influx._dashboards import comparison, overview
from loadhost_influx._grafana import grafana
from loadhost_influx._options import OPTIONS


def queries(dashboard):
    """(where, query) of every panel, variable and annotation."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["query"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["query"]


ALL = [(f"{make.__name__}: {where}", query) for make in (overview, comparison) for where, query in queries(make())]


def as_grafana_would(query, run_id):
    """The query with its variables replaced."""
    values = {
        "timeFilter": "time > now() - 1h AND time < now()",
        "__interval_ms": "1000",
        "__interval": "1s",
        **dict.fromkeys(("run", "run_a", "run_b"), run_id),
        "test": "loadfile",
        "name": ".*",
    }
    for name in sorted(values, key=len, reverse=True):
        query = query.replace(f"${name}", values[name])
    assert "$" not in re.sub(r"\$/", "/", query)
    return query


@pytest.mark.needs_debian("influxd")
@pytest.mark.parametrize(("where", "query"), ALL, ids=[where for where, _ in ALL])
def test_every_query_returns_rows(exported, where, query):
    rows = exported.query(as_grafana_would(query, exported.run_id))
    assert rows
    columns = [row.keys() - {"time"} for row in rows]
    assert any(row[column] is not None for row, names in zip(rows, columns, strict=True) for column in names)


@pytest.mark.needs_debian("influxd")
def test_requests_per_second_are_the_run_s_own(exported):
    """Summed over the steps of a second each: the number of requests."""
    query = dict(ALL)["overview: Requests per second A"]
    rows = exported.query(as_grafana_would(query, exported.run_id))
    assert sum(row["sum"] for row in rows) == exported.outcome.report["totals"]["requests"]


@pytest.mark.needs_debian("influxd")
def test_the_heat_map_has_every_request_and_rows_that_read_as_numbers(exported):
    query = dict(ALL)["overview: Response times A"]
    rows = exported.query(as_grafana_would(query, exported.run_id))
    assert sum(row["sum"] for row in rows) == exported.outcome.report["totals"]["requests"]
    assert all(float(row["le"]) > 0 for row in rows)


@pytest.mark.parametrize("make", [overview, comparison])
def test_dashboards_ask_for_no_particular_data_source(make):
    """Provisioned files can't ask on import: a variable does, in every place."""
    dashboard = make()
    assert dashboard["templating"]["list"][0]["name"] == "source"
    text = json.dumps(dashboard)
    assert "__inputs" not in text
    assert set(re.findall(r'"uid": "([^"]*)"', text)) == {"${source}", dashboard["uid"]}


@pytest.mark.parametrize("make", [overview, comparison])
def test_panels_lie_beside_each_other_and_have_numbers_of_their_own(make):
    panels = make()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


# -- the command


@pytest.fixture
def command(capsys):
    """Calls it with these options; what it printed."""

    def call(folder, **values):
        names = {spec.name: spec.default for spec in OPTIONS if "influx grafana" in spec.commands}
        options = Namespace(**{**names, **{f"influx_{name}": value for name, value in values.items()}})
        assert grafana(SimpleNamespace(options=options), folder) == 0
        return capsys.readouterr().out

    return call


def test_the_command_writes_all_files_for_the_database_of_the_options(command, tmp_path, monkeypatch):
    monkeypatch.setenv("LOADHOST_INFLUX_PASSWORD", "hunter2")
    folder = tmp_path / "grafana"
    printed = command(folder, url="http://influxdb:8086", database="load", user="reader$1")
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert written == [
        "dashboards/loadhost-comparison.json",
        "dashboards/loadhost-overview.json",
        "dashboards/loadhost.yaml",
        "datasources/loadhost.yaml",
    ]
    assert json.loads((folder / written[0]).read_text()) == comparison()
    assert json.loads((folder / written[1]).read_text()) == overview()
    (provider,) = yaml.safe_load((folder / written[2]).read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"
    (source,) = yaml.safe_load((folder / written[3]).read_text())["datasources"]
    assert (source["type"], source["url"], source["user"]) == ("influxdb", "http://influxdb:8086", "reader$$1")
    assert source["jsonData"]["dbName"] == "load"
    assert source["secureJsonData"] == {"password": "$LOADHOST_INFLUX_PASSWORD"}
    assert all("hunter2" not in path.read_text() for path in folder.rglob("*.*"))
    assert "give it LOADHOST_INFLUX_PASSWORD in its environment" in printed


def test_a_bucket_is_read_with_the_token_of_grafana_s_environment(command, tmp_path):
    printed = command(tmp_path, url="https://db", bucket="load", org="o", verify=False)
    (source,) = yaml.safe_load((tmp_path / "datasources/loadhost.yaml").read_text())["datasources"]
    assert source["jsonData"]["dbName"] == "load"
    assert source["jsonData"]["tlsSkipVerify"] is True
    assert source["jsonData"]["httpHeaderName1"] == "Authorization"
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token $LOADHOST_INFLUX_TOKEN"}
    assert "LOADHOST_INFLUX_TOKEN" in printed


def test_without_options_it_is_a_database_on_this_machine(command, tmp_path):
    command(tmp_path)
    (source,) = yaml.safe_load((tmp_path / "datasources/loadhost.yaml").read_text())["datasources"]
    assert (source["url"], source["jsonData"]["dbName"]) == ("http://localhost:8086", "loadhost")


def test_a_folder_that_can_not_be_written_is_said(command):
    with pytest.raises(UsageError, match="can't be written"):
        command(Path("/proc/nowhere"))
