"""Changes of the number of users are told at most ten times a second, the last one always."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from loadhost import User
from loadhost._running.coalesce import Coalesce
from loadhost.testing import Recorder

MakeRunner = Callable[..., Any]


def test_many_changes_make_one_call() -> None:
    calls: list[int] = []
    coalesce = Coalesce(lambda: calls.append(1), 0.02)
    for _ in range(100):
        coalesce.poke()
    assert calls == []
    gevent.sleep(0.05)
    assert calls == [1]


def test_a_change_after_a_call_makes_another() -> None:
    calls: list[int] = []
    coalesce = Coalesce(lambda: calls.append(1), 0.01)
    for expected in (1, 2):
        coalesce.poke()
        gevent.sleep(0.03)
        assert len(calls) == expected


def test_flush_calls_at_once_what_is_due_and_only_once() -> None:
    calls: list[int] = []
    coalesce = Coalesce(lambda: calls.append(1), 0.01)
    coalesce.flush()
    assert calls == []
    coalesce.poke()
    coalesce.flush()
    coalesce.flush()
    gevent.sleep(0.03)
    assert calls == [1]


def test_a_ramp_of_a_hundred_users_is_told_in_a_few_calls(
    make_runner: MakeRunner, shopper: type[User], until: Callable[..., None], loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    runner.start(100, 400)
    until(lambda: runner.user_count == 100)
    gevent.sleep(0.15)
    counts = [call["user_count"] for call in loadhost_recorder.of("loadhost_users_changed")]
    assert len(counts) <= 6
    assert counts == sorted(counts)
    assert counts[-1] == 100


def test_the_end_of_a_run_is_told_before_test_stop(
    make_runner: MakeRunner, shopper: type[User], loadhost_recorder: Recorder
) -> None:
    runner = make_runner(shopper)
    runner.start(3, 1000)
    gevent.sleep(0.02)
    runner.stop()
    names = loadhost_recorder.names()
    last = max(index for index, name in enumerate(names) if name == "loadhost_users_changed")
    assert last < names.index("loadhost_test_stop")
    assert loadhost_recorder.of("loadhost_users_changed")[-1]["user_count"] == 0
