"""The exit code by rules of the locustfile: failures, average, 95th percentile."""

import logging

from locust import HttpUser, constant, events, task


@events.quitting.add_listener
def _(environment, **kwargs):
    total = environment.stats.total
    if total.fail_ratio > 0.01:
        logging.error("failed: more than a hundredth of the requests")
        environment.process_exit_code = 1
    elif total.avg_response_time > 30_000:
        logging.error("failed: the average is above 30 s")
        environment.process_exit_code = 1
    elif total.get_response_time_percentile(0.95) > 60_000:
        logging.error("failed: the 95th percentile is above 60 s")
        environment.process_exit_code = 1
    else:
        print(environment.stats.get("/", "GET").num_requests > 0, total.median_response_time >= 0, flush=True)
        environment.process_exit_code = 0


class Judged(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/")
