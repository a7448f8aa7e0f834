"""The door: each request is counted, then told; samples come in batches; native threads have their own entrance."""

from __future__ import annotations

import threading
from functools import partial
from time import monotonic, time
from types import MappingProxyType
from typing import Any

import gevent
import pytest
from gevent.event import Event
from loadhost import Environment, PluginManager, StopTest, StopUser, User, constant, task
from loadhost._requests import Requests
from loadhost.exception import CatchResponseError


class Listener:
    """Keeps what it is told, as (hook, arguments)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def hear(self, hook: str, **arguments: Any) -> None:
        self.heard.append((hook, arguments))

    def names(self) -> list[str]:
        return [hook for hook, _ in self.heard]

    def one(self) -> dict[str, Any]:
        ((_, arguments),) = [pair for pair in self.heard if pair[0] == "request"]
        return arguments


@pytest.fixture
def environment(manager: PluginManager) -> Environment:
    return Environment(plugin_manager=manager)


@pytest.fixture
def door(environment: Environment) -> Requests:
    return environment.requests


@pytest.fixture
def listener(manager: PluginManager) -> Listener:
    listener = Listener()
    for name in ("request", "request_success", "request_failure"):
        getattr(manager.events, name).add_listener(partial(listener.hear, name))
    return listener


@pytest.fixture
def samples(manager: PluginManager) -> list[Any]:
    """The batches that an exporter was given."""
    batches: list[Any] = []
    manager.events.samples.add_listener(lambda samples: batches.append(samples))
    return batches


# --- what is counted and told


def test_a_request_is_counted_though_nobody_listens(environment: Environment, door: Requests) -> None:
    door.record("GET", "/", 12.0, 100)
    entry = environment.stats.entries["/", "GET"]
    assert (entry.num_requests, entry.num_failures, entry.max_response_time) == (1, 0, 12)


def test_a_success_is_told_as_request_and_request_success(door: Requests, listener: Listener) -> None:
    door.record("GET", "/", 12.0)
    assert listener.names() == ["request", "request_success"]


def test_a_failure_is_told_as_request_and_request_failure(
    environment: Environment, door: Requests, listener: Listener
) -> None:
    door.record("GET", "/", 12.0, exception=ValueError("no"))
    assert listener.names() == ["request", "request_failure"]
    assert environment.stats.total.num_failures == 1


def test_hooks_get_all_arguments_though_the_client_gave_three(
    environment: Environment, door: Requests, listener: Listener
) -> None:
    door.record("GET", "/", 12.0)
    arguments = listener.one()
    assert arguments.pop("start_time") == pytest.approx(time() - 0.012, abs=1)
    assert arguments == {
        "environment": environment,
        "request_type": "GET",
        "name": "/",
        "response_time": 12.0,
        "service_time": 12.0,
        "response_length": 0,
        "response": None,
        "context": {},
        "exception": None,
        "url": None,
    }


def test_hooks_get_what_the_client_gave(door: Requests, listener: Listener) -> None:
    response, error = object(), ValueError("no")
    door.record(
        "GET", "/", 1.0, 5, response=response, context={"a": 1}, exception=error, start_time=3.0, url="http://x/"
    )
    arguments = listener.one()
    assert arguments["response"] is response
    assert arguments["exception"] is error
    assert (arguments["response_length"], arguments["context"]) == (5, {"a": 1})
    assert (arguments["start_time"], arguments["url"]) == (3.0, "http://x/")


def test_the_empty_context_cannot_be_written(door: Requests, listener: Listener) -> None:
    """It is shared by all requests without one."""
    door.record("GET", "/", 1.0)
    context = listener.one()["context"]
    assert isinstance(context, MappingProxyType)
    with pytest.raises(TypeError):
        context["mine"] = 1  # type: ignore[index]  # that is the fact


def test_a_text_as_exception_becomes_a_catch_response_error(
    environment: Environment, door: Requests, listener: Listener
) -> None:
    door.record("GET", "/", 1.0, exception="wrong colour")
    error = listener.one()["exception"]
    assert isinstance(error, CatchResponseError)
    assert str(error) == "wrong colour"
    assert environment.stats.total.num_failures == 1


def test_extra_arguments_go_into_the_context(door: Requests, listener: Listener) -> None:
    context = {"user": "u"}
    door.record("GET", "/", 1.0, context=context, room="lobby")
    assert listener.one()["context"] == {"user": "u", "room": "lobby"}
    assert context == {"user": "u"}


def test_a_plugin_that_fails_does_not_keep_a_request_from_being_counted(
    environment: Environment, manager: PluginManager, door: Requests
) -> None:
    @manager.events.request.add_listener
    def broken() -> None:
        raise ValueError

    for _ in range(20):
        door.record("GET", "/", 1.0)
    assert environment.stats.total.num_requests == 20
    assert manager.plugin_health[0].calls == 10


def test_a_control_exception_reaches_the_user_once_both_hooks_are_told(
    environment: Environment, manager: PluginManager, door: Requests, listener: Listener
) -> None:
    @manager.events.request.add_listener
    def stop() -> None:
        raise StopUser

    with pytest.raises(StopUser):
        door.record("GET", "/", 1.0)
    assert listener.names() == ["request", "request_success"]
    assert environment.stats.total.num_requests == 1


def test_before_tells_who_listens(environment: Environment, manager: PluginManager, door: Requests) -> None:
    heard = []
    manager.events.before_request.add_listener(lambda **kwargs: heard.append(kwargs))
    door.before("GET", "/", "http://x/", {"a": 1}, None)
    assert heard == [
        {
            "environment": environment,
            "request_type": "GET",
            "name": "/",
            "url": "http://x/",
            "context": {"a": 1},
            "user": None,
        }
    ]


def test_before_is_silent_when_nobody_listens(door: Requests) -> None:
    door.before("GET", "/", "http://x/", {}, None)


def test_interrupted_and_retried_requests_are_counted_apart(environment: Environment, door: Requests) -> None:
    door.interrupted("GET", "/")
    door.retried("GET", "/")
    totals = environment.stats.totals_figures()
    assert (totals.requests, totals.interrupted, totals.retried) == (0, 1, 1)


# --- samples


def test_samples_come_in_one_batch_after_a_tenth_of_a_second(door: Requests, samples: list[Any]) -> None:
    for number in range(5):
        door.record("GET", f"/{number}", 1.0)
    assert samples == []
    gevent.sleep(0.15)
    (batch,) = samples
    assert [sample.name for sample in batch] == ["/0", "/1", "/2", "/3", "/4"]


def test_batches_are_at_most_ten_a_second_and_lose_nothing(door: Requests, samples: list[Any]) -> None:
    started = monotonic()
    sent = 0
    while monotonic() - started < 0.5:
        door.record("GET", "/", 1.0)
        sent += 1
        gevent.sleep(0.001)
    door.flush_samples()
    assert len(samples) <= 6
    assert sum(map(len, samples)) == sent


def test_a_sample_is_a_small_record_without_the_response(door: Requests, samples: list[Any]) -> None:
    door.record("GET", "/", 2.0, 7, response=object(), exception=ValueError("no"), start_time=3.0, url="http://x/")
    door.flush_samples()
    assert samples[0][0]._asdict() == {
        "request_type": "GET",
        "name": "/",
        "response_time": 2.0,
        "service_time": 2.0,
        "response_length": 7,
        "error": "ValueError('no')",
        "start_time": 3.0,
        "url": "http://x/",
        "worker_index": 0,
    }


def test_flush_gives_the_batch_at_once_and_no_empty_one(door: Requests, samples: list[Any]) -> None:
    door.record("GET", "/", 1.0)
    door.flush_samples()
    door.flush_samples()
    gevent.sleep(0.15)
    assert [len(batch) for batch in samples] == [1]


def test_nothing_is_kept_when_nobody_wants_samples(door: Requests, listener: Listener) -> None:
    door.record("GET", "/", 1.0)
    assert door.batcher is None


def test_samples_that_come_while_an_exporter_is_busy_follow_without_another_request(
    door: Requests, manager: PluginManager
) -> None:
    heard: list[str] = []

    @manager.events.samples.add_listener
    def export(samples: Any) -> None:
        heard.extend(sample.name for sample in samples)
        gevent.sleep(0.2)

    door.record("GET", "/first", 1.0)
    gevent.sleep(0.15)  # it is busy now
    door.record("GET", "/second", 1.0)
    gevent.sleep(0.5)
    assert heard == ["/first", "/second"]


def test_when_an_exporter_blocks_the_oldest_samples_go_first_and_are_counted(
    door: Requests, manager: PluginManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadhost._requests.BATCH_LIMIT", 10)
    free, heard = Event(), []

    @manager.events.samples.add_listener
    def export(samples: Any) -> None:
        heard.append([sample.name for sample in samples])
        free.wait()

    door.record("GET", "/first", 1.0)
    gevent.sleep(0.15)  # it is busy now
    for number in range(25):
        door.record("GET", f"/{number}", 1.0)
    assert door.samples_dropped == 15
    free.set()
    gevent.sleep(0.15)
    assert heard == [["/first"], [f"/{number}" for number in range(15, 25)]]


def test_an_exporter_that_blocks_delays_no_user(
    door: Requests, manager: PluginManager, environment: Environment
) -> None:
    manager.events.samples.add_listener(lambda samples: gevent.sleep(0.5))
    door.record("GET", "/", 1.0)
    gevent.sleep(0.15)
    started = monotonic()
    for _ in range(1000):
        door.record("GET", "/", 1.0)
    assert monotonic() - started < 0.3
    assert environment.stats.total.num_requests == 1001


# --- native threads


def in_threads(function: Any, count: int = 4) -> list[threading.Thread]:
    threads = [threading.Thread(target=function, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    while any(thread.is_alive() for thread in threads):
        gevent.sleep(0.005)
    gevent.sleep(0.2)


def test_requests_of_native_threads_are_counted_exactly(environment: Environment, door: Requests) -> None:
    def send(number: int) -> None:
        for _ in range(1000):
            door.record_threadsafe("MQTT", f"topic {number}", 1.0, 10)

    join(in_threads(send))
    assert environment.stats.total.num_requests == 4000
    assert {entry.num_requests for entry in environment.stats.entries.values()} == {1000}


def test_requests_of_native_threads_are_told_in_the_thread_of_the_run(
    environment: Environment, door: Requests, manager: PluginManager
) -> None:
    heard = []
    manager.events.request.add_listener(lambda name, start_time: heard.append((threading.get_ident(), start_time)))
    before = time()
    join(in_threads(lambda number: door.record_threadsafe("MQTT", "t", 500.0), count=1))
    ((thread, start_time),) = heard
    assert thread == threading.get_ident()
    assert before - 0.51 < start_time < time() - 0.49


def test_requests_of_native_threads_take_the_arguments_of_record(door: Requests, listener: Listener) -> None:
    join(in_threads(lambda number: door.record_threadsafe("MQTT", "t", 1.0, 7, exception="no", room="lobby"), count=1))
    arguments = listener.one()
    assert (arguments["response_length"], str(arguments["exception"])) == (7, "no")
    assert arguments["context"] == {"room": "lobby"}


@pytest.mark.parametrize("control", [StopUser, StopTest])
def test_a_control_exception_does_not_hurt_the_thread_of_the_run(
    environment: Environment, manager: PluginManager, door: Requests, control: type[Exception], capsys: Any
) -> None:
    @manager.events.request.add_listener
    def stop() -> None:
        raise control

    join(in_threads(lambda number: door.record_threadsafe("MQTT", "t", 1.0)))
    assert environment.stats.total.num_requests == 4
    assert capsys.readouterr().err == ""


def test_a_run_ends_cleanly_while_native_threads_still_send(environment: Environment, manager: PluginManager) -> None:
    """What they sent before the end of the run is in windows and totals alike."""
    windows = []
    manager.events.stats_window.add_listener(lambda window: windows.append(window))
    manager.events.samples.add_listener(lambda samples: gevent.sleep(0.1))
    ending = threading.Event()

    class Idle(User):
        wait_time = constant(0.01)

        @task
        def nothing(self) -> None: ...

    environment.user_classes = [Idle]
    runner = environment.create_local_runner()
    runner.start(1, 10)

    def send(number: int) -> None:
        while not ending.is_set():
            environment.requests.record_threadsafe("MQTT", "t", 1.0)
            ending.wait(0.001)

    threads = in_threads(send)
    gevent.sleep(0.3)
    runner.stop()
    result = runner.result
    ending.set()
    join(threads)
    runner.quit()
    assert result is not None
    assert result.totals.requests > 100
    assert sum(window.total.requests for window in windows) == result.totals.requests
