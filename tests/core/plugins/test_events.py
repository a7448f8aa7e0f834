"""Locust's face of the hooks: listeners of every make, removal, fire and measure."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import gevent
import loadhost
import pytest
from loadhost import Environment, PluginError, PluginManager, StopUser, hookimpl
from loadhost._plugins.current import current_manager, set_current_manager
from loadhost_hookspecs import tell

HEARD: list[Any] = []


@pytest.fixture(autouse=True)
def forget() -> None:
    HEARD.clear()


@pytest.fixture
def events(manager: PluginManager) -> Any:
    return manager.events


@pytest.fixture
def environment(manager: PluginManager) -> Environment:
    return Environment(plugin_manager=manager)


@pytest.fixture
def current(manager: PluginManager) -> Iterator[PluginManager]:
    """The manager of this test is the current one."""
    set_current_manager(manager)
    yield manager
    set_current_manager(None)


# --- listeners of every make


def by_keywords(**kwargs: Any) -> None:
    HEARD.append((kwargs["old"], kwargs["new"]))


def by_names(new: str, old: str) -> None:
    HEARD.append((old, new))


def by_keyword_only(*, new: str, old: str) -> None:
    HEARD.append((old, new))


def by_place_only(new: str, old: str, /) -> None:
    HEARD.append((old, new))


def with_defaults(new: str, old: str = "nothing", extra: str = "kept", **kwargs: Any) -> None:
    assert extra == "kept"
    HEARD.append((old, new))


def with_args(new: str, old: str, *args: Any) -> None:
    assert args == ()
    HEARD.append((old, new))


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)

    return wrapper


class Listener:
    def method(self, new: str, old: str) -> None:
        HEARD.append((old, new))

    @classmethod
    def class_method(cls, new: str, old: str) -> None:
        HEARD.append((old, new))

    @staticmethod
    def static_method(new: str, old: str) -> None:
        HEARD.append((old, new))

    def __call__(self, new: str, old: str) -> None:
        HEARD.append((old, new))


LISTENERS = {
    "**kwargs": by_keywords,
    "names": by_names,
    "keyword only": by_keyword_only,
    "place only": by_place_only,
    "defaults": with_defaults,
    "*args": with_args,
    "decorated": decorated(by_names),
    "lambda": lambda new, old: HEARD.append((old, new)),
    "bound method": Listener().method,
    "class method": Listener.class_method,
    "static method": Listener.static_method,
    "callable object": Listener(),
    "partial": functools.partial(lambda label, new, old: HEARD.append((old, new)), "label"),
    "partial by keyword": functools.partial(by_names, new="spawning"),
}


@pytest.mark.parametrize("listener", LISTENERS.values(), ids=LISTENERS)
def test_a_listener_of_any_make_hears_the_event(manager: PluginManager, listener: Any) -> None:
    manager.events.state_changed.add_listener(listener)
    manager.tell("loadhost_state_changed", old="ready", new="spawning")
    assert HEARD == [("ready", "spawning")]


@pytest.mark.parametrize("listener", LISTENERS.values(), ids=LISTENERS)
def test_a_listener_of_any_make_can_be_removed(manager: PluginManager, listener: Any) -> None:
    manager.events.state_changed.add_listener(listener)
    manager.events.state_changed.remove_listener(listener)
    manager.tell("loadhost_state_changed", old="ready", new="spawning")
    assert HEARD == []
    assert manager.plugins() == []


def test_add_listener_is_a_decorator_that_returns_the_function(events: Any) -> None:
    @events.test_start.add_listener
    def begin(environment: Any) -> None: ...

    assert begin.__name__ == "begin"


def test_a_mock_hears_every_argument(manager: PluginManager) -> None:
    listener = Mock()
    manager.events.state_changed.add_listener(listener)
    manager.tell("loadhost_state_changed", old="ready", new="spawning")
    listener.assert_called_once_with(environment=None, old="ready", new="spawning")


def test_a_default_is_kept_only_for_what_the_event_does_not_have(manager: PluginManager) -> None:
    manager.events.state_changed.add_listener(lambda new="x", mine="y": HEARD.append((new, mine)))
    manager.tell("loadhost_state_changed", new="spawning")
    assert HEARD == [("spawning", "y")]


def test_a_listener_is_a_plugin_named_by_module_and_function(manager: PluginManager) -> None:
    manager.events.state_changed.add_listener(by_names)
    assert [info.name for info in manager.plugins()] == [f"{__name__}:by_names"]


def test_two_listeners_of_one_name_both_hear(manager: PluginManager) -> None:
    for label in "ab":

        def listener(label: str = label) -> None:
            HEARD.append(label)

        manager.events.test_start.add_listener(listener)
    manager.tell("loadhost_test_start")
    assert HEARD == ["a", "b"]


def test_of_two_listeners_of_one_name_just_the_right_one_is_removed(manager: PluginManager) -> None:
    listeners = [lambda label=label: HEARD.append(label) for label in "abc"]
    for listener in listeners:
        manager.events.test_start.add_listener(listener)
    manager.events.test_start.remove_listener(listeners[1])
    manager.tell("loadhost_test_start")
    assert HEARD == ["a", "c"]


def test_a_listener_added_twice_hears_twice_and_is_removed_once(manager: PluginManager) -> None:
    for _ in range(2):
        manager.events.state_changed.add_listener(by_names)
    manager.events.state_changed.remove_listener(by_names)
    manager.tell("loadhost_state_changed", old="ready", new="spawning")
    assert len(HEARD) == 1


def test_removing_what_was_not_added_does_nothing(events: Any) -> None:
    events.test_start.remove_listener(by_names)


def test_an_argument_that_the_event_lacks_is_refused_with_a_suggestion(manager: PluginManager) -> None:
    with pytest.raises(
        PluginError, match="event 'request' has no argument 'respons_time', did you mean 'response_time'"
    ):
        manager.events.request.add_listener(lambda respons_time: None)
    assert manager.plugins() == []


async def a_coroutine() -> None: ...


def a_generator() -> Iterator[int]:
    yield 1


class AsyncListener:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize("listener", [a_coroutine, a_generator, AsyncListener()], ids=["async", "generator", "object"])
def test_a_listener_that_would_never_run_is_refused(events: Any, listener: Any) -> None:
    with pytest.raises(PluginError, match="is a coroutine or generator"):
        events.test_start.add_listener(listener)


def test_an_unknown_event_is_an_error_that_suggests_the_right_one(events: Any) -> None:
    with pytest.raises(AttributeError, match="there is no event 'test_started', did you mean 'test_start'"):
        _ = events.test_started


def test_dir_lists_the_events_by_locusts_names(events: Any) -> None:
    assert set(dir(events)) >= {"init", "init_command_line_parser", "request", "test_start", "quitting"}


def test_the_parser_of_init_command_line_parser_is_the_options(manager: PluginManager) -> None:
    manager.events.init_command_line_parser.add_listener(lambda parser: HEARD.append(parser))
    manager.ask("loadhost_add_options", options="the options")
    assert HEARD == ["the options"]


def test_a_listener_is_removed_by_any_name_of_the_event(manager: PluginManager) -> None:
    manager.events.test_start.add_listener(by_keywords)
    manager.events.loadhost_test_start.remove_listener(by_keywords)
    assert manager.plugins() == []


def test_events_of_plugins_own_hooks_are_there_too(manager: PluginManager) -> None:
    class Hooks:
        @tell
        def shop_opened(self, listener): ...

    manager.add_hookspecs(Hooks)
    manager.events.shop_opened.add_listener(lambda listener: HEARD.append(listener))
    manager.events.shop_opened.fire(listener="corner")
    assert HEARD == ["corner"]


# --- fire


def test_a_fired_event_reaches_plugins(manager: PluginManager) -> None:
    class Plugin:
        @hookimpl
        def loadhost_spawning_complete(self, user_count: int) -> None:
            HEARD.append(user_count)

    manager.register(Plugin())
    manager.events.spawning_complete.fire(user_count=3)
    assert HEARD == [3]


def test_a_fired_event_has_the_environment(manager: PluginManager, environment: Environment) -> None:
    manager.events.test_start.add_listener(lambda environment: HEARD.append(environment))
    manager.events.test_start.fire()
    assert [environment] == HEARD


def test_a_fired_request_is_counted(manager: PluginManager, environment: Environment) -> None:
    manager.events.request.fire(
        request_type="WS", name="chat", response_time=12.0, response_length=7, exception=None, context={}
    )
    entry = environment.stats.entries["chat", "WS"]
    assert (entry.num_requests, entry.num_failures) == (1, 0)


def test_a_fired_request_failure_without_an_exception_is_a_failure(
    manager: PluginManager, environment: Environment
) -> None:
    manager.events.request_failure.fire(request_type="WS", name="chat", response_time=12.0)
    assert environment.stats.total.num_failures == 1


def test_what_a_custom_client_leaves_out_is_filled_in(manager: PluginManager, environment: Environment) -> None:
    manager.events.request.add_listener(lambda **kwargs: HEARD.append(kwargs))
    manager.events.request.fire(request_type="WS", name="chat", response_time=None, response_length=None)
    (arguments,) = HEARD
    assert (arguments["response_time"], arguments["response_length"], arguments["exception"]) == (0, 0, None)
    assert arguments["environment"] is environment
    assert arguments["start_time"] > 1e9
    assert environment.stats.total.num_requests == 1


def test_arguments_that_the_event_lacks_go_into_the_context(manager: PluginManager, environment: Environment) -> None:
    manager.events.request.add_listener(lambda context: HEARD.append(dict(context)))
    manager.events.request.fire(request_type="WS", name="chat", response_time=1, context={"user": "u"}, room="lobby")
    assert HEARD == [{"user": "u", "room": "lobby"}]


def test_a_request_fired_without_an_environment_says_so(events: Any) -> None:
    with pytest.raises(PluginError, match="loadhost_request: there is no environment yet"):
        events.request.fire(request_type="WS", name="chat", response_time=1)


def test_a_control_exception_of_a_listener_reaches_who_fires(manager: PluginManager, environment: Environment) -> None:
    @manager.events.request.add_listener
    def stop() -> None:
        raise StopUser

    with pytest.raises(StopUser):
        manager.events.request.fire(request_type="WS", name="chat", response_time=1)


def test_firing_init_by_hand_as_locusts_library_example_does_is_harmless(
    manager: PluginManager, environment: Environment
) -> None:
    manager.events.init.add_listener(lambda environment: HEARD.append("init"))
    environment.create_local_runner()
    environment.events.init.fire(environment=environment, runner=environment.runner, web_ui=None)
    assert HEARD == ["init"]


# --- measure


def test_a_measured_block_is_one_request_timed(manager: PluginManager, environment: Environment) -> None:
    with manager.events.request.measure("DB", "select") as request:
        gevent.sleep(0.02)
        request["response_length"] = 7
    entry = environment.stats.entries["select", "DB"]
    assert (entry.num_requests, entry.num_failures) == (1, 0)
    assert 20 <= entry.max_response_time < 1000


@pytest.mark.parametrize("error", [ValueError("no"), gevent.Timeout(1)], ids=["exception", "timeout"])
def test_an_exception_makes_a_measured_block_a_failure_and_goes_on_its_way(
    manager: PluginManager, environment: Environment, error: BaseException
) -> None:
    with pytest.raises(type(error)), manager.events.request.measure("DB", "select"):
        raise error
    assert environment.stats.total.num_failures == 1


def test_a_measured_block_may_call_itself_a_failure(manager: PluginManager, environment: Environment) -> None:
    with manager.events.request.measure("DB", "select") as request:
        request["exception"] = "empty"
    assert environment.stats.total.num_failures == 1


def test_a_measured_block_that_is_cut_short_is_interrupted_not_counted(
    manager: PluginManager, environment: Environment
) -> None:
    def select() -> None:
        with manager.events.request.measure("DB", "select"):
            gevent.sleep(60)

    greenlet = gevent.spawn(select)
    gevent.sleep(0)
    greenlet.kill()
    totals = environment.stats.totals_figures()
    assert (totals.requests, totals.interrupted) == (0, 1)


# --- loadhost.events


def test_loadhost_events_speaks_to_the_current_manager(current: PluginManager) -> None:
    loadhost.events.test_start.add_listener(lambda: HEARD.append("start"))
    current.tell("loadhost_test_start")
    assert HEARD == ["start"]


def test_loadhost_events_follows_when_another_manager_becomes_current(current: PluginManager) -> None:
    event = loadhost.events
    other = PluginManager()
    set_current_manager(other)
    event.test_start.add_listener(lambda: HEARD.append("start"))
    current.tell("loadhost_test_start")
    assert HEARD == []
    other.tell("loadhost_test_start")
    assert HEARD == ["start"]


def test_without_a_command_there_is_one_current_manager_per_process() -> None:
    set_current_manager(None)
    try:
        assert current_manager() is current_manager()
        assert Environment().plugin_manager is current_manager()
        assert Environment(events=loadhost.events).plugin_manager is current_manager()
    finally:
        set_current_manager(None)


def test_an_environment_may_have_a_manager_of_its_own(current: PluginManager) -> None:
    environment = Environment(plugin_manager=PluginManager())
    environment.events.test_start.add_listener(lambda: HEARD.append("own"))
    current.tell("loadhost_test_start")
    assert HEARD == []
