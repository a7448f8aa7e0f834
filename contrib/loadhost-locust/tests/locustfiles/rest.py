"""rest(): JSON in and out, and what goes wrong in the block is the request's failure."""

from locust import HttpUser, constant, task
from locust.contrib.fasthttp import FastHttpUser


class Api:
    def calls(self):
        with self.rest("POST", "/login", name="login", json={"user": "bob", "password": "loadhost"}) as response:
            assert response.js["user"] == "bob"
        with self.rest("GET", "/account", name="account") as response:
            if response.js["orders"]:
                response.failure("orders out of nowhere")
        with self.rest("GET", "/product/1", name="no JSON") as response:
            assert response.js is None
        with self.rest("GET", "/account", name="a wrong key") as response:
            response.js["no such key"]
        with self.rest_("GET", "/account", name="no cache") as response:
            assert response.js["user"] == "bob"


class Slow(HttpUser, Api):
    wait_time = constant(0.02)

    @task
    def api(self):
        self.calls()


class Fast(FastHttpUser, Api):
    wait_time = constant(0.02)

    @task
    def api(self):
        self.calls()
