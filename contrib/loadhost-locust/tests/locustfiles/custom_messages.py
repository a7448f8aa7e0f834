"""Messages of the locustfile's own, which in a local run go to the listeners in the same process."""

from locust import HttpUser, constant, events, task
from locust.runners import MasterRunner, WorkerRunner

acknowledged = []


def on_names(environment, msg, **kwargs):
    environment.runner.send_message("acknowledge_names", f"thanks for {len(msg.data)} names")


def on_acknowledge(msg, **kwargs):
    acknowledged.append(msg.data)
    print(msg.type, "says:", msg.data, flush=True)


@events.init.add_listener
def on_init(environment, **_kwargs):
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("names", on_names)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("acknowledge_names", on_acknowledge)


@events.test_start.add_listener
def on_test_start(environment, **_kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message("names", ["ann", "bob"])


class Messenger(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/", name="after the message" if acknowledged else "too early")
