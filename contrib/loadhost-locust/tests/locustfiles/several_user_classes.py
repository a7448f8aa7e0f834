"""Weights, a fixed number of one class, an abstract base, and a host of its own."""

from locust import HttpUser, constant, task


class Visitor(HttpUser):
    abstract = True
    wait_time = constant(0.02)


class Web(Visitor):
    weight = 3

    @task
    def page(self):
        self.client.get("/", name="web")


class Mobile(Visitor):
    weight = 1

    @task
    def page(self):
        self.client.get("/", name="mobile")


class Admin(Visitor):
    fixed_count = 1

    @task
    def page(self):
        self.client.get("/catalogue", name="admin")
