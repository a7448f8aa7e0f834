"""What goes with each request to listeners: the user's context, and that of the request."""

from locust import HttpUser, constant, events, task

seen = set()


@events.request.add_listener
def on_request(context, **kwargs):
    seen.add((context["who"], context.get("page")))


@events.quitting.add_listener
def on_quitting(environment, **kwargs):
    print("contexts", sorted(seen, key=str), flush=True)


class Known(HttpUser):
    wait_time = constant(0.01)

    def context(self):
        return {"who": "ann"}

    @task
    def pages(self):
        self.client.get("/")
        self.client.get("/product/1", context={"page": "first"})
