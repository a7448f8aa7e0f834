"""The faults of a real InfluxDB: killed, late, refusing. Afterwards it holds every point exactly once."""

from __future__ import annotations

import gevent
import pytest
from loadhost_influx._account import Account
from loadhost_influx._replay import _send
from loadhost_influx._settings import Settings
from loadhost_influx._spool import Spool

pytestmark = pytest.mark.needs_debian("influxd")


def point(number):
    return f"m,n={number} v={number}.0 1700000000000000000"


@pytest.fixture
def produce():
    """Puts ten points every 10 ms, as a run does, until a condition holds; says how many."""

    def run(delivery, until, start=0):
        number = start
        while not until():
            delivery.put([point(number + index) for index in range(10)])
            number += 10
            gevent.sleep(0.01)
        return number

    return run


@pytest.fixture
def has_exactly():
    """Checks that the database holds each of so many points once, with its own value."""

    def check(server, count, database="load"):
        (row,) = server.query("SELECT count(v), sum(v) FROM m", database)
        assert (row["count"], row["sum"]) == (count, sum(range(count)))

    return check


def login(server):
    return {"user": server.user, "password": server.password, "create_database": True}


def test_killed_for_a_while_it_gets_everything_when_it_is_back(deliver, influx_server, produce, has_exactly):
    server = influx_server()
    delivery = deliver(server.url, **login(server))
    number = produce(delivery, lambda: delivery.account.acknowledged > 50)
    server.kill()
    number = produce(delivery, lambda: delivery._troubles.current and delivery.account.spooled > 200, number)
    server.start()
    number = produce(delivery, lambda: delivery._troubles.current is None, number)
    assert delivery.drain(30) == Account(produced=number, acknowledged=number)
    has_exactly(server, number)


def test_killed_for_the_rest_of_the_run_it_gets_the_rest_by_replay(deliver, influx_server, produce, has_exactly):
    server = influx_server()
    delivery = deliver(server.url, **login(server))
    number = produce(delivery, lambda: delivery.account.acknowledged > 50)
    server.kill()
    number = produce(delivery, lambda: delivery._troubles.current and delivery.account.spooled > 200, number)
    account = delivery.drain(0.2)
    assert account.adds_up
    assert account.spooled > 200
    server.start()
    (path,) = delivery.spool_dir.glob("*.spool")
    spool = Spool.open(path, 1 << 30)
    assert spool.account == account
    _send(spool, Settings(url=server.url, database="load", user=server.user, password=server.password), 10)
    assert spool.finish() == Account(produced=number, acknowledged=number)
    has_exactly(server, number)


def test_started_late_it_gets_everything(deliver, influx_server, produce, has_exactly):
    server = influx_server(start=False, auth=False)
    delivery = deliver(server.url, **login(server))
    number = produce(delivery, lambda: delivery.account.spooled > 200)
    server.start()
    assert delivery.drain(30) == Account(produced=number, acknowledged=number)
    has_exactly(server, number)


def test_a_body_that_is_too_large_for_it_is_split(deliver, influx_server, has_exactly):
    server = influx_server(auth=False, max_body_bytes=2000)
    delivery = deliver(server.url, create_database=True)
    delivery.put([point(number) for number in range(2000)])
    assert delivery.drain(30) == Account(produced=2000, acknowledged=2000)
    has_exactly(server, 2000)


def test_a_user_that_is_made_in_the_midst_of_the_run_is_let_in(deliver, influx_server, produce, has_exactly):
    server = influx_server()
    server.create("load")
    delivery = deliver(server.url, user="late", password="geheim")
    number = produce(delivery, lambda: delivery._troubles.current)
    assert "user 'late' is refused (401: authorization failed)" in delivery.status()
    server.query("CREATE USER late WITH PASSWORD 'geheim'")
    number = produce(delivery, lambda: "403" in (delivery._troubles.current or ""), number)
    server.query('GRANT ALL ON "load" TO late')
    assert delivery.drain(30) == Account(produced=number, acknowledged=number)
    has_exactly(server, number)


@pytest.mark.parametrize(
    "bad",
    ["m,n=x v=1i 1700000000000000000", "m,n=x v=abc 1700000000000000000", "m,n=x 1700000000000000000", "m,=x v=1.0 1"],
)
def test_one_bad_line_of_a_thousand_is_quarantined_with_its_words(deliver, influxdb, database, has_exactly, bad):
    delivery = deliver(influxdb.url, **login(influxdb), database=database)
    delivery.put([point(number) for number in range(617)])
    delivery._flush()
    delivery.put([bad, *(point(number) for number in range(617, 1000))])
    assert delivery.drain(30) == Account(produced=1001, acknowledged=1000, quarantined=1)
    has_exactly(influxdb, 1000, database)
    (file,) = delivery.spool_dir.glob("*.quarantine.lp")
    reason, line = file.read_text().splitlines()
    assert line == bad
    assert any(words in reason for words in ("field type conflict", "unable to parse"))


def test_a_database_that_is_dropped_in_the_midst_is_made_again(deliver, influx_server, produce):
    server = influx_server(auth=False)
    delivery = deliver(server.url, create_database=True)
    number = produce(delivery, lambda: delivery.account.acknowledged > 50)
    server.query('DROP DATABASE "load"')
    known = delivery.account.acknowledged
    number = produce(delivery, lambda: delivery.account.acknowledged > known + 50, number)
    assert delivery.drain(30) == Account(produced=number, acknowledged=number)


@pytest.mark.needs_debian("victoria-metrics")
@pytest.mark.parametrize("place", [{"database": "load"}, {"bucket": "load", "database": None, "token": "t"}])
def test_victoria_metrics_gets_everything_by_both_apis(deliver, victoria, place):
    name = f"delivered_{'v2' if 'bucket' in place else 'v1'}"
    delivery = deliver(victoria.url, **place)
    delivery.put([f"{name},n={number} v={number}.0 {1_790_000_000_000 + number}000000" for number in range(500)])
    assert delivery.drain(30) == Account(produced=500, acknowledged=500)
    series = victoria.export(f'{{__name__="{name}_v"}}')
    assert sorted(value for one in series for value in one["values"]) == list(range(500))
