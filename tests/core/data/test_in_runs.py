"""Rows in real runs: distinct for users at the same time, refused before a run, anew in each run, little memory."""

from __future__ import annotations

import json
import subprocess
import sys

import gevent
import pytest
from loadhost import Environment, UsageError, User, constant, task
from loadhost._plugins.current import set_current_manager
from loadhost._plugins.manager import PluginManager
from loadhost.data import rows

ONCE = """
    from gevent import sleep
    from loadhost import User, task
    from loadhost.data import rows

    vouchers = rows("vouchers.csv", once=True, order="{order}", at_end="{at_end}", types={{"id": int}})
    used = []

    class Customer(User):
        @task
        def redeem(self):
            voucher = next(vouchers)
            sleep(0)  # others have their turn
            used.append(voucher["id"])
            self.environment.requests.record("USE", "voucher", 1.0)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vouchers.csv").write_text("id\n" + "\n".join(map(str, range(500))))
    return tmp_path


@pytest.mark.parametrize("order", ["sequential", "shuffled"])
@pytest.mark.usefixtures("folder")
def test_fifty_users_get_each_row_once_and_then_the_run_ends(loadhost_run, order):
    loadfile = ONCE.format(order=order, at_end="stop_run")
    outcome = loadhost_run(loadfile, users=50, run_time=20, in_process=True)
    plugin = next(p for p in outcome.environment.plugin_manager.plugins() if p.name == "loadfile.py")
    used = outcome.environment.plugin_manager.get_plugin(plugin.name).used
    assert len(used) == len(set(used)) >= 500 - 50  # those that were at it when the run ended are cut short
    assert outcome.result.stop_reason == "all 500 rows of vouchers.csv have been used"


@pytest.mark.usefixtures("folder")
def test_each_row_once_and_then_each_user_stops(loadhost_run):
    loadfile = ONCE.format(order="shuffled", at_end="stop_user")
    outcome = loadhost_run(loadfile, users=50, run_time=1.5, in_process=True)
    module = outcome.environment.plugin_manager.get_plugin("loadfile.py")
    assert sorted(module.used) == list(range(500))
    assert outcome.stats.total.num_requests == 500
    assert outcome.environment.runner.user_count == 0


def test_the_next_run_of_the_same_process_begins_with_the_first_row(folder):
    manager = PluginManager()
    set_current_manager(manager)
    vouchers = rows(folder / "vouchers.csv", once=True, at_end="stop_run", types={"id": int})
    used: list[int] = []

    class Customer(User):
        wait_time = constant(0)

        @task
        def redeem(self):
            used.append(next(vouchers)["id"])

    environment = Environment(user_classes=[Customer], plugin_manager=manager)
    runner = environment.create_local_runner()
    try:
        for _ in range(2):
            runner.start(1, spawn_rate=100)
            with gevent.Timeout(30):
                while runner.state != "stopped":
                    gevent.sleep(0.01)
    finally:
        runner.quit()
        set_current_manager(None)
    assert used == [*range(500), *range(500)]


def test_a_wrong_row_is_refused_before_anything_runs(loadhost_run, tmp_path):
    (tmp_path / "vouchers.csv").write_text("id\n1\ntwo\n")
    with pytest.raises(UsageError, match=r"^vouchers.csv, line 3: id: 'two' is not a whole number$"):
        loadhost_run(ONCE.format(order="sequential", at_end="stop_user"), run_time=1, in_process=True)


MILLION = """
import resource, sys, time
from loadhost.data import rows

some = rows(sys.argv[1], order="shuffled", types={"id": int})
next(rows(sys.argv[2], order="shuffled"))  # what the code itself takes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert len(some) == 1_000_000
seen = {next(some)["id"] for _ in range(20_000)}
grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert len(seen) == 20_000
print(grown_kb)
"""


@pytest.mark.slow
def test_a_million_rows_take_less_than_eight_megabytes(tmp_path):
    """Of which `seen` and its numbers are two. The file has 29 MB."""
    with (tmp_path / "big.csv").open("w") as file:
        file.write("id,name\n")
        file.writelines(f"{n},a user of some name {n}\n" for n in range(1_000_000))
    (tmp_path / "small.csv").write_text("id\n1\n")
    command = [sys.executable, "-c", MILLION, str(tmp_path / "big.csv"), str(tmp_path / "small.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=110)
    assert json.loads(done.stdout) < 8 * 1024
