"""An environment without a runner, and a way to let one user live in it for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.pool import Group
from loadhost import Environment, PluginManager, User


@pytest.fixture
def environment(loadhost_manager: PluginManager) -> Environment:
    """A real environment, with a plugin manager of its own."""
    environment = Environment(plugin_manager=loadhost_manager)
    environment.run_id = "run"
    return environment


@pytest.fixture
def start(environment: Environment) -> Iterator[Callable[[type[User]], User]]:
    """Starts a user of a class; what still lives at the end of the test is killed."""
    group = Group()

    def start(user_class: type[User]) -> User:
        user = user_class(environment)
        user.start(group)
        return user

    yield start
    group.kill(timeout=5)


@pytest.fixture
def live(start: Callable[[type[User]], User]) -> Callable[..., User]:
    """Starts a user of a class and waits until its life has ended by itself."""

    def live(user_class: type[User], timeout: float = 5) -> User:
        user = start(user_class)
        with gevent.Timeout(timeout):
            user.greenlet.join()
        return user

    return live
