"""loadhost as a library: no command line, no patching, runs in the reader's own program."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import gevent
import pytest
from loadhost import Environment, PluginManager, User, constant, events, hookimpl, task
from loadhost._plugins import current
from loadhost.testing import Shop


class Worker(User):
    wait_time = constant(0.005)

    @task
    def work(self) -> None:
        gevent.sleep(0.002)
        self.environment.requests.record("JOB", "work", 2.0, 1)


@pytest.fixture
def own_events(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`loadhost.events` with a manager that no other test has."""
    monkeypatch.setattr(current, "_current", None)
    return events


def run_python(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_start_and_stop_without_a_command_line(loadhost_manager: PluginManager) -> None:
    environment = Environment(user_classes=[Worker], plugin_manager=loadhost_manager)
    runner = environment.create_local_runner()
    runner.start(3, spawn_rate=100)
    gevent.sleep(0.2)
    assert runner.user_count == 3
    runner.stop()
    assert environment.stats.total.num_requests > 10
    assert environment.stats.get("work", "JOB").fail_ratio == 0
    assert runner.exit_code == 0
    runner.quit()


def test_a_timer_that_quits_and_a_join(loadhost_manager: PluginManager) -> None:
    runner = Environment(user_classes=[Worker], plugin_manager=loadhost_manager).create_local_runner()
    runner.start(1, spawn_rate=100)
    gevent.spawn_later(0.1, runner.quit)
    runner.greenlet.join(5)
    assert runner.greenlet.dead
    assert runner.result.totals.requests > 0


def test_environments_with_managers_of_their_own_do_not_hear_each_other() -> None:
    heard: list[str] = []
    runners = []
    for number in ("one", "other"):
        environment = Environment(user_classes=[Worker], plugin_manager=PluginManager())
        environment.events.test_start.add_listener(lambda number=number, **_: heard.append(number))
        runners.append(environment.create_local_runner())
    runners[0].start(1, 100)
    runners[0].stop()
    assert heard == ["one"]
    for runner in runners:
        runner.quit()


def test_listeners_of_loadhost_events_hear_an_environment_without_a_manager(own_events: Any) -> None:
    heard: list[str] = []

    @own_events.request.add_listener
    def on_request(name: str, response_time: float, **_: Any) -> None:
        heard.append(name)

    @own_events.test_stop.add_listener
    def on_stop(environment: Environment, **_: Any) -> None:
        heard.append("stop")

    runner = Environment(user_classes=[Worker]).create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.05)
    runner.quit()
    assert heard[0] == "work"
    assert heard[-1] == "stop"


def test_a_plugin_may_be_any_object_or_class(loadhost_manager: PluginManager) -> None:
    class Plugin:
        windows = 0

        @hookimpl
        def loadhost_stats_window(self) -> None:
            type(self).windows += 1

    environment = Environment(user_classes=[Worker], plugin_manager=loadhost_manager)
    environment.plugin_manager.register(Plugin)
    runner = environment.create_local_runner()
    runner.start(1, 100)
    runner.quit()
    assert Plugin.windows >= 1


def test_a_library_run_discovers_no_plugins_by_itself() -> None:
    program = (
        "from loadhost import Environment\n"
        "environment = Environment(); environment.create_local_runner()\n"
        "print(environment.plugin_manager.plugins())"
    )
    assert run_python(program) == "[]"


def test_the_environment_imports_neither_requests_nor_flask_nor_patches() -> None:
    program = (
        "import sys; from loadhost import Environment, User, HttpUser\n"
        "Environment().create_local_runner()\n"
        "from gevent import monkey\n"
        "print(sorted({'requests', 'flask', 'ssl', 'typer'} & set(sys.modules)), monkey.is_module_patched('socket'))"
    )
    assert run_python(program) == "[] False"


PATCHED = """
import loadhost; loadhost.patch()
import sys, gevent
from loadhost import Environment, HttpUser, constant, task

class Buyer(HttpUser):
    host = sys.argv[1]
    wait_time = constant(0.01)
    @task
    def front(self): self.client.get("/")

runner = Environment(user_classes=[Buyer]).create_local_runner()
runner.start(5, spawn_rate=100)
with gevent.Timeout(50):
    while runner.environment.stats.total.num_requests <= 10: gevent.sleep(0.01)
runner.stop()
print(runner.user_count, runner.result.totals.failures, runner.result.totals.requests > 10)
runner.quit()
"""


def test_several_http_users_after_patch(loadhost_shop: Shop) -> None:
    assert run_python(PATCHED, loadhost_shop.url) == "0 0 True"


def test_a_single_http_user_needs_no_patch(loadhost_shop: Shop) -> None:
    unpatched = PATCHED.replace("loadhost.patch()", "").replace("start(5", "start(1")
    assert run_python(unpatched, loadhost_shop.url) == "0 0 True"


def test_several_http_users_without_patch_are_refused_in_one_line(loadhost_shop: Shop) -> None:
    program = PATCHED.replace("loadhost.patch()", "").replace(
        "runner.start(5, spawn_rate=100)",
        "try: runner.start(5, spawn_rate=100)\nexcept loadhost.UsageError as error: print(error); sys.exit()",
    )
    line = run_python(program, loadhost_shop.url)
    assert "loadhost.patch()" in line
    assert "\n" not in line


def test_a_runner_has_errors_exceptions_and_classes_by_locusts_names(loadhost_manager: PluginManager) -> None:
    environment = Environment(user_classes=[Worker], plugin_manager=loadhost_manager)
    runner = environment.create_local_runner()
    environment.requests.record("JOB", "work", 1.0, exception="no")
    (error,) = runner.errors.values()
    assert (error.occurrences, error.to_name()) == (1, "JOB work: CatchResponseError('no')")
    assert runner.exceptions == {}
    assert runner.user_classes == [Worker]
    assert environment.user_classes_by_name == {"Worker": Worker}
    runner.quit()
