"""What Locust's page on extending says works here as it is written there, but for the import."""

from __future__ import annotations

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


def test_the_seeds_listener_hears_every_successful_request(loadhost_run, loadhost_shop):
    """`request_success` is gone from Locust; the page still shows it, and here it works."""
    loadfile = f"PATH = '/product/7'\n{LISTENER}{USER}"
    outcome = loadhost_run(loadfile, users=2, spawn_rate=10, run_time=2, host=loadhost_shop.url)
    assert outcome.exit_code == 0, outcome.output
    lines = outcome.stdout.count("Successfully made a request to: /product/7")
    assert lines == outcome.report["totals"]["requests"] > 10


def test_the_seeds_listener_does_not_hear_failures(loadhost_run, loadhost_shop):
    """A 404 is no success."""
    loadfile = f"PATH = '/nowhere'\n{LISTENER}{USER}"
    outcome = loadhost_run(loadfile, users=2, spawn_rate=10, run_time=2, host=loadhost_shop.url)
    assert outcome.exit_code == 1, outcome.output
    assert outcome.report["totals"]["failures"] > 10
    assert "Successfully made" not in outcome.stdout


def test_the_seeds_background_greenlet_ends_a_failing_test(loadhost_run, loadhost_shop):
    """The run has no end of its own: the greenlet quits it, and failures make the exit code 1."""
    outcome = loadhost_run(f"PATH = '/nowhere'\n{GUARD}{USER}", users=2, spawn_rate=10, host=loadhost_shop.url)
    assert "fail ratio was 1.0, quitting" in outcome.stdout
    assert outcome.exit_code == 1, outcome.output
    assert outcome.report["totals"]["requests"] > 0


def test_the_seeds_background_greenlet_leaves_a_good_test_alone(loadhost_run, loadhost_shop):
    """It ends with the run."""
    outcome = loadhost_run(f"PATH = '/'\n{GUARD}{USER}", users=2, spawn_rate=10, run_time=2.5, host=loadhost_shop.url)
    assert outcome.exit_code == 0, outcome.output
    assert "quitting" not in outcome.stdout
