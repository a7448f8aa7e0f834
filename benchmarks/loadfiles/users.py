"""The users of all speed cases, one file for both tools: BENCH_TOOL names the package (loadhost or locust).

The class is chosen on the command line. No user waits. BENCH_LISTENERS: how many count each request.
"""

import importlib
import os
from itertools import count

tool = importlib.import_module(os.environ.get("BENCH_TOOL", "loadhost"))
task = tool.task
ORDER = {"item": 4711, "quantity": 2, "note": "leave it at the door", "express": True}
HEADERS = {"X-Shop-Region": "eu-central", "Authorization": "Bearer 0123456789abcdef"}


class Base(tool.FastHttpUser):
    abstract = True
    host = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080")
    insecure = True
    # Both tools would otherwise let a slow start of thousands of connections count as failures.
    connection_timeout = 60.0
    network_timeout = 60.0


class Get(Base):
    @task
    def get(self):
        self.client.get("/")


class Body1K(Base):
    @task
    def get(self):
        self.client.get("/1k")


class Header(Base):
    """The same two header fields with each request."""

    @task
    def get(self):
        self.client.get("/", headers=HEADERS)


class NewHeader(Base):
    """A header field that is never the same: no cache helps."""

    ids = count()

    @task
    def get(self):
        self.client.get("/", headers={"X-Request-Id": f"request-{next(self.ids)}"})


class PostJson(Base):
    @task
    def post(self):
        self.client.post("/", json=ORDER)


class Cookies(Base):
    """Two cookies were set by a login: each request carries them."""

    def on_start(self):
        self.client.get("/login")

    @task
    def get(self):
        self.client.get("/")


class Gzip(Base):
    """The content is asked for, so both tools unpack it."""

    @task
    def get(self):
        content = self.client.get("/gzip").content
        if len(content) != 1024:
            raise ValueError(f"{len(content)} bytes instead of 1024")


class Chunked(Base):
    @task
    def get(self):
        self.client.get("/chunked")


class Http(tool.HttpUser):
    host = Base.host

    @task
    def get(self):
        self.client.get("/")


class Listener:
    """Counts, as a plugin would: requests, failures, the slowest."""

    def __init__(self):
        self.requests = self.failures = 0
        self.slowest = 0.0

    def heard(self, response_time, exception):
        self.requests += 1
        if exception is not None:
            self.failures += 1
        if response_time > self.slowest:
            self.slowest = response_time


class LocustListener(Listener):
    """As Locust's documentation says."""

    def on_request(self, request_type, name, response_time, response_length, exception, **kwargs):
        self.heard(response_time, exception)


if tool.__name__ == "locust":
    for _ in range(int(os.environ.get("BENCH_LISTENERS", "0"))):
        tool.events.request.add_listener(LocustListener().on_request)
else:

    class Plugin(Listener):
        """As loadhost's documentation says."""

        @tool.hookimpl
        def loadhost_request(self, name, response_time, response_length, exception):
            self.heard(response_time, exception)

    @tool.hookimpl
    def loadhost_init(environment):
        for number in range(int(os.environ.get("BENCH_LISTENERS", "0"))):
            environment.plugin_manager.register(Plugin(), f"listener{number}")
