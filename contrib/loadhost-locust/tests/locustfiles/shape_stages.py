"""A load in stages, each with its users and its classes."""

from locust import HttpUser, LoadTestShape, constant, task


class Early(HttpUser):
    wait_time = constant(0.05)

    @task
    def page(self):
        self.client.get("/", name="early")


class Late(HttpUser):
    wait_time = constant(0.05)

    @task
    def page(self):
        self.client.get("/", name="late")


class Stages(LoadTestShape):
    stages = [
        {"duration": 1, "users": 2, "spawn_rate": 20, "user_classes": [Early]},
        {"duration": 2, "users": 4, "spawn_rate": 20, "user_classes": [Early, Late]},
    ]

    def tick(self):
        run_time = self.get_run_time()
        for stage in self.stages:
            if run_time < stage["duration"]:
                return (stage["users"], stage["spawn_rate"], stage["user_classes"])
        return None
