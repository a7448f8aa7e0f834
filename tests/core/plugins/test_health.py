"""Health: failures are counted and logged sparingly, ten in a row switch one implementation off until the next run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from loadhost import PluginManager, hookimpl

Register = Callable[..., Any]


def tell(manager: PluginManager, times: int = 1, hook: str = "loadhost_test_start") -> None:
    for _ in range(times):
        manager.tell(hook)


def test_the_first_failure_is_logged_with_its_traceback(
    manager: PluginManager, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    register("broken", error=ValueError("no disk"))
    tell(manager)
    (record,) = caplog.records
    assert record.message == "plugin 'broken' failed in loadhost_test_start: ValueError: no disk"
    assert record.exc_info is not None
    assert record.exc_info[1].__traceback__.tb_next is not None


def test_later_failures_are_logged_the_10th_and_the_100th_time_without_traceback(
    manager: PluginManager, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    broken = register("broken", error=ValueError("no disk"))
    for number in range(150):
        broken.error = None if number % 9 == 8 else ValueError("no disk")  # never ten in a row
        tell(manager)
    failed = [record for record in caplog.records if "times" in record.message]
    assert [record.args[2] for record in failed] == [10, 100]
    assert all(record.exc_info is None for record in failed)
    assert len(caplog.records) == 3


def test_ten_failures_in_a_row_switch_an_implementation_off(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    register("broken", error=ValueError())
    register("sound")
    tell(manager, 15)
    assert heard.count("broken") == 10
    assert heard.count("sound") == 15


def test_being_switched_off_is_logged_once_with_the_reason(
    manager: PluginManager, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    register("broken", error=ValueError("no disk"))
    tell(manager, 15)
    (off,) = [record.message for record in caplog.records if "switched off" in record.message]
    assert off == (
        "plugin 'broken' is switched off for loadhost_test_start until the next run: 10 failures in a row, "
        "the last: ValueError: no disk"
    )


def test_nine_failures_and_a_success_begin_the_count_anew(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    broken = register("broken")
    for _ in range(3):
        broken.error = ValueError()
        tell(manager, 9)
        broken.error = None
        tell(manager)
    assert len(heard) == 30
    assert manager.plugin_health[0].state == "loaded"


def test_only_the_implementation_that_fails_is_switched_off(manager: PluginManager, heard: list[str]) -> None:
    class Half:
        @hookimpl
        def loadhost_test_start(self) -> None:
            raise ValueError

        @hookimpl
        def loadhost_test_stop(self) -> None:
            heard.append("stop")

    manager.register(Half(), "half")
    tell(manager, 12)
    tell(manager, 12, "loadhost_test_stop")
    assert len(heard) == 12
    assert manager.plugin_health[0].switched_off == ("loadhost_test_start",)


def test_of_two_implementations_of_one_hook_in_one_plugin_only_the_failing_one_is_switched_off(
    manager: PluginManager, heard: list[str]
) -> None:
    class Twice:
        @hookimpl
        def loadhost_test_start(self) -> None:
            raise ValueError

        @hookimpl(specname="loadhost_test_start")
        def begin(self) -> None:
            heard.append("begin")

    manager.register(Twice(), "twice")
    tell(manager, 12)
    assert len(heard) == 12
    (health,) = manager.plugin_health
    assert (health.failures, health.switched_off) == (10, ("loadhost_test_start",))


def test_when_all_are_switched_off_the_hook_is_none(manager: PluginManager, register: Register) -> None:
    register("broken", error=ValueError())
    tell(manager, 10)
    assert manager.notify.loadhost_test_start is None


def test_who_is_switched_off_shows_in_the_list_of_plugins(manager: PluginManager, register: Register) -> None:
    register("broken", error=ValueError())
    tell(manager, 10)
    (info,) = manager.plugins()
    assert (info.state, info.reason) == ("off", "switched off: loadhost_test_start")


def test_the_next_run_switches_on_again_and_begins_to_count_anew(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    register("broken", error=ValueError())
    tell(manager, 12)
    manager.forget_health()
    assert manager.plugin_health[0].calls == 0
    tell(manager, 12)
    assert len(heard) == 20
    assert manager.plugin_health[0].switched_off == ("loadhost_test_start",)


def test_who_is_registered_again_begins_anew(manager: PluginManager, register: Register, heard: list[str]) -> None:
    broken = register("broken", error=ValueError())
    tell(manager, 10)
    manager.unregister(broken)
    manager.register(broken, "broken")
    assert manager.plugin_health[0].state == "loaded"
    tell(manager)
    assert len(heard) == 11


@pytest.mark.parametrize("calls", [1, 64, 65, 1000])
def test_calls_are_counted_exactly(manager: PluginManager, register: Register, calls: int) -> None:
    register("one")
    tell(manager, calls)
    assert manager.plugin_health[0].calls == calls


def test_calls_stay_exact_while_plugins_come_and_go(manager: PluginManager, register: Register) -> None:
    register("always")
    tell(manager, 5)
    register("late")
    tell(manager, 7)
    manager.unregister(name="late")
    tell(manager, 2)
    register("late")
    tell(manager, 3)
    assert {health.name: health.calls for health in manager.plugin_health} == {"always": 17, "late": 3}


def test_calls_of_all_hooks_of_a_plugin_are_added_up(manager: PluginManager, heard: list[str]) -> None:
    class Both:
        @hookimpl
        def loadhost_test_start(self) -> None: ...

        @hookimpl
        def loadhost_test_stop(self) -> None: ...

    manager.register(Both())
    tell(manager, 3)
    tell(manager, 4, "loadhost_test_stop")
    assert manager.plugin_health[0].calls == 7


def test_one_call_in_64_is_timed(manager: PluginManager, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    from loadhost._plugins.health import ImplementationHealth

    timed = []
    monkeypatch.setattr(ImplementationHealth, "sampled", lambda self, seconds: timed.append(seconds))
    register("one")
    tell(manager, 64 * 3)
    assert len(timed) == 3


def test_the_cost_of_a_plugin_is_its_mean_time_per_call(manager: PluginManager) -> None:
    from time import perf_counter

    class Busy:
        @hookimpl
        def loadhost_test_start(self) -> None:
            end = perf_counter() + 0.002
            while perf_counter() < end:
                pass

    manager.register(Busy())
    tell(manager, 65)
    assert manager.plugin_health[0].cost_us >= 2000


def test_what_a_plugin_waits_for_at_the_end_of_a_run_is_no_cost_of_its_calls(manager: PluginManager) -> None:
    from time import sleep

    class Exporter:
        @hookimpl
        def loadhost_test_start(self) -> None:
            """At once."""

        @hookimpl
        def loadhost_test_stop(self) -> None:
            sleep(0.2)

    manager.register(Exporter())
    tell(manager)
    manager.tell_one_by_one("loadhost_test_stop", lambda function: function())
    (health,) = manager.plugin_health
    assert health.calls == 2
    assert 0 < health.cost_us < 100_000


def test_an_error_whose_text_cannot_be_read_is_still_named(
    manager: PluginManager, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    class Unreadable(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    logging.raiseExceptions, before = False, logging.raiseExceptions
    try:
        register("broken", error=Unreadable())
        tell(manager)
    finally:
        logging.raiseExceptions = before
    assert manager.plugin_health[0].last_error == "Unreadable: (its message can't be read)"


def test_a_plugin_that_never_was_told_has_cost_nothing(manager: PluginManager, register: Register) -> None:
    register("idle")
    (health,) = manager.plugin_health
    assert (health.calls, health.failures, health.cost_us, health.last_error) == (0, 0, 0.0, None)
