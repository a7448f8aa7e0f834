"""Telling: every plugin hears the event with just the arguments it names, whatever the others do."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loadhost import (
    InterruptTaskSet,
    PluginManager,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
    hookimpl,
)
from loadhost_hookspecs import tell

Register = Callable[..., Any]

REQUEST = {"request_type": "GET", "name": "/", "response_time": 1.0}


class Unreadable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text either")


class OwnHooks:
    """Hooks whose parameters are called like the variables of the compiled function, and which have no environment."""

    @tell
    def shop_trouble(self, error, calls, control, started, sample): ...

    @tell
    def shop_opened(self): ...


# --- isolation


@pytest.mark.parametrize(
    "error", [ValueError("no"), SystemExit(3), Unreadable()], ids=lambda error: type(error).__name__
)
def test_the_others_hear_an_event_though_one_plugin_fails(
    manager: PluginManager, register: Register, heard: list[str], error: BaseException
) -> None:
    register("before")
    register("broken", error=error)
    register("after")
    manager.tell("loadhost_test_start")
    assert heard == ["before", "broken", "after"]
    assert [health.failures for health in manager.plugin_health] == [0, 1, 0]


def test_a_gevent_timeout_is_a_failure_like_any_other(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    class Slow:
        @hookimpl
        def loadhost_test_start(self) -> None:
            with gevent.Timeout(0.01):
                gevent.sleep(10)

    manager.register(Slow(), "slow")
    register("after")
    manager.tell("loadhost_test_start")
    assert heard == ["after"]
    assert manager.plugin_health[0].failures == 1


@pytest.mark.parametrize("error", [gevent.GreenletExit, KeyboardInterrupt])
def test_what_ends_the_greenlet_or_the_process_passes_at_once(
    manager: PluginManager, register: Register, heard: list[str], error: type[BaseException]
) -> None:
    register("ending", error=error())
    register("after")
    with pytest.raises(error):
        manager.tell("loadhost_test_start")
    assert heard == ["ending"]


def test_ending_the_greenlet_is_no_failure_of_the_plugin(manager: PluginManager, register: Register) -> None:
    register("ending", error=gevent.GreenletExit())
    with pytest.raises(gevent.GreenletExit):
        manager.tell("loadhost_test_start")
    assert manager.plugin_health[0].failures == 0


def test_a_failure_leaves_no_reference_to_its_traceback(manager: PluginManager) -> None:
    """What the plugin held when it failed can be freed: no reference cycle through the compiled function."""

    class Body:
        alive = 0

        def __init__(self) -> None:
            Body.alive += 1

        def __del__(self) -> None:
            Body.alive -= 1

    class Broken:
        @hookimpl
        def loadhost_request(self, response: Any) -> None:
            body = Body()
            raise ValueError(str(type(body)))

    logging.disable(logging.CRITICAL)
    gc.disable()
    try:
        manager.register(Broken())
        for _ in range(5):
            manager.notify.loadhost_request()
        assert Body.alive == 0
    finally:
        gc.enable()
        logging.disable(logging.NOTSET)


# --- control exceptions


@pytest.mark.parametrize("control", [StopUser, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet])
def test_a_control_exception_directs_the_user_once_everybody_has_heard(
    manager: PluginManager, register: Register, heard: list[str], control: type[Exception]
) -> None:
    register("directing", "loadhost_request", error=control())
    register("after", "loadhost_request")
    with pytest.raises(control):
        manager.notify.loadhost_request(**REQUEST)
    assert heard == ["directing", "after"]


def test_the_first_control_exception_wins(manager: PluginManager, register: Register) -> None:
    register("a", "loadhost_request")
    register("b", "loadhost_request", error=StopUser("first"))
    register("c", "loadhost_request", error=RescheduleTask())
    with pytest.raises(StopUser, match="first"):
        manager.notify.loadhost_request(**REQUEST)


def test_a_failure_after_it_does_not_replace_a_control_exception(manager: PluginManager, register: Register) -> None:
    register("directing", "loadhost_request", error=StopUser())
    register("broken", "loadhost_request", error=ValueError())
    with pytest.raises(StopUser):
        manager.notify.loadhost_request(**REQUEST)
    assert [health.failures for health in manager.plugin_health] == [0, 1]


def test_a_control_exception_is_no_failure_of_the_plugin(manager: PluginManager, register: Register) -> None:
    register("directing", "loadhost_request", error=StopUser())
    for _ in range(20):
        with pytest.raises(StopUser):
            manager.notify.loadhost_request(**REQUEST)
    assert manager.plugin_health[0].failures == 0


@pytest.mark.parametrize("control", [StopUser, RescheduleTask, InterruptTaskSet])
def test_where_there_is_no_user_a_control_exception_is_a_failure(
    manager: PluginManager, register: Register, control: type[Exception]
) -> None:
    register("confused", error=control())
    manager.tell("loadhost_test_start")
    assert manager.plugin_health[0].failures == 1


class StandInRunner:
    def __init__(self, heard: list[Any]) -> None:
        self.heard = heard

    def stop(self, reason: str) -> None:
        self.heard.append(f"stop: {reason}")


@pytest.fixture
def stoppable(manager: PluginManager, heard: list[Any]) -> PluginManager:
    """A manager whose environment has a runner that can be stopped."""
    manager.environment = SimpleNamespace(runner=StandInRunner(heard))
    return manager


@pytest.mark.parametrize("hook", ["loadhost_stats_window", "loadhost_test_start", "loadhost_samples"])
def test_stop_test_stops_the_run_from_any_hook_once_everybody_has_heard(
    stoppable: PluginManager, register: Register, heard: list[str], hook: str
) -> None:
    register("guard", hook, error=StopTest("enough"))
    register("after", hook)
    gevent.spawn(stoppable.tell, hook).get()
    assert heard == ["guard", "after", "stop: enough"]
    assert stoppable.plugin_health[0].failures == 0


def test_in_the_main_greenlet_stop_test_does_not_wait_for_the_end_of_the_run(
    stoppable: PluginManager, register: Register, heard: list[str]
) -> None:
    """runner.stop() waits there; the event that is being told would be over only after the run."""
    register("guard", error=StopTest("enough"))
    stoppable.tell("loadhost_test_start")
    assert heard == ["guard"]
    gevent.sleep(0)
    assert heard == ["guard", "stop: enough"]


def test_stop_test_in_a_users_hook_stops_the_run_and_directs_the_user(
    stoppable: PluginManager, register: Register, heard: list[str]
) -> None:
    register("guard", "loadhost_request", error=StopTest("enough"))
    with pytest.raises(StopTest):
        gevent.spawn(stoppable.notify.loadhost_request, **REQUEST).get()
    assert heard == ["guard", "stop: enough"]


def test_stop_test_stops_the_run_even_if_another_plugin_stopped_the_user_before(
    stoppable: PluginManager, register: Register, heard: list[str]
) -> None:
    register("one", "loadhost_request", error=StopUser())
    register("guard", "loadhost_request", error=StopTest("enough"))
    with pytest.raises(StopUser):
        gevent.spawn(stoppable.notify.loadhost_request, **REQUEST).get()
    assert heard == ["one", "guard", "stop: enough"]


def test_stop_test_without_a_text_names_the_plugin(
    stoppable: PluginManager, register: Register, heard: list[str]
) -> None:
    register("guard", error=StopTest())
    gevent.spawn(stoppable.tell, "loadhost_test_start").get()
    assert heard[-1] == "stop: plugin 'guard' stopped the test"


# --- arguments


def test_a_hook_that_nobody_implements_is_none(manager: PluginManager) -> None:
    assert manager.notify.loadhost_request is None


def test_a_hook_is_none_again_when_its_last_plugin_has_gone(manager: PluginManager, register: Register) -> None:
    register("only", "loadhost_request")
    assert manager.notify.loadhost_request is not None
    manager.unregister(name="only")
    assert manager.notify.loadhost_request is None


def test_each_plugin_gets_just_the_arguments_it_names_in_its_own_order(manager: PluginManager) -> None:
    heard = []

    class Reader:
        @hookimpl
        def loadhost_request(self, response_time: float, name: str) -> None:
            heard.append((response_time, name))

    manager.register(Reader())
    manager.notify.loadhost_request(**REQUEST)
    assert heard == [(1.0, "/")]


def test_arguments_go_by_place_in_the_order_of_the_spec(manager: PluginManager) -> None:
    heard = []

    class Reader:
        @hookimpl
        def loadhost_state_changed(self, new: str, environment: Any, old: str) -> None:
            heard.append((environment, old, new))

    manager.register(Reader())
    manager.notify.loadhost_state_changed("here", "ready", "spawning")
    assert heard == [("here", "ready", "spawning")]


def test_arguments_left_out_are_none(manager: PluginManager) -> None:
    heard = []

    class Reader:
        @hookimpl
        def loadhost_request(self, name: str, url: str | None, context: Any) -> None:
            heard.append((name, url, context))

    manager.register(Reader())
    manager.notify.loadhost_request(**REQUEST)
    assert heard == [("/", None, None)]


def test_an_argument_that_the_spec_lacks_is_refused(manager: PluginManager, register: Register) -> None:
    register("any", "loadhost_quit")
    with pytest.raises(TypeError, match="exit_cod"):
        manager.tell("loadhost_quit", exit_cod=1)


def test_tell_fills_in_the_environment(manager: PluginManager) -> None:
    heard = []

    class Reader:
        @hookimpl
        def loadhost_test_start(self, environment: Any) -> None:
            heard.append(environment)

    manager.register(Reader())
    manager.environment = "the environment"
    manager.tell("loadhost_test_start")
    assert heard == ["the environment"]


def test_an_unknown_hook_is_an_error_that_suggests_the_right_one(manager: PluginManager) -> None:
    with pytest.raises(AttributeError, match="did you mean 'loadhost_test_start'"):
        manager.tell("loadhost_test_started")


def test_static_and_class_methods_and_wrapped_functions_hear(manager: PluginManager) -> None:
    from functools import wraps

    heard = []

    def loud(function: Any) -> Any:
        @wraps(function)
        def wrapper(*args: Any, **named: Any) -> None:
            heard.append("loud")
            function(*args, **named)

        return wrapper

    class Kinds:
        @hookimpl
        @staticmethod
        def loadhost_quit(exit_code: int) -> None:
            heard.append(exit_code)

        @hookimpl(specname="loadhost_quit")
        @loud
        def quit_loudly(self, exit_code: int) -> None:
            heard.append(-exit_code)

    manager.register(Kinds())
    manager.tell("loadhost_quit", exit_code=3)
    assert sorted(map(str, heard)) == ["-3", "3", "loud"]


# --- hooks that plugins declare


def test_a_spec_may_name_its_parameters_as_it_likes(manager: PluginManager) -> None:
    heard = []

    class Broken:
        @hookimpl
        def shop_trouble(self, error: str) -> None:
            raise ValueError

    class Reader:
        @hookimpl
        def shop_trouble(self, error: str, calls: int, control: int, started: int, sample: int) -> None:
            heard.append((error, calls, control, started, sample))

    manager.add_hookspecs(OwnHooks)
    manager.register(Broken())
    manager.register(Reader())
    for _ in range(2):  # the first call is timed, the second is not
        manager.tell("shop_trouble", error="e", calls=1, control=2, started=3, sample=4)
    assert heard == [("e", 1, 2, 3, 4)] * 2


def test_a_spec_may_do_without_the_environment(manager: PluginManager, register: Register, heard: list[str]) -> None:
    manager.add_hookspecs(OwnHooks)
    register("one", "shop_opened")
    manager.tell("shop_opened")
    assert heard == ["one"]


# --- while an event is being told


def test_who_is_unregistered_by_an_earlier_plugin_hears_this_event_and_no_other(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    class Remover:
        @hookimpl
        def loadhost_test_start(self) -> None:
            manager.unregister(name="second")

    manager.register(Remover())
    register("second")
    manager.tell("loadhost_test_start")
    manager.tell("loadhost_test_start")
    assert heard == ["second"]


def test_who_is_registered_while_an_event_is_told_hears_the_next_one(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    class Bringer:
        @hookimpl
        def loadhost_test_start(self) -> None:
            if not manager.has_plugin("new"):
                register("new")

    manager.register(Bringer())
    manager.tell("loadhost_test_start")
    assert heard == []
    manager.tell("loadhost_test_start")
    assert heard == ["new"]


def test_an_event_may_be_told_from_within_itself(manager: PluginManager, heard: list[int]) -> None:
    class Echo:
        @hookimpl
        def loadhost_quit(self, exit_code: int) -> None:
            heard.append(exit_code)
            if exit_code:
                manager.tell("loadhost_quit", exit_code=exit_code - 1)

    manager.register(Echo())
    manager.tell("loadhost_quit", exit_code=2)
    assert heard == [2, 1, 0]
    assert manager.plugin_health[0].calls == 3
