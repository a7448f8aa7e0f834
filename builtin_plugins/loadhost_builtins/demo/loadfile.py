"""What a customer does in the demo shop: the loadfile that `loadhost demo` runs.

Copy it, put your own requests in, and run it with `loadhost run loadfile.py --host http://your.server`.
"""

import random

from loadhost import HttpUser, Status, between, hookimpl, task

orders = 0


class Customer(HttpUser):
    """One customer. Every simulated user is an object of this class, with cookies and a connection of its own."""

    wait_time = between(0.1, 0.5)  # seconds between two tasks

    def on_start(self) -> None:
        """Each user logs in once, before its first task."""
        self.client.post("/login", json={"user": "ada", "password": "loadhost"})

    @task(8)  # chosen eight times as often as a task of weight 1
    def look_at_a_product(self) -> None:
        """Many addresses, counted under one name."""
        self.client.get(f"/product/{random.randint(1, 100)}", name="/product/[id]")

    @task(4)
    def search(self) -> None:
        """An answer can be 200 and still be wrong: here the loadfile judges it."""
        query = {"q": random.choice(["lamp", "table", "chair"])}
        with self.client.get("/search", params=query, name="/search", catch_response=True) as response:
            if response.ok and not response.json()["results"]:
                response.failure("the search found nothing")

    @task(5)
    def buy(self) -> None:
        """An answer of 400 or above is a failure without further words."""
        self.client.post("/checkout", json={"product": random.randint(1, 100)})

    @task(4)
    def browse(self) -> None:
        """A task may send several requests."""
        self.client.get("/")
        self.client.get("/catalogue")

    @task
    def visit_account(self) -> None:
        """The cookie of the login opens it."""
        self.client.get("/account")

    @task
    def follow_an_old_link(self) -> None:
        """Redirects are followed."""
        self.client.get("/old")


# A loadfile is a plugin as well: it may implement any hook (`loadhost hooks` lists them).


@hookimpl
def loadhost_request_success(name: str) -> None:
    """Each successful request: count the orders."""
    global orders
    orders += name == "/checkout"


@hookimpl
def loadhost_status() -> Status:
    """One line of our own in the live view and in the report."""
    return Status(f"{orders} orders placed", {"orders": orders})
