"""Listeners for what happens, of every kind; what they heard is printed at the end."""

from collections import Counter

from locust import HttpUser, constant, events, task
from locust.runners import MasterRunner, WorkerRunner

heard = Counter()


@events.init.add_listener
def on_init(environment, **kwargs):
    heard["init"] += 1
    assert not isinstance(environment.runner, (MasterRunner, WorkerRunner))

    @environment.events.spawning_complete.add_listener
    def on_spawned(user_count, **kwargs):
        heard["spawning_complete"] += user_count


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    heard["test_start"] += 1


@events.test_stopping.add_listener
def on_test_stopping(environment, **kwargs):
    heard["test_stopping"] += 1


@events.test_stop.add_listener
def on_test_stop(environment, **kwargs):
    heard["test_stop"] += 1


@events.request.add_listener
def on_request(
    request_type, name, response_time, response_length, response, context, exception, start_time, url, **kwargs
):
    heard["failed" if exception else "succeeded"] += 1
    assert response_time >= 0
    assert response is not None
    assert url.startswith("http://")
    assert start_time > 1_000_000_000


@events.user_error.add_listener
def on_user_error(user_instance, exception, tb, **kwargs):
    heard["user_error"] += 1
    assert str(exception) == "on purpose"
    assert tb is not None


@events.quitting.add_listener
def on_quitting(environment, **kwargs):
    heard["quitting"] += 1
    if heard["succeeded"] and heard["failed"] and heard["user_error"]:
        quiet = sorted(set(heard) - {"succeeded", "failed", "user_error"})
        print("heard", *(f"{name}={heard[name]}" for name in quiet), flush=True)


@events.quit.add_listener
def on_quit(exit_code, **kwargs):
    print("quit with", exit_code, flush=True)


class Listened(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/")
        self.client.get("/status/500")

    @task
    def wrong(self):
        raise ValueError("on purpose")
