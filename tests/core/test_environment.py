"""The environment: what belongs together in one run."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loadhost import (
    Environment,
    HttpUser,
    OptionSpec,
    PluginError,
    PluginManager,
    UsageError,
    User,
    constant,
    hookimpl,
    task,
)
from loadhost.stats import Caps
from loadhost.testing import Recorder


class Idler(User):
    wait_time = constant(60)

    @task
    def nothing(self) -> None:
        pass


@pytest.fixture
def environment(loadhost_manager: PluginManager) -> Environment:
    return Environment(user_classes=[Idler], plugin_manager=loadhost_manager)


def test_it_takes_the_manager_it_is_given(loadhost_manager: PluginManager) -> None:
    assert Environment(plugin_manager=loadhost_manager).plugin_manager is loadhost_manager


def test_it_takes_the_manager_of_the_events_it_is_given(loadhost_manager: PluginManager) -> None:
    environment = Environment(events=loadhost_manager.events)
    assert environment.plugin_manager is loadhost_manager
    assert environment.events is loadhost_manager.events


def test_a_second_runner_is_refused(environment: Environment) -> None:
    environment.create_local_runner()
    with pytest.raises(UsageError, match="this environment has a runner; make another Environment"):
        environment.create_local_runner()


def test_a_user_class_that_cannot_run_is_refused_before_any_plugin_is_asked(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    class Without(User):
        wait_time = constant(1)

    environment = Environment(user_classes=[Without], plugin_manager=loadhost_manager)
    with pytest.raises(UsageError, match="No tasks defined on Without"):
        environment.create_local_runner()
    assert loadhost_recorder.names() == []


def test_more_than_one_http_user_without_gevents_patching_is_refused(loadhost_manager: PluginManager) -> None:
    class Browser(HttpUser):
        host = "http://127.0.0.1:1"

        @task
        def nothing(self) -> None:
            pass

    runner = Environment(user_classes=[Browser], plugin_manager=loadhost_manager).create_local_runner()
    with pytest.raises(UsageError, match=r"call loadhost\.patch\(\) as the first line"):
        runner.start(2, 1)
    assert runner.state == "ready"


def test_without_a_command_line_every_option_has_its_default(loadhost_manager: PluginManager) -> None:
    class WithOption:
        @hookimpl
        def loadhost_add_options(self, options: Any) -> None:
            options.add(OptionSpec("--cups", type=int, default=3))

    loadhost_manager.register(WithOption())
    environment = Environment(plugin_manager=loadhost_manager)
    assert environment.config.options.cups == environment.parsed_options.cups == 3
    assert environment.config.source("cups") == "default"


def test_a_plugin_that_refuses_its_settings_stops_the_start(
    environment: Environment, loadhost_recorder: Recorder
) -> None:
    class Picky:
        @hookimpl
        def loadhost_configure(self) -> None:
            raise UsageError("--cups: give 1 or more")

    environment.plugin_manager.register(Picky())
    with pytest.raises(UsageError, match="--cups: give 1 or more"):
        environment.create_local_runner()
    assert environment.runner is None
    assert "loadhost_init" not in loadhost_recorder.names()


def test_a_failing_init_tells_quitting_to_all_so_that_they_can_close(environment: Environment) -> None:
    closed = []

    class Opener:
        @hookimpl
        def loadhost_quitting(self) -> None:
            closed.append(self)

    class Broken:
        @hookimpl
        def loadhost_init(self) -> None:
            raise RuntimeError("no database")

    for plugin in (opener := Opener(), Broken()):
        environment.plugin_manager.register(plugin)
    with pytest.raises(PluginError, match="no database"):
        environment.create_local_runner()
    assert closed == [opener]


def test_a_failing_page_tells_quitting_too(environment: Environment, loadhost_recorder: Recorder) -> None:
    class Broken:
        @hookimpl
        def loadhost_create_web_ui(self) -> None:
            raise RuntimeError("port taken")

    environment.plugin_manager.register(Broken())
    with pytest.raises(PluginError, match="port taken"):
        environment.create_local_runner()
    assert loadhost_recorder.names()[-1] == "loadhost_quitting"


def test_the_first_page_that_is_offered_is_kept(environment: Environment) -> None:
    class Page:
        def __init__(self, name: str) -> None:
            self.page = SimpleNamespace(app=name)

        @hookimpl
        def loadhost_create_web_ui(self) -> Any:
            return self.page

    for name in ("first", "second"):
        environment.plugin_manager.register(Page(name))
    environment.create_local_runner()
    assert environment.web_ui.app == "first"


def test_a_plugin_registered_after_the_start_up_is_configured_and_initialised_at_once(
    environment: Environment,
) -> None:
    heard = []

    class Late:
        @hookimpl
        def loadhost_configure(self, config: Any) -> None:
            heard.append(config)

        @hookimpl
        def loadhost_init(self, runner: Any) -> None:
            heard.append(runner)

    runner = environment.create_local_runner()
    environment.plugin_manager.register(Late())
    assert heard == [environment.config, runner]


def test_background_runs_functions_in_one_native_thread(environment: Environment) -> None:
    threads = {environment.background.apply(threading.get_ident) for _ in range(3)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    environment.close()


def test_background_leaves_the_hub_free(environment: Environment) -> None:
    waiting, turns = threading.Event(), []
    result = environment.background.spawn(waiting.wait, 5)
    while len(turns) < 3:
        turns.append(1)
        gevent.sleep(0.001)
    waiting.set()
    assert result.get(timeout=5) is True
    environment.close()


def test_reset_stats_forgets_numbers_and_metrics_and_tells_it(
    environment: Environment, loadhost_recorder: Recorder
) -> None:
    environment.requests.record("GET", "/", 1.0)
    environment.metrics.counter("cups").add(1)
    environment.reset_stats()
    assert (environment.stats.total.num_requests, environment.stats.entries) == (0, {})
    assert all(figures.value == 0 for figures in environment.metrics.totals())
    assert loadhost_recorder.names()[-1] == "loadhost_reset_stats"


def test_each_run_has_an_id_of_its_own_that_begins_with_its_time(environment: Environment) -> None:
    ids = set()
    for _ in range(2):
        environment.begin_run()
        ids.add(environment.run_id)
    assert len(ids) == 2
    assert all(run_id[8] == "T" and run_id[15] == "Z" for run_id in ids)


def test_caps_bound_the_names_of_requests(loadhost_manager: PluginManager) -> None:
    environment = Environment(plugin_manager=loadhost_manager, caps=Caps(names=2))
    for number in range(5):
        environment.requests.record("GET", f"/{number}", 1.0)
    assert environment.stats.get("__other__", "GET").num_requests == 3
    assert environment.stats.total.num_requests == 5
