"""The recorder hears every hook call of a manager, of both kinds."""

from __future__ import annotations

import pytest
from loadhost import PluginManager, UsageError, hookimpl
from loadhost.testing import Recorder


class Talker:
    @hookimpl
    def loadhost_status(self) -> str:
        return "fine"


def test_a_fresh_manager_has_no_plugins(loadhost_manager: PluginManager) -> None:
    assert loadhost_manager.plugins() == []


def test_a_told_hook_is_recorded_though_nobody_implements_it(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    loadhost_manager.tell("loadhost_quit", exit_code=3)
    (call,) = loadhost_recorder.of("loadhost_quit")
    assert call["exit_code"] == 3
    assert call.ended


def test_a_question_is_recorded_with_its_answers_and_who_gave_them(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    loadhost_manager.register(Talker(), "talker")
    loadhost_manager.ask("loadhost_status")
    assert loadhost_recorder.of("loadhost_status")[0].answers == (("talker", "fine"),)


def test_a_question_that_an_error_ended_has_not_ended(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    class Refuser:
        @hookimpl
        def loadhost_status(self) -> None:
            raise UsageError("no")

    loadhost_manager.register(Refuser())
    with pytest.raises(UsageError):
        loadhost_manager.ask("loadhost_status")
    assert not loadhost_recorder.of("loadhost_status")[0].ended


def test_calls_made_within_a_call_are_recorded_in_the_order_in_which_they_began(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    class Chain:
        @hookimpl
        def loadhost_test_start(self) -> None:
            loadhost_manager.tell("loadhost_test_stop")

    loadhost_manager.register(Chain())
    loadhost_manager.tell("loadhost_test_start")
    assert loadhost_recorder.names() == ["loadhost_test_start", "loadhost_test_stop"]
    assert loadhost_recorder.names(without=["loadhost_test_stop"]) == ["loadhost_test_start"]


def test_clear_forgets_and_stop_ends_the_recording(
    loadhost_manager: PluginManager, loadhost_recorder: Recorder
) -> None:
    loadhost_manager.tell("loadhost_test_start")
    loadhost_recorder.clear()
    loadhost_recorder.stop()
    loadhost_recorder.stop()
    loadhost_manager.tell("loadhost_test_start")
    assert loadhost_recorder.calls == []
