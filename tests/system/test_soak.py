"""Ten minutes of a run that does all it can to fill the memory, in a quarter of one: flat once the caps are met."""

from __future__ import annotations

import json

LOADFILE = """
import json
import os
from itertools import count
from types import SimpleNamespace

import gevent
import psutil
from loadhost import User, constant, events, task
from loadhost._running import window_clock

FASTER = 40
real = window_clock.monotonic
window_clock.monotonic = lambda: real() * FASTER
window_clock.gevent = SimpleNamespace(
    sleep=lambda seconds: gevent.sleep(seconds / FASTER), spawn=gevent.spawn, Greenlet=gevent.Greenlet
)
number = count()
memory = {}
windows = 0


class Endless(User):
    wait_time = constant(0.004)

    def record(self, name, exception=None):
        self.environment.requests.record("GET", name, next(number) % 997 * 1.7, 100, exception=exception)

    @task(10)
    def browse(self):
        self.record(f"/page/{next(number) % 50}")

    @task(3)
    def a_name_that_never_comes_again(self):
        self.record(f"/order/{next(number)}")

    @task(3)
    def an_error_that_never_comes_again(self):
        self.record("/buy", f"order {next(number)} is refused")

    @task(3)
    def an_exception_that_never_comes_again(self):
        raise ValueError(f"basket {next(number)} is empty")

    @task
    def a_metric_with_a_label_that_never_comes_again(self):
        self.environment.metrics.counter("baskets", {"id": str(next(number))}).add(1)

    @task
    def a_message_that_nobody_knows(self):
        self.environment.runner.send_message(f"basket {next(number)}", "x" * 1000)

    @task
    def a_mark(self):
        self.environment.marks.add("basket", f"basket {next(number)} is empty")


@events.stats_window.add_listener
def on_window(environment, window, **kwargs):
    global windows
    windows += 1
    if windows % 20 == 0:
        memory[windows] = psutil.Process().memory_info().rss


@events.test_stop.add_listener
def on_stop(environment, **kwargs):
    with open("memory.json", "w") as file:
        json.dump({"windows": windows, "memory": memory}, file)
"""

# The last 300 windows are kept with all their names: until there are so many, memory grows, and may.
CAPS_ARE_MET = 320


def test_memory_is_flat_once_the_caps_are_met(loadhost_run):
    # Without the console: its report of two thousand names takes as long as the run.
    outcome = loadhost_run(
        LOADFILE, "--exit-code-on-error=0", "-p", "no:console", users=20, spawn_rate=100, run_time=16
    )
    assert outcome.exit_code == 0, outcome.output
    told = json.loads((loadhost_run.folder / "memory.json").read_text())
    report = outcome.report
    capped = report["instrument"]["capped"]
    assert {"names", "errors", "exceptions", "marks"} <= {name for name, times in capped.items() if times}
    assert told["windows"] > 400
    readings = [rss for windows, rss in told["memory"].items() if int(windows) >= CAPS_ARE_MET]
    assert len(readings) > 10
    early, late = min(readings[:3]), max(readings[-3:])
    assert late < early * 1.05, told
