"""The export of runs in this process, its points kept by a recorder in place of the delivery."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import gevent
import pytest
from loadhost import Environment, Outcome, PluginManager, StatsWindow, StopTest, User, constant, hookimpl, task
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures
from loadhost_influx import Account, InfluxDBListener, InfluxDBSettings, Settings, _export
from loadhost_influx._exporter import Exporter

SETTINGS = Settings(url="http://db.test:8086", database="d", interval_s=1.0, spool=Path("spool"))


class Recorder:
    """Takes lines as a delivery does; `fate` says what becomes of them."""

    made: list[Recorder] = []
    fate = "acknowledged"

    def __init__(self, settings, background):
        self.settings = settings
        self.spool_dir = Path("spool") / settings.run_id
        self.lines, self.drafts = [], []
        self.drained = None
        self.closed = False
        Recorder.made.append(self)

    def start(self):
        pass

    def put(self, lines):
        assert self.drained is None
        self.lines += lines

    def draft(self, lines):
        self.drafts += lines

    def forget_drafts(self):
        self.drafts.clear()

    def together(self):
        return gevent.lock.RLock()

    @property
    def account(self):
        count = len(self.lines)
        return Account(produced=count, **{self.fate: count})

    def status(self):
        return f"{len(self.lines)} points"

    def drain(self, deadline_s):
        self.drained = deadline_s
        return self.account

    def close(self):
        self.closed = True

    def count(self, measurement, **tags):
        """The sum of the field `count`."""
        return sum(
            float(re.search(r"[ ,]count=([\d.e+]+)", line)[1])
            for line in self.lines
            if line.startswith(f"{measurement},")
            and " count=" in line
            and all(f",{key}={value}" in line for key, value in tags.items())
        )

    def of(self, measurement):
        return [line for line in self.lines if line.startswith(f"{measurement},")]


@pytest.fixture(autouse=True)
def recorder(monkeypatch):
    monkeypatch.setattr(_export, "Delivery", Recorder)
    monkeypatch.setattr(Recorder, "made", [])
    monkeypatch.setattr(Recorder, "fate", "acknowledged")
    return Recorder


class Visitor(User):
    wait_time = constant(0.005)

    @task
    def look(self):
        count = self.environment.stats.total.num_requests
        failed = "no" if count % 4 == 3 else None
        self.environment.requests.record("GET", f"/{count % 3}", 5.0, 10, exception=failed)


def run(loadhost_run, *plugins, settings=SETTINGS, **more):
    """A short run with the exporter; its outcome."""
    return loadhost_run(Visitor, plugins=[Exporter(settings), *plugins], in_process=True, **{"run_time": 0.2, **more})


def test_every_request_is_counted_once(loadhost_run):
    outcome = run(loadhost_run, run_time=1.3)
    delivery, summary = Recorder.made
    totals = outcome.result.totals
    assert delivery.count("loadhost_requests") == totals.requests > 20
    assert delivery.count("loadhost_requests", outcome="failed") == totals.failures
    assert delivery.count("loadhost_buckets") == totals.requests
    assert delivery.count("loadhost_exceptions", kind="failure") == totals.failures
    assert len(summary.of("loadhost_summary")) == 4


def test_seconds_that_wait_for_the_rest_of_their_stretch_are_drafted(loadhost_run):
    """And forgotten when the stretch is written: never both."""
    seen = []

    class Look:
        @hookimpl(trylast=True)
        def loadhost_stats_window(self, window):
            seen.append((len(Recorder.made[0].drafts), Recorder.made[0].count("loadhost_requests")))

    long = Settings(url=SETTINGS.url, database="d", interval_s=3600.0)
    outcome = run(loadhost_run, Look(), settings=long, run_time=1.2)
    assert seen[0][0] > 0
    assert seen[0][1] == 0
    assert seen[-1] == (0, outcome.result.totals.requests)


def test_each_run_of_a_process_has_an_export_of_its_own():
    manager = PluginManager()
    manager.register(Exporter(SETTINGS))
    environment = Environment(user_classes=[Visitor], plugin_manager=manager)
    runner = environment.create_local_runner()
    totals = []
    for _ in range(2):
        runner.start(1, spawn_rate=100)
        gevent.sleep(0.1)
        runner.stop()
        totals.append((runner.result.run_id, runner.result.totals.requests))
    runner.quit()
    exports = [made for made in Recorder.made if made.of("loadhost_requests")]
    assert [(e.settings.run_id, e.count("loadhost_requests")) for e in exports] == totals
    assert totals[0][0] != totals[1][0]
    assert all(run_id in line for (run_id, _), e in zip(totals, exports, strict=True) for line in e.lines)
    assert all(export.closed for export in exports)


def test_the_drain_has_the_deadline_of_the_options(loadhost_run):
    run(loadhost_run, settings=Settings(url=SETTINGS.url, database="d", drain_s=7.0))
    assert [made.drained for made in Recorder.made] == [7.0, 5.0]


def test_what_is_marked_in_a_run_is_written_at_once_and_once(loadhost_run):
    class Marker(Visitor):
        @task
        def mark(self):
            self.environment.marks.add("deploy", "version 7 is out")
            raise StopTest("enough")

    loadhost_run(Marker, plugins=[Exporter(SETTINGS)], in_process=True, run_time=5)
    events = Recorder.made[0].of("loadhost_events")
    assert sum("version 7 is out" in line for line in events) >= 1
    assert any("kind=stop" in line and "enough" in line for line in events)
    assert len({line.rpartition(" ")[2] for line in events}) == len(events)


def test_the_last_status_and_the_verdict_are_the_sum(loadhost_run):
    outcome = run(loadhost_run)
    (part,) = (part for part in outcome.result.parts if "influx" in part.plugin.lower() or "Exporter" in part.plugin)
    produced = len(Recorder.made[0].lines)
    assert part.verdict.outcome is Outcome.PASSED
    assert part.verdict.reason == (
        f"points in InfluxDB: {produced:,} produced = {produced:,} acknowledged + 0 spooled + 0 quarantined + 0 dropped"
    )
    assert part.verdict.evidence["produced"] == produced


@pytest.mark.parametrize(
    ("fate", "outcome", "words"),
    [
        ("spooled", Outcome.PASSED, f"; send the rest with: loadhost influx replay {Path.cwd()}/spool/"),
        ("dropped", Outcome.DOUBTFUL, "dropped"),
        ("quarantined", Outcome.DOUBTFUL, "quarantined"),
    ],
)
def test_what_became_of_the_points_is_in_the_verdict(loadhost_run, monkeypatch, caplog, fate, outcome, words):
    monkeypatch.setattr(Recorder, "fate", fate)
    caplog.set_level(logging.INFO, "loadhost_influx")
    result = run(loadhost_run).result
    (verdict,) = (part.verdict for part in result.parts if "points in InfluxDB" in part.verdict.reason)
    assert verdict.outcome is outcome
    assert words in verdict.reason
    assert [r.levelname for r in caplog.records if r.getMessage() == verdict.reason] == ["WARNING"]


def test_a_sum_that_does_not_add_up_fails_the_run(loadhost_run, monkeypatch):
    monkeypatch.setattr(Recorder, "account", Account(produced=3, acknowledged=2))
    result = run(loadhost_run).result
    assert result.outcome is Outcome.FAILED
    assert "does not add up" in result.verdict
    assert "3 produced ≠ 2 acknowledged" in result.verdict


def test_after_a_reset_the_points_go_on_and_the_old_ones_stay(loadhost_run):
    class Resetter(Visitor):
        resets = 0

        @task
        def reset(self):
            if self.environment.stats.total.num_requests > 5 and not Resetter.resets:
                Resetter.resets += 1
                self.environment.reset_stats()

    told = []

    class Look:
        @hookimpl
        def loadhost_stats_window(self, window):
            told.append(window.total.requests)

    loadhost_run(Resetter, plugins=[Exporter(SETTINGS), Look()], in_process=True, run_time=1.2)
    assert Resetter.resets == 1
    assert Recorder.made[0].count("loadhost_requests") == sum(told)


def test_after_a_reset_errors_are_counted_anew():
    """Four, a reset, and six more before the next second: these are ten, not six."""
    environment = Environment(plugin_manager=PluginManager())
    environment.create_local_runner()
    export = _export.Export(SETTINGS, environment)
    nothing = EntryFigures("Aggregated", "", 0, 0, Histogram(), Histogram(), 0)
    for number, count in enumerate((4, 6)):
        for _ in range(count):
            environment.stats.record("/", "GET", 5.0, 5.0, 0, "no")
        export.window(StatsWindow(1.7e9 + number, 1.0, nothing, {}))
        environment.stats.reset()
        export.reset()
    assert Recorder.made[0].count("loadhost_exceptions") == 10


def test_secrets_are_in_no_point(loadhost_run):
    """Names that are the same without them are one: else one point would overwrite the other."""

    class Leak(User):
        wait_time = constant(0.005)

        @task
        def leak(self):
            token = f"s3cr3t-{self.environment.stats.total.num_requests}"
            self.environment.requests.record("GET", f"/?token={token}", 5.0, 1, exception=f"bad token={token}")
            self.environment.marks.add("note", f"token={token}")
            if self.environment.stats.total.num_requests == 5:
                raise ValueError(f"token={token}")

    raw = Settings(url=SETTINGS.url, database="d", mode="raw")
    outcome = loadhost_run(Leak, plugins=[Exporter(raw)], in_process=True, run_time=0.6)
    everything = "\n".join(line for made in Recorder.made for line in made.lines)
    assert "s3cr3t" not in everything
    assert "token\\=***" in everything
    delivery, summary = Recorder.made
    requests = outcome.result.totals.requests
    assert delivery.count("loadhost_requests") == delivery.count("loadhost_exceptions", kind="failure") == requests > 5
    assert len(delivery.of("loadhost_samples")) == requests
    for lines in (delivery.lines, summary.lines):
        keys = [(line.rpartition(" ")[0].partition(" ")[0], line.rpartition(" ")[2]) for line in lines]
        assert len(keys) == len(set(keys))
    (summed,) = [line for line in summary.of("loadhost_summary") if ",name=/?token" in line]
    assert f" requests={requests}.0," in summed


# -- raw mode


def test_raw_mode_has_a_point_of_its_own_for_each_request(loadhost_run):
    raw = Settings(url=SETTINGS.url, database="d", mode="raw")
    outcome = run(loadhost_run, settings=raw)
    samples = Recorder.made[0].of("loadhost_samples")
    requests = outcome.result.totals.requests
    assert len(samples) == len({(s.partition(" ")[0], s.rpartition(" ")[2]) for s in samples}) == requests > 5
    assert all(",worker=0 " in sample for sample in samples)
    assert "influx.raw" in [plugin.name for plugin in outcome.result.plugins]


def test_raw_points_are_of_their_own_run():
    """Each run registers a plugin for them, and the end of the process leaves none."""
    manager = PluginManager()
    manager.register(Exporter(Settings(url=SETTINGS.url, database="d", mode="raw")))
    environment = Environment(user_classes=[Visitor], plugin_manager=manager)
    runner = environment.create_local_runner()
    totals = []
    for _ in range(2):
        runner.start(1, spawn_rate=100)
        gevent.sleep(0.05)
        runner.stop()
        environment.requests.record("GET", "/late", 5.0)
        environment.requests.flush_samples()
        totals.append(runner.result.totals.requests)
    runner.quit()
    exports = [made for made in Recorder.made if made.of("loadhost_requests")]
    assert [len(export.of("loadhost_samples")) for export in exports] == totals
    assert manager.implementations("loadhost_samples") == []


def test_a_share_of_the_requests_is_drawn(loadhost_run):
    raw = Settings(url=SETTINGS.url, database="d", mode="raw", sample=0.5)
    outcome = run(loadhost_run, settings=raw, run_time=0.8, users=5)
    samples, requests = len(Recorder.made[0].of("loadhost_samples")), outcome.result.totals.requests
    assert 0.2 * requests < samples < 0.8 * requests


def test_in_aggregate_mode_no_samples_are_made(loadhost_run, loadhost_manager):
    run(loadhost_run, manager=loadhost_manager)
    assert loadhost_manager.implementations("loadhost_samples") == []


# -- the listener


def listener_in(environment, **settings):
    InfluxDBListener(env=environment, influxDbSettings=InfluxDBSettings(**{"database": "d", **settings}))


def test_two_listeners_export_to_two_databases_and_a_late_one_the_rest_of_the_run(tmp_path):
    environment = Environment(user_classes=[Visitor], plugin_manager=PluginManager())
    runner = environment.create_local_runner()
    listener_in(environment, influx_host="one", spool=tmp_path)
    runner.start(1, spawn_rate=100)
    gevent.sleep(0.1)
    listener_in(environment, influx_host="two", spool=tmp_path)
    before = environment.stats.total.num_requests
    while environment.stats.total.num_requests == before:
        gevent.sleep(0.02)
    runner.quit()
    exports = {made.settings.url: made for made in Recorder.made if made.of("loadhost_users")}
    written = {url: export.count("loadhost_requests") for url, export in exports.items()}
    assert written["http://one:8086"] == runner.result.totals.requests
    assert 0 < written["http://two:8086"] <= runner.result.totals.requests


def test_a_worker_writes_nothing_but_raw_points(loadhost_manager):
    for mode, exports in (("aggregate", 0), ("raw", 1)):
        environment = Environment(plugin_manager=PluginManager())
        environment.node, environment.worker_index = "worker", 3
        Recorder.made.clear()
        Exporter(Settings(url=SETTINGS.url, database="d", mode=mode)).begin(environment)
        assert len(Recorder.made) == exports
