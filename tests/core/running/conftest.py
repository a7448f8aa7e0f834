"""Runners with a plugin manager of their own, users that need no server, and a way to wait for something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from loadhost import Environment, PluginManager, User, constant, task
from loadhost.runners import Runner
from loadhost.testing import Recorder


@pytest.fixture
def shopper() -> type[User]:
    """A class of users that make a request each ten milliseconds. A fresh one for each test."""

    class Shopper(User):
        wait_time = constant(0.005)

        @task
        def browse(self) -> None:
            gevent.sleep(0.005)
            self.environment.requests.record("GET", "/", 5.0, 10)

    return Shopper


@pytest.fixture
def make_runner(loadhost_manager: PluginManager) -> Iterator[Callable[..., Runner]]:
    """`make_runner(UserClass, ..., plugins=[...], stop_timeout=...)` gives a runner, which is quit after the test."""
    made: list[Runner] = []

    def make(*user_classes: type[User], plugins: Any = (), **settings: Any) -> Runner:
        for plugin in plugins:
            loadhost_manager.register(plugin)
        environment = Environment(user_classes=user_classes, plugin_manager=loadhost_manager, **settings)
        runner = environment.create_local_runner()
        made.append(runner)
        return runner

    yield make
    for runner in made:
        with gevent.Timeout(20):
            runner.quit()


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(condition)` waits for it; it has as long as the slowest machine may take."""

    def until(condition: Callable[[], Any], timeout: float = 30) -> None:
        with gevent.Timeout(timeout):
            while not condition():
                gevent.sleep(0.005)

    return until


@pytest.fixture
def states(loadhost_recorder: Recorder) -> Callable[[], list[str]]:
    """The states that plugins were told of, in order."""
    return lambda: [call["new"] for call in loadhost_recorder.of("loadhost_state_changed")]
