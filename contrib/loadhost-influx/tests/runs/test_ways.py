"""Other ways to export: by the listener in code, later from the spool, and not at all."""

from __future__ import annotations

import pytest

USER = """
    from loadhost import User, constant, task

    class Visitor(User):
        wait_time = constant(0.02)

        @task
        def look(self):
            self.environment.requests.record("GET", "/", 5.0, 10)
"""


@pytest.mark.needs_debian("influxd")
def test_without_the_database_the_run_goes_on_and_its_points_can_be_sent_later(loadhost_run, influx_server, tmp_path):
    server = influx_server(start=False, auth=False)
    outcome = loadhost_run(
        USER,
        f"--influx-url={server.url}",
        "--influx-database=later",
        f"--influx-spool={tmp_path / 'spool'}",
        "--influx-drain=0.2s",
        run_time=1,
    )
    assert outcome.exit_code == 0
    (part,) = (part for part in outcome.report["verdict"]["parts"] if part["plugin"] == "influx")
    assert part["evidence"]["produced"] == part["evidence"]["spooled"] > 0
    command = f"loadhost influx replay {tmp_path / 'spool' / outcome.report['run']['id']}"
    assert f"send the rest with: {command}" in outcome.stdout

    server.start()
    server.create("later")
    replayed = loadhost_run.command(*command.split()[1:])
    assert replayed.exit_code == 0, replayed.output
    (total,) = server.query("SELECT sum(count) FROM loadhost_requests", "later")
    assert total["sum"] == outcome.report["totals"]["requests"]
    (verdict,) = server.query("SELECT text FROM loadhost_events WHERE kind='verdict'", "later")
    assert verdict["text"].startswith("passed, exit code 0")


SEED = """
    from loadhost import User, constant, events, task
    from loadhost_influx import InfluxDBListener, InfluxDBSettings

    @events.init.add_listener
    def on_locust_init(environment, **kwargs):
        # creates the influxdb listener object
        influxDBSettings = InfluxDBSettings(
            influx_host = '127.0.0.1',
            influx_port = '{port}',
            user = 'admin',
            pwd = {password!r},
            database = 'test-project'
        )
        # start listener with the given configuration
        InfluxDBListener(env=environment, influxDbSettings=influxDBSettings)

    class Visitor(User):
        wait_time = constant(0.02)

        @task
        def look(self):
            self.environment.requests.record("GET", "/", 5.0, 10)
"""


@pytest.mark.needs_debian("influxd")
def test_settings_and_listener_in_an_init_listener(loadhost_run, influxdb, tmp_path):
    """As the documentation of Locust has them, where the port is a text."""
    influxdb.create("test-project")
    outcome = loadhost_run(
        SEED.format(port=influxdb.port, password=influxdb.password), run_time=1, env={"XDG_STATE_HOME": str(tmp_path)}
    )
    assert outcome.exit_code == 0, outcome.output
    run = outcome.report["run"]["id"]
    (total,) = influxdb.query(f"SELECT sum(count) FROM loadhost_requests WHERE run='{run}'", "test-project")
    assert total["sum"] == outcome.report["totals"]["requests"] > 5
    assert "influx-listener says passed: points in InfluxDB: " in outcome.stdout


def test_without_an_address_the_plugin_is_inert(loadhost_run):
    """It imports nothing that it would need, has no samples made, and has nothing to say."""
    look = """
        import sys
        from loadhost import hookimpl

        @hookimpl
        def loadhost_quitting(environment):
            loaded = [name for name in ("loadhost_influx._spool", "loadhost_influx._sender") if name in sys.modules]
            print("LOADED", loaded, "SAMPLES", environment.requests.notify.loadhost_samples)
    """
    outcome = loadhost_run(USER, plugins=[look], run_time=0.2)
    assert "LOADED [] SAMPLES None" in outcome.stdout
    assert "influx" not in [part["plugin"] for part in outcome.report["verdict"]["parts"]]
