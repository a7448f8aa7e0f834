"""Listeners for events of runs over several processes: in one process they wait in vain, and do no harm."""

from locust import HttpUser, constant, events, task


@events.report_to_master.add_listener
def on_report_to_master(client_id, data):
    data["own"] = 1


@events.worker_report.add_listener
def on_worker_report(client_id, data):
    raise AssertionError("there are no workers")


@events.worker_connect.add_listener
def on_worker_connect(client_id, **kwargs):
    raise AssertionError("there are no workers")


class Alone(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/")
