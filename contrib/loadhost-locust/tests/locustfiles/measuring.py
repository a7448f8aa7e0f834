"""events.request.measure: a block of code is one request, timed."""

import time

from locust import User, constant, task


class Measured(User):
    wait_time = constant(0.01)

    @task
    def work(self):
        with self.environment.events.request.measure("WORK", "block") as request_meta:
            time.sleep(0.002)
            request_meta["response_length"] = 7
