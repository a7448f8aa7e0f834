"""In which order plugins hear of an event and are asked: registration, tryfirst before, trylast after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loadhost import PluginManager

Register = Callable[..., Any]


def test_plugins_hear_an_event_in_the_order_in_which_they_were_registered(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    for label in "cab":
        register(label)
    manager.tell("loadhost_test_start")
    assert heard == ["c", "a", "b"]


def test_tryfirst_comes_before_and_trylast_after_all_others(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    register("last", trylast=True)
    register("one")
    register("first", tryfirst=True)
    register("two")
    manager.tell("loadhost_test_start")
    assert heard == ["first", "one", "two", "last"]


def test_several_tryfirst_keep_the_order_of_registration(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    for label in "abc":
        register(label, tryfirst=True)
    manager.tell("loadhost_test_start")
    assert heard == ["a", "b", "c"]


def test_quitting_is_heard_in_reverse(manager: PluginManager, register: Register, heard: list[str]) -> None:
    register("late", "loadhost_quitting", trylast=True)
    for label in "ab":
        register(label, "loadhost_quitting")
    manager.tell("loadhost_quitting")
    assert heard == ["late", "b", "a"]


def test_implementations_are_listed_in_calling_order_reversed_ones_too(
    manager: PluginManager, register: Register, heard: list[str]
) -> None:
    for label in "ab":
        register(label, "loadhost_quitting")
    names = [implementation.plugin.name for implementation in manager.implementations("loadhost_quitting")]
    assert names == ["b", "a"]


def test_plugins_are_asked_in_the_same_order(manager: PluginManager, register: Register, heard: list[str]) -> None:
    register("a", "loadhost_status")
    register("b", "loadhost_status", tryfirst=True)
    manager.ask("loadhost_status")
    assert heard == ["b", "a"]


def test_who_comes_back_is_last(manager: PluginManager, register: Register, heard: list[str]) -> None:
    first = register("first")
    register("second")
    manager.unregister(first)
    manager.register(first, "first")
    manager.tell("loadhost_test_start")
    assert heard == ["second", "first"]
