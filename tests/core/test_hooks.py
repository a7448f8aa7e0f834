"""Every hook, told or asked in a real run, with all its arguments; and the order of all hooks of a whole run."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loadhost import (
    Environment,
    OptionSpec,
    Outcome,
    PluginError,
    PluginManager,
    StatsWindow,
    Status,
    User,
    Verdict,
    constant,
    hookimpl,
    task,
)
from loadhost._running import usage_monitor
from loadhost.testing import Recorder
from loadhost_hookspecs import RunResult, tell

WEB_UI = SimpleNamespace(app="the Flask app")
GIVEN_TO_REQUESTS = {"request_type", "name", "response_time", "service_time", "response_length", "response", "context",
                     "exception", "start_time", "url", "environment"}  # fmt: skip


class Buyer(User):
    """Buys, and fails to pay; each third time it trips over its own feet."""

    wait_time = constant(0.01)

    @task
    def buy(self) -> None:
        requests = self.environment.requests
        requests.before("BUY", "tea", "shop://tea", {"basket": 1}, self)
        gevent.sleep(0.002)
        requests.record("BUY", "tea", 2.5, 100, response="a cup", context={"basket": 1}, url="shop://tea")
        requests.record("PAY", "till", 7.5, 5, exception=ValueError("no money"))

    @task
    def trip(self) -> None:
        raise RuntimeError("tripped")


class Heard:
    """A plugin that implements every hook with all its arguments, and remembers what it heard."""

    def __init__(self, manager: PluginManager) -> None:
        self.calls: list[tuple[str, dict[str, Any], Any]] = []
        answers = {
            "loadhost_create_web_ui": lambda: WEB_UI,
            "loadhost_verdict": lambda: Verdict(Outcome.FAILED, "too many spilt cups", {"cups": 3}),
            "loadhost_status": lambda: Status("3 cups spilt", {"cups": 3}),
            "loadhost_add_hookspecs": lambda: manager.add_hookspecs(OwnHooks),
        }
        for hook in manager.hooks():
            setattr(self, hook.name, hookimpl(self._implementation(hook, answers.get(hook.name, lambda: None))))

    def _implementation(self, hook: Any, answer: Any) -> Any:
        def heard(**arguments: Any) -> Any:
            self.calls.append((hook.name, arguments, gevent.getcurrent()))
            if hook.name == "loadhost_add_options":
                arguments["options"].add(OptionSpec("--cups", type=int, default=3))
            return answer()

        names = ", ".join(hook.parameters)
        passed = ", ".join(f"{name}={name}" for name in hook.parameters)
        return eval(f"lambda {names}: heard({passed})", {"heard": heard})

    def of(self, hook: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments, _ in self.calls if name == hook]

    def one(self, hook: str) -> dict[str, Any]:
        (arguments,) = self.of(hook)
        return arguments

    def greenlets(self, hook: str) -> set[Any]:
        return {greenlet for name, _, greenlet in self.calls if name == hook}

    def names(self) -> list[str]:
        return [name for name, _, _ in self.calls]


class OwnHooks:
    """Specs that the plugin brings."""

    @tell
    def loadhost_tea_poured(self, environment: Any) -> None:
        """The plugin's own event."""


