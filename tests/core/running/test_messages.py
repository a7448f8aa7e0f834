"""Custom messages: in a local run a node sends them to itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from loadhost import StopTest, UsageError, User, hookimpl

MakeRunner = Callable[..., Any]
Until = Callable[..., None]


def test_a_listener_hears_what_was_sent_soon_after(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    heard: list[Any] = []
    runner = make_runner(shopper)

    def on_users(environment: Any, msg: Any, **kwargs: Any) -> None:
        heard.append((environment, msg.type, msg.data, msg.node_id))

    runner.register_message("users", on_users)
    runner.send_message("users", ["kim", "lee"])
    assert heard == []  # the sender goes on first
    until(lambda: heard)
    assert heard == [(runner.environment, "users", ["kim", "lee"], "local")]


def test_messages_arrive_in_the_order_in_which_they_were_sent(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    heard: list[int] = []

    def listener(environment: Any, msg: Any) -> None:
        gevent.sleep(0.01 if msg.data == 0 else 0)
        heard.append(msg.data)

    runner = make_runner(shopper)
    runner.register_message("number", listener)
    for number in range(5):
        runner.send_message("number", number)
    until(lambda: len(heard) == 5)
    assert heard == [0, 1, 2, 3, 4]


def test_a_concurrent_listener_holds_up_nobody(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    heard: list[Any] = []

    def slow(environment: Any, msg: Any) -> None:
        gevent.sleep(0.05)
        heard.append("slow")

    runner = make_runner(shopper)
    runner.register_message("slow", slow, concurrent=True)
    runner.register_message("quick", lambda environment, msg: heard.append("quick"))
    runner.send_message("slow")
    runner.send_message("quick")
    until(lambda: len(heard) == 2)
    assert heard == ["quick", "slow"]


def test_a_listener_may_answer(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    """As the documentation of Locust has it: users are sent, and acknowledged."""
    heard: list[str] = []
    runner = make_runner(shopper)
    runner.register_message(
        "users", lambda environment, msg: environment.runner.send_message("ack", f"{len(msg.data)} received")
    )
    runner.register_message("ack", lambda environment, msg: heard.append(msg.data))
    runner.send_message("users", [1, 2, 3])
    until(lambda: heard)
    assert heard == ["3 received"]


def test_a_type_that_nobody_knows_is_logged(
    make_runner: MakeRunner, shopper: type[User], until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    runner = make_runner(shopper)
    runner.register_message("users", lambda environment, msg: None)
    for _ in range(5):
        runner.send_message("user")
    until(lambda: caplog.messages)
    assert caplog.messages == ["nobody listens to messages of type user; types that have a listener: users"]


def test_a_listener_that_raises_is_counted_and_logged_and_ends_nothing(
    make_runner: MakeRunner, shopper: type[User], until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    heard: list[int] = []

    def listener(environment: Any, msg: Any) -> None:
        heard.append(msg.data)
        raise (ValueError, SystemExit, gevent.Timeout)[msg.data % 3]("no such user")

    runner = make_runner(shopper)
    runner.register_message("user", listener)
    runner.start(1, 10)
    for number in range(12):
        runner.send_message("user", number)
    until(lambda: len(heard) == 12)
    assert [line.split("(")[-1] for line in caplog.messages] == ["failure 1)", "failure 10)"]
    assert caplog.records[0].exc_info
    assert runner.user_count == 1
    runner.stop()
    assert runner.result.exit_code == 0


def test_a_listener_that_falls_behind_does_not_take_all_memory(
    make_runner: MakeRunner,
    shopper: type[User],
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("loadhost._running.messages.LIMIT", 5)
    heard: list[int] = []
    runner = make_runner(shopper)
    runner.register_message("number", lambda environment, msg: heard.append(msg.data))
    for number in range(8):
        runner.send_message("number", number)
    until(lambda: len(heard) == 5)
    assert heard == [0, 1, 2, 3, 4]
    assert runner._messages.dropped == 3
    assert "a message of type number is dropped (number 1): 5 wait already" in caplog.text


def test_a_listener_can_end_the_run(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    def listener(environment: Any, msg: Any) -> None:
        raise StopTest("told to")

    runner = make_runner(shopper)
    runner.register_message("stop", listener)
    runner.start(1, 10)
    runner.send_message("stop")
    until(lambda: runner.state == "stopped")
    assert runner.result.stop_reason == "told to"


def test_what_is_sent_at_the_end_of_a_run_is_heard_before_the_process_ends(
    make_runner: MakeRunner, shopper: type[User]
) -> None:
    heard: list[str] = []

    class AtTheEnd:
        @hookimpl
        def loadhost_test_stop(self, environment: Any) -> None:
            environment.runner.send_message("last", "word")

        @hookimpl
        def loadhost_quitting(self) -> None:
            heard.append("quitting")

    runner = make_runner(shopper, plugins=[AtTheEnd()])
    runner.register_message("last", lambda environment, msg: heard.append(msg.data))
    runner.start(1, 10)
    runner.quit()
    assert heard == ["word", "quitting"]


def test_a_type_has_one_listener(make_runner: MakeRunner, shopper: type[User]) -> None:
    def first(environment: Any, msg: Any) -> None: ...

    runner = make_runner(shopper)
    runner.register_message("users", first)
    with pytest.raises(UsageError, match=r"messages of type 'users' have a listener already, .*first: take another"):
        runner.register_message("users", lambda environment, msg: None)
    with pytest.raises(UsageError, match="the listener of messages of type 'no' is 5: give a function"):
        runner.register_message("no", 5)
