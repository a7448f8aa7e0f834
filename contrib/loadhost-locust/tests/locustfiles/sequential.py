"""A SequentialTaskSet: the steps come in the order in which they are written."""

from locust import HttpUser, SequentialTaskSet, constant, task


class Buying(SequentialTaskSet):
    def on_start(self):
        self.steps = []

    @task
    def find(self):
        assert self.steps == []
        self.steps.append("find")
        self.client.get("/product/5", name="find")

    @task
    def put_into_basket(self):
        assert self.steps == ["find"]
        self.steps.append("basket")
        self.client.get("/product/5?basket", name="basket")

    @task
    def done(self):
        assert self.steps == ["find", "basket"]
        self.client.get("/", name="done")
        self.interrupt()


class Buyer(HttpUser):
    wait_time = constant(0.01)
    tasks = [Buying]
