"""A greenlet in the background that ends the run when too many requests fail, with an exit code of its own."""

import gevent
from locust import HttpUser, constant, events, task
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING, WorkerRunner


def checker(environment):
    while environment.runner.state not in [STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP]:
        gevent.sleep(0.1)
        if environment.runner.stats.total.fail_ratio > 0.2:
            print("too many failures, quitting", flush=True)
            environment.process_exit_code = 7
            environment.runner.quit()
            return


@events.init.add_listener
def on_init(environment, **_kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(checker, environment)


class Failing(HttpUser):
    wait_time = constant(0.01)

    @task
    def fail(self):
        self.client.get("/status/500")
