"""Many addresses under one name, in three ways."""

from locust import HttpUser, constant, task


class Collector(HttpUser):
    wait_time = constant(0.01)

    @task
    def by_argument(self):
        for number in range(1, 4):
            self.client.get(f"/product/{number}", name="by name=")

    @task
    def by_attribute(self):
        self.client.request_name = "by request_name"
        for number in range(1, 4):
            self.client.get(f"/product/{number}")
        self.client.request_name = None

    @task
    def by_context_manager(self):
        with self.client.rename_request("by rename_request"):
            for number in range(1, 4):
                self.client.get(f"/product/{number}")
