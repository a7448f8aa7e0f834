"""A client of one's own: it times what it does and fires the request event."""

import time
from xmlrpc.client import Fault

from locust import User, constant, task


class PretendServer:
    """Stands for a proxy to a remote service."""

    def get_time(self):
        time.sleep(0.002)
        return "12:00"

    def throw(self):
        raise Fault(123, "it is meant to fail")


class TimedClient:
    def __init__(self, server, request_event):
        self._server = server
        self._request_event = request_event

    def __getattr__(self, name):
        function = getattr(self._server, name)

        def timed(*args, **kwargs):
            meta = {
                "request_type": "xmlrpc",
                "name": name,
                "start_time": time.time(),
                "response_length": 0,
                "response": None,
                "context": {},
                "exception": None,
            }
            started = time.perf_counter()
            try:
                meta["response"] = function(*args, **kwargs)
            except Fault as error:
                meta["exception"] = error
            meta["response_time"] = (time.perf_counter() - started) * 1000
            self._request_event.fire(**meta)
            return meta["response"]

        return timed


class RpcUser(User):
    abstract = True

    def __init__(self, environment):
        super().__init__(environment)
        self.client = TimedClient(PretendServer(), request_event=environment.events.request)


class Caller(RpcUser):
    wait_time = constant(0.01)

    @task
    def ask(self):
        assert self.client.get_time() == "12:00"

    @task
    def fail(self):
        self.client.throw()
