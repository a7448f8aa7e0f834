"""What Locust's page on extending says works here as it is written there, but for the import."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loadhost.testing import LoadhostRun, RunOutcome, Shop

USER = """
from loadhost import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def page(self):
        self.client.get(PATH)
"""

LISTENER = """
from loadhost import events

@events.request_success.add_listener
def my_success_handler(request_type, name, response_time, response_length, **kw):
    print("Successfully made a request to: %s" % name)
"""

GUARD = """
import time, gevent
from loadhost import events
from loadhost.runners import STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP, WorkerRunner

def checker(environment):
    while not environment.runner.state in [STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP]:
        time.sleep(1)
        if environment.runner.stats.total.fail_ratio > 0.2:
            print(f"fail ratio was {environment.runner.stats.total.fail_ratio}, quitting")
            environment.runner.quit()
            return


@events.init.add_listener
def on_locust_init(environment, **_kwargs):
    # only run this on master & standalone
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(checker, environment)
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop() as running:
        yield running


@pytest.fixture(scope="module")
def good(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    """A run in which every request succeeds, long enough for the greenlet to look at it once."""
    loadfile = f"PATH = '/product/7'\n{LISTENER}{GUARD}{USER}"
    run = LoadhostRun(tmp_path_factory.mktemp("good"))
    return run(loadfile, users=2, spawn_rate=10, run_time=1.5, host=shop.url)


@pytest.fixture(scope="module")
def bad(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    """A run without an end of its own in which every request fails."""
    loadfile = f"PATH = '/nowhere'\n{LISTENER}{GUARD}{USER}"
    return LoadhostRun(tmp_path_factory.mktemp("bad"))(loadfile, users=2, spawn_rate=10, host=shop.url)


def test_the_seeds_listener_hears_every_successful_request(good: RunOutcome) -> None:
    """`request_success` is gone from Locust; the page still shows it, and here it works."""
    assert good.exit_code == 0, good.output
    lines = good.stdout.count("Successfully made a request to: /product/7")
    assert good.report is not None
    assert lines == good.report["totals"]["requests"] > 3


def test_the_seeds_listener_does_not_hear_failures(bad: RunOutcome) -> None:
    """A 404 is no success."""
    assert bad.report is not None
    assert bad.report["totals"]["failures"] > 3
    assert "Successfully made" not in bad.stdout


def test_the_seeds_background_greenlet_ends_a_failing_test(bad: RunOutcome) -> None:
    """The run has no end of its own: the greenlet quits it, and failures make the exit code 1."""
    assert "fail ratio was 1.0, quitting" in bad.stdout
    assert bad.exit_code == 1, bad.output


def test_the_seeds_background_greenlet_leaves_a_good_test_alone(good: RunOutcome) -> None:
    """It ends with the run."""
    assert good.exit_code == 0, good.output
    assert "quitting" not in good.stdout
