"""Tags: which tasks run is said on the command line."""

from locust import HttpUser, TaskSet, constant, tag, task


class Tagged(HttpUser):
    wait_time = constant(0.01)

    @tag("quick")
    @task
    def front(self):
        self.client.get("/", name="quick")

    @tag("quick", "heavy")
    @task
    def catalogue(self):
        self.client.get("/catalogue", name="quick and heavy")

    @task
    def untagged(self):
        self.client.get("/", name="untagged")

    @tag("quick")
    @task
    class Inside(TaskSet):
        @task
        def page(self):
            self.client.get("/product/1", name="in a tagged set")
            self.interrupt()
