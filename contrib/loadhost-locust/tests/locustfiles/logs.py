"""Log lines of the locustfile, by the standard library."""

import logging

from locust import HttpUser, constant, events, task

logger = logging.getLogger("my.loadfile")


@events.test_start.add_listener
def _(environment, **kwargs):
    logging.info("this log message will go wherever the others go")
    logger.debug("this one is for --loglevel DEBUG")


class Logging(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/")