class Run:
    """One run of two buyers for a good second, with everything that makes a hook speak."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(usage_monitor, "INTERVAL_S", 0.1)
        monkeypatch.setattr(usage_monitor, "CPU_LIMIT_PERCENT", -1.0)
        self.manager = PluginManager()
        self.recorder = Recorder(self.manager)
        self.heard = Heard(self.manager)
        self.manager.register(self.heard, "heard")
        self.main = gevent.getcurrent()
        self.environment = environment = Environment(
            user_classes=[Buyer], host="shop://here", plugin_manager=self.manager
        )
        self.runner = environment.create_local_runner()
        self.runner.start(1, 10)
        gevent.sleep(0.25)
        environment.reset_stats()
        self.runner.start(2, 100)
        gevent.sleep(1.0)
        self.runner.stop("enough tea")
        self.runner.quit()


@pytest.fixture(scope="module")
def run() -> Run:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return Run(monkeypatch)


@pytest.fixture
def heard(run: Run) -> Heard:
    return run.heard


# -- start-up


def test_loadhost_add_hookspecs_is_given_the_manager_as_the_plugin_is_registered(run: Run) -> None:
    assert run.heard.one("loadhost_add_hookspecs") == {"pluginmanager": run.manager}
    assert run.heard.names()[0] == "loadhost_add_hookspecs"
    assert "loadhost_tea_poured" in [hook.name for hook in run.manager.hooks()]


def test_loadhost_add_options_adds_an_option_that_library_use_has_too(run: Run) -> None:
    assert set(run.heard.one("loadhost_add_options")) == {"options"}
    assert run.environment.config.options.cups == 3


def test_loadhost_add_commands_is_asked_by_the_command_line_only(heard: Heard, loadhost_run: Any) -> None:
    assert heard.of("loadhost_add_commands") == []
    (loadhost_run.folder / "greeter.py").write_text(
        "from loadhost import hookimpl\n"
        "def greet() -> int:\n    print('hello'); return 7\n"
        "@hookimpl\ndef loadhost_add_commands(commands):\n    commands.add('greet', greet, help='Be kind.')\n"
    )
    outcome = loadhost_run.command("greet", "--plugin=greeter.py")
    assert (outcome.exit_code, outcome.stdout.strip()) == (7, "hello")


def test_loadhost_configure_is_given_the_settings_once(run: Run) -> None:
    assert run.heard.one("loadhost_configure") == {"config": run.environment.config}


def test_loadhost_create_web_ui_answers_with_the_page_which_the_environment_keeps(run: Run) -> None:
    assert run.heard.one("loadhost_create_web_ui") == {"environment": run.environment, "runner": run.runner}
    assert run.environment.web_ui is WEB_UI


def test_loadhost_init_is_given_environment_runner_and_page_in_the_main_greenlet(run: Run) -> None:
    expected = {"environment": run.environment, "runner": run.runner, "web_ui": WEB_UI}
    assert run.heard.one("loadhost_init") == expected
    assert run.heard.greenlets("loadhost_init") == {run.main}


# -- life cycle


def test_loadhost_test_start_is_told_once_before_any_user(run: Run) -> None:
    assert run.heard.one("loadhost_test_start") == {"environment": run.environment}
    names = run.heard.names()
    assert names.index("loadhost_test_start") < names.index("loadhost_user_start")


def test_loadhost_state_changed_tells_each_step_from_ready_to_cleanup(run: Run) -> None:
    steps = [(call["old"], call["new"]) for call in run.heard.of("loadhost_state_changed")]
    states = ["ready", "spawning", "running", "spawning", "running", "stopping", "stopped", "cleanup"]
    assert steps == list(pairwise(states))
    assert all(call["environment"] is run.environment for call in run.heard.of("loadhost_state_changed"))


def test_loadhost_spawning_complete_is_told_each_time_a_target_is_reached(run: Run) -> None:
    assert run.heard.of("loadhost_spawning_complete") == [
        {"environment": run.environment, "user_count": 1},
        {"environment": run.environment, "user_count": 2},
    ]


def test_loadhost_test_stopping_is_told_once_while_users_still_run(run: Run) -> None:
    assert run.heard.one("loadhost_test_stopping") == {"environment": run.environment}
    names = run.heard.names()
    assert names.index("loadhost_test_stopping") < names.index("loadhost_user_stop")


def test_loadhost_test_stop_is_told_once_after_the_last_window(run: Run) -> None:
    assert run.heard.one("loadhost_test_stop") == {"environment": run.environment}
    names = run.heard.names()
    last_window = max(index for index, name in enumerate(names) if name == "loadhost_stats_window")
    assert last_window < names.index("loadhost_test_stop")


def test_loadhost_verdict_is_given_the_result_not_yet_judged_and_its_answer_counts(run: Run) -> None:
    asked = run.heard.one("loadhost_verdict")
    assert asked["environment"] is run.environment
    assert (asked["result"].outcome, asked["result"].parts) == (Outcome.PASSED, ())
    assert (run.runner.exit_code, run.runner.result.verdict) == (3, "too many spilt cups")


def test_loadhost_run_finished_is_given_the_judged_result_once(run: Run) -> None:
    told = run.heard.one("loadhost_run_finished")
    assert told == {"environment": run.environment, "result": run.runner.result}
    assert isinstance(told["result"], RunResult)
    assert told["result"].outcome is Outcome.FAILED


def test_loadhost_status_is_asked_before_each_window_and_once_for_the_report(run: Run) -> None:
    asked = run.heard.of("loadhost_status")
    assert asked[0] == {"environment": run.environment}
    assert len(asked) == len(run.heard.of("loadhost_stats_window")) + 1
    (row,) = run.runner.result.statuses
    assert (row.plugin, row.status.text, row.status.figures) == ("heard", "3 cups spilt", {"cups": 3})


def test_loadhost_reset_stats_is_told_when_numbers_are_reset(run: Run) -> None:
    assert run.heard.one("loadhost_reset_stats") == {"environment": run.environment}


def test_loadhost_quitting_is_told_once_before_quit(run: Run) -> None:
    assert run.heard.one("loadhost_quitting") == {"environment": run.environment}
    assert run.heard.names()[-2:] == ["loadhost_quitting", "loadhost_quit"]


def test_loadhost_quit_is_the_very_last_and_has_the_exit_code(run: Run) -> None:
    assert run.heard.one("loadhost_quit") == {"environment": run.environment, "exit_code": 3}


# -- users and traffic


def test_loadhost_before_request_is_told_in_the_users_greenlet_before_each_request(run: Run) -> None:
    first = dict(run.heard.of("loadhost_before_request")[0])
    assert isinstance(first.pop("user"), Buyer)
    assert first == {
        "environment": run.environment,
        "request_type": "BUY",
        "name": "tea",
        "url": "shop://tea",
        "context": {"basket": 1},
    }
    assert run.heard.greenlets("loadhost_before_request") <= run.heard.greenlets("loadhost_user_start")


def test_loadhost_request_tells_every_request_with_all_that_is_known_of_it(run: Run) -> None:
    bought, paid = run.heard.of("loadhost_request")[:2]
    assert set(bought) == GIVEN_TO_REQUESTS
    assert (bought["request_type"], bought["name"], bought["url"]) == ("BUY", "tea", "shop://tea")
    assert (bought["response_time"], bought["service_time"], bought["response_length"]) == (2.5, 2.5, 100)
    assert (bought["response"], bought["context"], bought["exception"]) == ("a cup", {"basket": 1}, None)
    assert (paid["url"], paid["context"], str(paid["exception"])) == (None, {}, "no money")
    assert run.heard.greenlets("loadhost_request") <= run.heard.greenlets("loadhost_user_start")


def test_loadhost_request_success_tells_the_requests_without_an_exception(heard: Heard) -> None:
    told = heard.of("loadhost_request_success")
    assert told == [call for call in heard.of("loadhost_request") if call["exception"] is None]
    assert {call["name"] for call in told} == {"tea"}


def test_loadhost_request_failure_tells_the_requests_with_an_exception(heard: Heard) -> None:
    told = heard.of("loadhost_request_failure")
    assert told == [call for call in heard.of("loadhost_request") if call["exception"] is not None]
    assert {str(call["exception"]) for call in told} == {"no money"}


def test_loadhost_samples_gives_each_request_once_in_a_greenlet_of_no_user(run: Run) -> None:
    told = run.heard.of("loadhost_samples")
    assert told[0]["environment"] is run.environment
    samples = [(sample.name, sample.start_time) for call in told for sample in call["samples"]]
    assert samples == [(call["name"], call["start_time"]) for call in run.heard.of("loadhost_request")]
    assert not run.heard.greenlets("loadhost_samples") & run.heard.greenlets("loadhost_user_start")


def test_loadhost_user_start_is_told_for_each_user_in_its_own_greenlet(run: Run) -> None:
    told = run.heard.of("loadhost_user_start")
    assert [call["user"].environment for call in told] == [run.environment] * 2
    assert all(call["environment"] is run.environment for call in told)
    assert run.heard.greenlets("loadhost_user_start") == {call["user"].greenlet for call in told}


def test_loadhost_user_stop_is_told_once_for_each_user_that_started(run: Run) -> None:
    told = run.heard.of("loadhost_user_stop")
    assert {call["user"] for call in told} == {call["user"] for call in run.heard.of("loadhost_user_start")}
    assert len(told) == 2
    assert all(call["environment"] is run.environment for call in told)


def test_loadhost_user_error_tells_who_let_which_exception_out(run: Run) -> None:
    first = run.heard.of("loadhost_user_error")[0]
    assert isinstance(first["user_instance"], Buyer)
    assert str(first["exception"]) == "tripped"
    assert first["tb"] is not None
    assert first["environment"] is run.environment


def test_loadhost_users_changed_tells_the_numbers_and_at_last_that_nobody_is_left(run: Run) -> None:
    told = run.heard.of("loadhost_users_changed")
    assert {"environment": run.environment, "user_count": 2, "user_classes_count": {"Buyer": 2}} in told
    assert told[-1] == {"environment": run.environment, "user_count": 0, "user_classes_count": {"Buyer": 0}}


# -- statistics and the machine


def test_loadhost_stats_window_tells_windows_whose_sum_is_the_total(run: Run) -> None:
    told = run.heard.of("loadhost_stats_window")
    windows = [call["window"] for call in told]
    assert all(isinstance(window, StatsWindow) for window in windows)
    assert all(call["environment"] is run.environment for call in told)
    assert [window.final for window in windows] == [False] * (len(windows) - 1) + [True]
    first = next(index for index, name in enumerate(run.heard.names()) if name == "loadhost_reset_stats")
    before = run.heard.names()[:first].count("loadhost_stats_window")
    assert sum(window.total.requests for window in windows[before:]) == run.runner.result.totals.requests > 0


def test_loadhost_usage_monitor_tells_what_this_process_takes(run: Run) -> None:
    told = run.heard.of("loadhost_usage_monitor")
    assert len(told) >= 5
    assert all(set(call) == {"environment", "cpu_usage", "memory_usage"} for call in told)
    assert all(call["cpu_usage"] >= 0 and call["memory_usage"] > 1_000_000 for call in told)


def test_loadhost_cpu_warning_is_told_once_per_run_at_the_second_high_reading(run: Run) -> None:
    told = run.heard.one("loadhost_cpu_warning")
    assert set(told) == {"environment", "cpu_usage"}
    readings = [name for name in run.heard.names() if name in ("loadhost_usage_monitor", "loadhost_cpu_warning")]
    assert readings[:3] == ["loadhost_usage_monitor", "loadhost_usage_monitor", "loadhost_cpu_warning"]


# -- all of them


def test_every_hook_is_heard_with_exactly_the_arguments_of_its_spec(run: Run) -> None:
    parameters = {hook.name: hook.parameters for hook in run.manager.hooks()}
    heard = {(name, *arguments) for name, arguments, _ in run.heard.calls}
    assert heard == {(name, *parameters[name]) for name, *_ in heard}
    assert set(parameters) - set(run.heard.names()) == {"loadhost_add_commands", "loadhost_tea_poured"}


def test_no_plugin_fails_in_a_run_that_goes_well(run: Run) -> None:
    (row,) = run.runner.result.plugins
    assert (row.name, row.state, row.failures) == ("heard", "loaded", 0)


# -- the order


class OneShot(User):
    """Makes one request, and waits for its end."""

    wait_time = constant(60)

    @task
    def once(self) -> None:
        self.environment.requests.before("X", "once", "x://", {}, self)
        self.environment.requests.record("X", "once", 1.0)


ORDER = [
    *("loadhost_add_options", "loadhost_configure", "loadhost_create_web_ui", "loadhost_init"),
    *("loadhost_test_start", "loadhost_state_changed:spawning"),
    *("loadhost_state_changed:running", "loadhost_spawning_complete"),
    *("loadhost_user_start", "loadhost_before_request", "loadhost_request", "loadhost_request_success"),
    *("loadhost_users_changed", "loadhost_samples"),
    *("loadhost_state_changed:stopping", "loadhost_test_stopping", "loadhost_user_stop", "loadhost_users_changed"),
    *("loadhost_status", "loadhost_stats_window:final", "loadhost_test_stop"),
    *("loadhost_status", "loadhost_verdict", "loadhost_run_finished", "loadhost_state_changed:stopped"),
    *("loadhost_state_changed:cleanup", "loadhost_quitting", "loadhost_quit"),
]


def _label(call: Any) -> str:
    detail = call.arguments.get("new") or ("window" in call.arguments and call["window"].final and "final")
    return f"{call.hook}:{detail}" if detail else call.hook


def test_all_hooks_of_a_whole_local_run_come_in_this_order(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    class Exporter:
        @hookimpl
        def loadhost_samples(self, samples: Any) -> None:
            pass

    loadhost_manager.register(Exporter())
    runner = Environment(user_classes=[OneShot], plugin_manager=loadhost_manager).create_local_runner()
    runner.start(1, 1)
    gevent.sleep(0.3)
    runner.quit()
    labels = [_label(call) for call in loadhost_recorder.calls]
    # A whole second may fall into the run, or not.
    at = labels.index("loadhost_stats_window") if "loadhost_stats_window" in labels else None
    if at is not None:
        assert labels[at - 1] == "loadhost_status"
        del labels[at - 1 : at + 1]
    # These two come from greenlets of their own, each a tenth of a second later.
    during = slice(labels.index("loadhost_request_success") + 1, labels.index("loadhost_state_changed:stopping"))
    labels[during] = sorted(labels[during], reverse=True)
    assert labels == ORDER


def test_a_start_up_that_a_plugin_refuses_asks_nobody_after_it_and_tells_quitting(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    class Refuser:
        @hookimpl
        def loadhost_init(self) -> None:
            raise RuntimeError("no database")

    loadhost_manager.register(Refuser(), "refuser")
    with pytest.raises(PluginError, match=r"plugin 'refuser' failed in loadhost_init.*no database.*-p no:refuser"):
        Environment(user_classes=[OneShot], plugin_manager=loadhost_manager).create_local_runner()
    assert loadhost_recorder.names()[-2:] == ["loadhost_init", "loadhost_quitting"]


def test_this_file_has_a_test_for_each_hook(loadhost_manager: PluginManager) -> None:
    tests = [name for name in vars(sys.modules[__name__]) if name.startswith("test_loadhost_")]
    missing = [hook.name for hook in loadhost_manager.hooks() if not any(f"test_{hook.name}_" in t for t in tests)]
    assert missing == []
