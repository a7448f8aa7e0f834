"""Asking: answers with who gave them; an error names the plugin, its distribution, its version and the hook."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loadhost import PluginError, PluginManager, StopUser, UsageError, hookimpl
from loadhost_hookspecs import ask

Register = Callable[..., Any]


def answering(value: Any, hook: str = "loadhost_status", **marks: bool) -> Any:
    def implementation() -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return SimpleNamespace(**{hook: hookimpl(**marks)(implementation)})


def test_answers_come_with_who_gave_them_in_order(manager: PluginManager) -> None:
    manager.register(answering("fine"), "a", distribution="loadhost-a", version="1.0")
    manager.register(answering("slow"), "b")
    answers = manager.ask("loadhost_status")
    assert [(str(answer.plugin), answer.value) for answer in answers] == [
        ("plugin 'a' (loadhost-a 1.0)", "fine"),
        ("plugin 'b'", "slow"),
    ]


def test_none_is_no_answer_but_zero_and_empty_are(manager: PluginManager) -> None:
    for number, value in enumerate([None, 0, "", False]):
        manager.register(answering(value), str(number))
    assert [answer.value for answer in manager.ask("loadhost_status")] == [0, "", False]


def test_where_the_first_answer_counts_the_others_are_not_asked(manager: PluginManager) -> None:
    hook = "loadhost_create_web_ui"
    manager.register(answering(None, hook), "none")
    manager.register(answering("page", hook), "page")
    manager.register(answering(AssertionError(), hook), "never")
    assert [answer.plugin.name for answer in manager.ask(hook)] == ["page"]


def test_a_failure_names_plugin_distribution_version_hook_and_next_step(manager: PluginManager) -> None:
    manager.register(answering(ValueError("no")), "a", distribution="loadhost-a", version="1.0")
    with pytest.raises(PluginError) as caught:
        manager.ask("loadhost_status")
    error = caught.value
    assert str(error) == (
        "plugin 'a' (loadhost-a 1.0) failed in loadhost_status: ValueError: no; run without it: -p no:a"
    )
    assert (error.plugin, error.distribution, error.version, error.hook) == (
        "a",
        "loadhost-a",
        "1.0",
        "loadhost_status",
    )
    assert isinstance(error.__cause__, ValueError)


@pytest.mark.parametrize(
    "error", [SystemExit(1), StopUser(), gevent.Timeout(1)], ids=lambda error: type(error).__name__
)
def test_what_a_plugin_should_not_raise_is_its_failure(manager: PluginManager, error: BaseException) -> None:
    manager.register(answering(error), "a")
    with pytest.raises(PluginError, match=f"plugin 'a' failed in loadhost_status: {type(error).__name__}"):
        manager.ask("loadhost_status")


@pytest.mark.parametrize("error", [KeyboardInterrupt, gevent.GreenletExit])
def test_what_ends_process_or_greenlet_passes(manager: PluginManager, error: type[BaseException]) -> None:
    manager.register(answering(error()), "a")
    with pytest.raises(error):
        manager.ask("loadhost_status")


def test_a_usage_error_passes_as_it_is(manager: PluginManager) -> None:
    manager.register(answering(UsageError("--limit: give a ratio")), "a")
    with pytest.raises(UsageError, match=r"^--limit: give a ratio$"):
        manager.ask("loadhost_status")


def test_a_failure_ends_the_question(manager: PluginManager, register: Register, heard: list[str]) -> None:
    manager.register(answering(ValueError()), "a")
    register("b", "loadhost_status")
    with pytest.raises(PluginError):
        manager.ask("loadhost_status")
    assert heard == []


def test_asked_isolated_everybody_answers_and_a_failure_is_the_answer(manager: PluginManager) -> None:
    manager.register(answering(ValueError("no")), "a")
    manager.register(answering("fine"), "b")
    failed, fine = manager.ask_isolated("loadhost_status")
    assert isinstance(failed.value, PluginError)
    assert (failed.plugin.name, fine.plugin.name, fine.value) == ("a", "b", "fine")


def test_each_plugin_can_be_given_arguments_of_its_own(manager: PluginManager) -> None:
    heard = []
    for name in ("a", "b", "c"):
        plugin = SimpleNamespace(loadhost_add_options=hookimpl(lambda options: heard.append(options)))
        manager.register(plugin, name)
    manager.ask_each("loadhost_add_options", lambda ref: None if ref.name == "b" else {"options": f"for {ref.name}"})
    assert heard == ["for a", "for c"]


def test_arguments_left_out_are_none(manager: PluginManager) -> None:
    manager.register(SimpleNamespace(loadhost_verdict=hookimpl(lambda result: (result,))))
    assert manager.ask("loadhost_verdict")[0].value == (None,)


def test_an_argument_that_the_hook_lacks_is_refused(manager: PluginManager) -> None:
    with pytest.raises(PluginError, match="hook 'loadhost_verdict' has no argument 'resutl', did you mean 'result'"):
        manager.ask("loadhost_verdict", resutl=1)


def test_an_unknown_hook_is_refused_with_a_suggestion(manager: PluginManager) -> None:
    with pytest.raises(PluginError, match="no hook 'loadhost_verdicts', did you mean 'loadhost_verdict'"):
        manager.ask("loadhost_verdicts")


def test_a_hook_that_is_told_cannot_be_asked(manager: PluginManager) -> None:
    with pytest.raises(PluginError, match="'loadhost_test_start' is told, not asked"):
        manager.ask("loadhost_test_start")


def test_a_spec_of_a_plugin_may_do_without_the_environment(manager: PluginManager) -> None:
    class Hooks:
        @ask
        def shop_name(self): ...

    manager.add_hookspecs(Hooks)
    manager.register(answering("corner", "shop_name"))
    assert manager.ask("shop_name")[0].value == "corner"
