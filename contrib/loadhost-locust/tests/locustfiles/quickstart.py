"""A first test: one user class, one task, two pages."""

from locust import HttpUser, task


class FirstVisitor(HttpUser):
    @task
    def front_page(self):
        self.client.get("/")
        self.client.get("/product/1")
