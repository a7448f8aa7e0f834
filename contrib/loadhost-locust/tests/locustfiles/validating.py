"""catch_response: the loadfile says what is a failure and what is none."""

from locust import HttpUser, constant, task
from locust.exception import RescheduleTask


class Careful(HttpUser):
    wait_time = constant(0.01)

    @task
    def content(self):
        with self.client.get("/product/1", name="wrong content", catch_response=True) as response:
            if "gold" not in response.text:
                response.failure("no gold in it")
            elif response.elapsed.total_seconds() > 0.5:
                response.failure("it took too long")

    @task
    def expected_404(self):
        with self.client.get("/no/such/page", name="a 404 is right", catch_response=True) as response:
            if response.status_code == 404:
                response.success()

    @task
    def rescheduled(self):
        with self.client.get("/status/503", name="rescheduled", catch_response=True) as response:
            if response.status_code == 503:
                raise RescheduleTask()
        raise AssertionError("unreachable")

    @task
    def status(self):
        with self.client.get("/status/418", name="raise_for_status", catch_response=True) as response:
            response.raise_for_status()
