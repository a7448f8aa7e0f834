"""loadhost_run(..., in_process=True): a run as a library, for users that need no patch."""

from __future__ import annotations

from pathlib import Path

import pytest
from loadhost import PluginManager, StopUser, User, constant, events, hookimpl, task
from loadhost.testing import LoadhostRun, Recorder

LOADFILE = """
    from loadhost import StopUser, User, constant, task

    class Visitor(User):
        wait_time = constant(0)

        @task
        def visit(self):
            self.environment.requests.record("GET", "/", 12.5, 100)
            raise StopUser()
"""


class Visitor(User):
    wait_time = constant(0.01)

    @task
    def visit(self) -> None:
        self.environment.requests.record("GET", "/", 12.5, 100)


class OnceOnly(User):
    @task
    def visit(self) -> None:
        self.environment.requests.record("GET", "/", 1.0, exception=ValueError("closed"))
        raise StopUser


def test_source_text_runs_to_its_own_end(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run(LOADFILE, users=3, in_process=True)
    assert outcome.stats.total.num_requests == 3
    assert outcome.exit_code == 0
    assert outcome.verdict == "passed"


def test_user_classes_run_for_the_time_given(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run(Visitor, users=2, run_time=0.3, in_process=True)
    assert outcome.environment.stats.get("/", "GET").num_requests > 10
    assert outcome.result.stop_reason == "run time of 0.3s is over"


def test_failed_requests_show_in_verdict_and_exit_code(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run([OnceOnly], in_process=True)
    assert (outcome.verdict, outcome.exit_code) == ("requests failed", 1)


def test_the_recorder_hears_the_run_of_its_manager(
    loadhost_run: LoadhostRun, loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    loadhost_run([OnceOnly], manager=loadhost_manager, in_process=True)
    assert [call["name"] for call in loadhost_recorder.of("loadhost_request")] == ["/"]
    names = loadhost_recorder.names()
    assert names.index("loadhost_configure") < names.index("loadhost_init") < names.index("loadhost_test_start")
    assert names[-1] == "loadhost_quit"


def test_plugins_are_objects_or_source(loadhost_run: LoadhostRun, tmp_path: Path) -> None:
    heard = []

    class Listener:
        @hookimpl
        def loadhost_request(self, name: str) -> None:
            heard.append(name)

    source = f"""
        from pathlib import Path
        from loadhost import hookimpl

        @hookimpl
        def loadhost_test_stop():
            Path({str(tmp_path / "stopped")!r}).touch()
    """
    loadhost_run([OnceOnly], plugins=[Listener(), source], in_process=True)
    assert heard == ["/"]
    assert (tmp_path / "stopped").exists()


def test_options_stand_for_the_command_line(loadhost_run: LoadhostRun) -> None:
    plugin = """
        from loadhost import OptionSpec, StopTest, hookimpl

        @hookimpl
        def loadhost_add_options(options):
            options.add(OptionSpec("--limit", type=int, default=1))

        @hookimpl
        def loadhost_request(environment, name):
            if environment.stats.total.num_requests >= environment.parsed_options.limit:
                raise StopTest("that is enough")
    """
    outcome = loadhost_run(Visitor, plugins=[plugin], options={"limit": 7}, in_process=True)
    assert outcome.stats.total.num_requests == 7


def test_listeners_of_the_loadfile_belong_to_its_run_only(loadhost_run: LoadhostRun) -> None:
    listening = LOADFILE + (
        "\n    from loadhost import events\n"
        "    @events.request.add_listener\n"
        "    def heard(name, **kwargs):\n"
        "        print('heard', name)\n"
    )
    outcome = loadhost_run(listening, in_process=True)
    assert any(row.name.endswith(":heard") for row in outcome.environment.plugin_health)
    assert events.plugin_manager is not outcome.environment.plugin_manager


def test_a_run_without_end_is_ended_and_says_how_to_end_it(loadhost_run: LoadhostRun) -> None:
    with pytest.raises(TimeoutError, match="give it run_time"):
        loadhost_run(Visitor, timeout=0.2, in_process=True)


def test_arguments_are_refused_in_process(loadhost_run: LoadhostRun) -> None:
    with pytest.raises(TypeError, match="options="):
        loadhost_run(Visitor, "-u", "3", in_process=True)
