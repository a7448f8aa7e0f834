"""A MarkovTaskSet: each step says what may follow it, and how likely that is."""

from locust import HttpUser, MarkovTaskSet, constant, transition, transitions


class Wandering(MarkovTaskSet):
    @transition("product")
    def front(self):
        self.client.get("/", name="front")

    @transitions({"product": 2, "front": 1})
    def product(self):
        self.client.get("/product/9", name="product")

    @transitions(["front", ("never", 1)])
    def never(self):
        self.client.get("/status/500", name="never")


class Wanderer(HttpUser):
    wait_time = constant(0.01)
    tasks = [Wandering]
