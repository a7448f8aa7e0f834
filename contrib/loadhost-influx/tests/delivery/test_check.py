"""`loadhost influx check` against a real InfluxDB and a real VictoriaMetrics: each thing that can be wrong."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from loadhost_influx import _check
from loadhost_influx._settings import Settings


@pytest.fixture
def check(monkeypatch, capsys):
    """Runs it with these settings: the exit code, and {step: (mark, text)}."""

    def run(**settings):
        monkeypatch.setattr(_check.Settings, "from_options", classmethod(lambda cls, options: Settings(**settings)))
        code = _check.check(SimpleNamespace(options=None))
        rows = [line.split(None, 2) for line in capsys.readouterr().out.splitlines()]
        return code, {name: (mark, text) for name, mark, text in rows}

    return run


@pytest.mark.needs_debian("influxd")
def test_all_is_well(check, influxdb, database):
    code, steps = check(url=influxdb.url, database=database, user=influxdb.user, password=influxdb.password)
    assert code == 0
    assert [mark for mark, _ in steps.values()] == ["ok"] * 4
    assert list(steps) == ["address", "credentials", "database", "write"]
    assert "InfluxDB 1.6.7" in steps["address"][1]
    assert influxdb.query("SELECT count(value) FROM loadhost_check", database)[0]["count"] == 1


@pytest.mark.needs_debian("influxd")
@pytest.mark.parametrize(("login", "who"), [({}, "anonymous writes"), ({"user": "admin"}, "user 'admin'")])
def test_a_wrong_login_is_said(check, influxdb, database, login, who):
    code, steps = check(url=influxdb.url, database=database, **login)
    assert code == 1
    mark, text = steps["credentials"]
    assert mark == "FAILED"
    assert text.startswith(f"{who} is refused (401: ")
    assert text.endswith("check --influx-user and --influx-password")
    assert steps["write"] == ("?", "not tried")


@pytest.mark.needs_debian("influxd")
def test_a_database_that_is_not_there_is_said_or_created(check, influxdb):
    settings = {"url": influxdb.url, "database": "new 'one'", "user": influxdb.user, "password": influxdb.password}
    code, steps = check(**settings)
    assert code == 1
    assert steps["database"][0] == "?"
    assert "is not found (404: database not found" in steps["write"][1]
    assert "create it, or add --influx-create-database" in steps["write"][1]
    code, steps = check(**settings, create_database=True)
    assert (code, steps["database"][0]) == (0, "ok")


@pytest.mark.needs_debian("victoria-metrics")
@pytest.mark.parametrize("place", [{"database": "load"}, {"bucket": "load", "org": "o", "token": "t"}])
def test_victoria_metrics_is_well_by_both_apis(check, victoria, place):
    code, steps = check(url=victoria.url, **place)
    assert code == 0, steps
    assert steps["write"][0] == "ok"


def test_nobody_is_there(check, scripted):
    scripted.close()
    code, steps = check(url=scripted.url, database="load")
    assert code == 1
    assert steps["address"][1].startswith(f"{scripted.url}: connection refused; check --influx-url")


def test_what_answers_is_no_database(check, loadhost_shop):
    code, steps = check(url=loadhost_shop.url, database="load")
    assert code == 1
    assert "check --influx-url" in steps["write"][1]
