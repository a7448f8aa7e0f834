"""`import locust`: whose names it gives, what it says of those that there are none of, and when it is there."""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import loadhost
import loadhost_locust
import pytest
from loadhost import PluginManager
from loadhost.testing import LoadhostRun
from loadhost_locust._absent import MODULES, NAMES, NO_EFFECT
from loadhost_locust._names import HOMES


@pytest.fixture
def locust() -> Iterator[object]:
    """The module, while the hook is there."""
    with loadhost_locust.installed(instead=True):
        yield importlib.import_module("locust")


def test_without_the_hook_there_is_no_locust() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("locust")


def test_names_are_loadhosts_own(locust: object) -> None:
    from locust import HttpUser, events, task
    from locust.env import Environment
    from locust.exception import StopUser

    assert HttpUser is loadhost.HttpUser
    assert task is loadhost.task
    assert events is loadhost.events
    assert StopUser is loadhost.StopUser
    assert issubclass(Environment, loadhost.Environment)


def test_the_version_is_that_of_the_locust_whose_names_these_are(locust: object) -> None:
    assert locust.__version__ == "2.47.0"


def test_after_the_hook_nothing_is_left() -> None:
    with loadhost_locust.installed(instead=True):
        importlib.import_module("locust.stats")
    assert not [name for name in sys.modules if name.partition(".")[0] == "locust"]


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in HOMES.items() for name in names])
def test_every_name_has_a_home(locust: object, module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None


def test_submodules_are_there_after_import_locust_alone(locust: object) -> None:
    assert locust.user.wait_time.between is loadhost.between
    assert locust.stats.CONSOLE_STATS_INTERVAL_SEC == 2


def test_import_star_gives_the_public_names(locust: object) -> None:
    namespace: dict[str, object] = {}
    exec("from locust import *", namespace)
    assert namespace["HttpUser"] is loadhost.HttpUser


def test_a_name_that_loadhost_has_not_says_what_to_use(locust: object) -> None:
    with pytest.raises(ImportError) as caught:
        from locust.contrib.fasthttp import LocustUserAgent  # noqa: F401
    assert str(caught.value) == (
        "loadhost has no locust.contrib.fasthttp.LocustUserAgent: FastHttpUser is loadhost's own client: its settings "
        "are attributes of the class, insecure = True among them (see docs/coming-from-locust.md)"
    )


def test_a_module_that_loadhost_has_not_says_what_to_use(locust: object) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^loadhost has no locust\.contrib\.mqtt: write a User"):
        importlib.import_module("locust.contrib.mqtt")


def test_what_locust_has_not_either_is_an_attribute_error(locust: object) -> None:
    with pytest.raises(AttributeError, match=r"'locust' .* has no attribute 'HttpUsr'"):
        _ = locust.HttpUsr
    assert not hasattr(locust, "HttpUsr")
    with pytest.raises(ModuleNotFoundError, match=r"there is no module locust\.nonsense"):
        importlib.import_module("locust.nonsense")


def test_every_name_of_locust_is_there_or_says_why_not() -> None:
    facts = json.loads(Path(__file__).with_name("locust_2_47.json").read_text())["names"]
    speechless = [
        f"{module}.{name}"
        for module, names in facts.items()
        for name in names
        if name not in HOMES.get(module, {}) and f"{module}.{name}" not in NAMES and module not in MODULES
        if (module, name) not in {("locust", "__version__"), ("locust", "wait_time")}  # set by hand; a module
    ]
    assert speechless == []


def test_no_name_is_both_there_and_absent() -> None:
    there = {f"{module}.{name}" for module, names in HOMES.items() for name in names}
    assert not there & set(NAMES)
    assert not set(HOMES) & set(MODULES)


def test_a_setting_without_effect_is_warned_of(locust: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        locust.stats.CSV_STATS_INTERVAL_SEC = 5
        locust.stats.PERCENTILES_TO_REPORT = [0.5]
    assert [record.getMessage() for record in caplog.records] == [
        "locust.stats.CSV_STATS_INTERVAL_SEC has no effect in loadhost: the history has a row each second"
    ]
    assert set(NO_EFFECT) > {"locust.stats.CSV_STATS_INTERVAL_SEC"}


@pytest.fixture
def real_locust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of that name, installed."""
    (tmp_path / "locust.py").write_text("real = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("locust", None)


def test_a_locust_that_is_installed_is_not_touched(real_locust: None) -> None:
    with loadhost_locust.installed():
        assert importlib.import_module("locust").real


def test_unless_it_is_asked_for(real_locust: None) -> None:
    assert importlib.import_module("locust").real
    with loadhost_locust.installed(instead=True):
        assert importlib.import_module("locust").HttpUser is loadhost.HttpUser
    assert importlib.import_module("locust").real


def test_the_plugin_has_it_there_until_the_process_ends(loadhost_manager: PluginManager) -> None:
    loadhost_manager.register(loadhost_locust.Locust, "locust")
    assert importlib.import_module("locust").HttpUser is loadhost.HttpUser
    loadhost_manager.tell("loadhost_quit", exit_code=0)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("locust")


def test_importing_the_package_patches_nothing_and_installs_nothing() -> None:
    code = (
        "import sys, loadhost_locust; from gevent import monkey; "
        "print(monkey.is_module_patched('socket'), any('Locust' in repr(type(f)) for f in sys.meta_path))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False False\n"


def test_a_clients_class_holds_for_annotations_and_isinstance_and_makes_none(locust: object) -> None:
    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession

    class Quick(loadhost.FastHttpUser):
        host = "http://127.0.0.1:1"

    class Slow(loadhost.HttpUser):
        host = "http://127.0.0.1:1"

    environment = loadhost.Environment(plugin_manager=PluginManager())
    assert isinstance(Quick(environment).client, FastHttpSession)
    assert isinstance(Slow(environment).client, HttpSession)
    assert not isinstance(Slow(environment).client, FastHttpSession)
    with pytest.raises(loadhost.UsageError, match="use a FastHttpUser and its client"):
        FastHttpSession("http://127.0.0.1:1", None, None)


def test_a_session_of_ones_own_counts_in_its_users_environment(locust: object) -> None:
    from locust.clients import HttpSession

    class Own(loadhost.User):
        def __init__(self, environment: object) -> None:
            super().__init__(environment)
            self.client = HttpSession("http://127.0.0.1:1", request_event=environment.events.request, user=self)

    environment = loadhost.Environment(plugin_manager=PluginManager())
    Own(environment).client.get("/nobody is here")
    assert environment.stats.total.num_failures == 1


def test_an_environment_without_events_has_listeners_of_its_own(locust: object) -> None:
    from locust.env import Environment
    from locust.event import EventHook, Events

    one, other = Environment(), Environment(events=Events(), tags=["quick"], stop_timeout=3)
    heard = []
    one.events.request.add_listener(lambda name, **_: heard.append(name))
    for environment in (one, other):
        environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)
    assert heard == ["x"]
    assert (other.tags, other.stop_timeout) == (["quick"], 3)
    assert isinstance(loadhost.Environment(plugin_manager=PluginManager()), Environment)
    own = EventHook()
    own.add_listener(lambda **given: heard.append(given))
    own.fire(a=1)
    assert heard[-1] == {"a": 1}
    with pytest.raises(loadhost.UsageError, match=r"no create_web_ui\(\)"):
        one.create_web_ui("127.0.0.1", 8089)


def test_a_name_that_is_a_module_as_well_stays_the_name(locust: object) -> None:
    from locust.user import task as first
    from locust.user.task import TaskSet
    from locust.user.task import task as second

    assert first is second is importlib.import_module("locust.user").task is loadhost.task
    assert TaskSet is loadhost.TaskSet


def test_modules_can_be_imported_from_the_package(locust: object) -> None:
    from locust import runners, stats
    from locust.runners import WorkerRunner

    assert runners.WorkerRunner is WorkerRunner
    assert stats.print_stats


def test_a_loadfile_that_imports_an_installed_locust_is_told_of_p_locust(
    loadhost_run: LoadhostRun, tmp_path: Path
) -> None:
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "locust.py").write_text("class HttpUser: pass\ntask = lambda function: function\n")
    loadfile = """
        from locust import HttpUser, task

        class Visitor(HttpUser):
            host = "http://127.0.0.1:1"

            @task
            def visit(self):
                self.client.get("/")
    """
    env = {"PYTHONPATH": str(tmp_path / "installed")}
    outcome = loadhost_run(loadfile, env=env)
    assert outcome.exit_code == 2
    assert "-p locust has loadhost answer the import in its place" in outcome.stderr
    outcome = loadhost_run(loadfile, "--iterations=2", plugins=["locust"], env=env)
    assert outcome.entry("/")["failures"] == 2  # nobody is there, but it ran
