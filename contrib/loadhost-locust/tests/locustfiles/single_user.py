"""One user for a debugger. To be run as a program, with the host as its argument."""

import sys

from locust import HttpUser, run_single_user, task
from locust.exception import StopUser


class Debugged(HttpUser):
    host = sys.argv[1] if len(sys.argv) > 1 else None

    @task
    def pages(self):
        self.client.get("/product/1")
        with self.client.get("/status/500", catch_response=True) as response:
            response.failure("as expected")
        raise StopUser()


if __name__ == "__main__":
    run_single_user(Debugged)
