"""Waits, weights, a login on start, many addresses under one name."""

import time

from locust import HttpUser, between, task


class Shopper(HttpUser):
    wait_time = between(0.01, 0.05)

    def on_start(self):
        self.client.post("/login", json={"user": "ann", "password": "loadhost"})

    @task
    def account(self):
        self.client.get("/account")

    @task(3)
    def look_around(self):
        for number in range(1, 4):
            self.client.get(f"/product/{number}", name="/product")
            time.sleep(0.005)

    def on_stop(self):
        self.client.get("/?goodbye", name="goodbye")
