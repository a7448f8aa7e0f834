"""What users do when one of their requests fails: --on-failure, and `on_failure` of a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from loadhost import Environment, PluginManager, UsageError, User, constant, hookimpl, task
from loadhost_failratio import FailRatio

log: list[str] = []


class Shopper(User):
    """Its first request fails; then it would make another one, and end."""

    abstract = True
    wait_time = constant(0.001)

    @task
    def buy(self) -> None:
        log.append("begin")
        self.environment.requests.record("GET", "/", 1.0, exception="no")
        log.append("end")

    def on_stop(self) -> None:
        log.append("stop")


class Plain(Shopper):
    pass


class Rescheduling(Shopper):
    on_failure = "reschedule"


class Stopping(Shopper):
    on_failure = "stop-user"


class Going(Shopper):
    on_failure = "continue"


class WithAMethod(Shopper):
    def on_failure(self) -> None:
        """Somebody's own, which has nothing to do with this."""


@pytest.fixture
def run(loadhost_manager: PluginManager) -> Iterator[Any]:
    """`run(UserClass, "stop-user")` runs one user until it has begun four tasks or is gone, and gives its log."""
    environments: list[Environment] = []

    def run(user_class: type[User], option: str = "continue") -> list[str]:
        log.clear()
        loadhost_manager.register(FailRatio, "failratio")
        environment = Environment(user_classes=[user_class], plugin_manager=loadhost_manager)
        environments.append(environment)
        environment.config.options.on_failure = option
        runner = environment.create_local_runner()
        runner.start(1, 100)
        with gevent.Timeout(20):
            while log.count("begin") < 4 and runner.state != "stopped":
                gevent.sleep(0.005)
        runner.stop()
        return list(log)

    yield run
    for environment in environments:
        environment.runner.quit()


def test_by_default_a_task_goes_on(run: Any) -> None:
    assert run(Plain)[:4] == ["begin", "end", "begin", "end"]


def test_reschedule_ends_the_task(run: Any) -> None:
    assert run(Plain, "reschedule")[:3] == ["begin", "begin", "begin"]


def test_stop_user_ends_the_user(run: Any) -> None:
    """With its on_stop; nobody takes its place, so this run is over."""
    assert run(Plain, "stop-user") == ["begin", "stop"]


def test_a_class_decides_for_itself(run: Any) -> None:
    assert run(Stopping) == ["begin", "stop"]


def test_a_class_may_go_on_where_others_end(run: Any) -> None:
    assert run(Going, "stop-user")[:2] == ["begin", "end"]


def test_a_class_may_reschedule(run: Any) -> None:
    assert run(Rescheduling)[:2] == ["begin", "begin"]


def test_a_method_of_that_name_is_left_alone(run: Any) -> None:
    assert run(WithAMethod)[:2] == ["begin", "end"]


def test_every_plugin_hears_of_the_request_first(run: Any, loadhost_manager: PluginManager) -> None:
    """Also those that come later."""
    heard: list[str] = []

    class Later:
        @hookimpl(trylast=True)
        def loadhost_request_failure(self, name: str) -> None:
            heard.append(name)

    loadhost_manager.register(Later(), "later")
    run(Plain, "stop-user")
    assert heard == ["/"]


@pytest.mark.parametrize("value", ["stop", "", UsageError])
def test_a_word_that_is_none_is_refused(loadhost_manager: PluginManager, value: Any) -> None:
    class Wrong(Shopper):
        on_failure = value

    loadhost_manager.register(FailRatio, "failratio")
    environment = Environment(user_classes=[Wrong], plugin_manager=loadhost_manager)
    with pytest.raises(UsageError, match=r"Wrong.on_failure = .*: give one of 'continue', 'reschedule', 'stop-user'"):
        environment.create_local_runner()
