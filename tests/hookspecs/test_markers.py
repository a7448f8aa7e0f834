"""The markers: which kind a hook is of rides on its function, and pluggy still knows it as a spec."""

from __future__ import annotations

import dataclasses
import importlib
from types import SimpleNamespace

import pluggy
import pytest
from loadhost_hookspecs import PROJECT, SPEC_MODULES, HookKind, ask, hookimpl, kind_of, tell


def test_a_bare_ask_collects_every_answer():
    @ask
    def loadhost_thing(): ...

    assert kind_of(loadhost_thing) == HookKind("ask")


def test_ask_can_end_with_the_first_answer_and_be_historic():
    @ask(first_answer=True, historic=True)
    def loadhost_thing(): ...

    assert kind_of(loadhost_thing) == HookKind("ask", first_answer=True, historic=True)


def test_a_bare_tell_is_told_outside_of_users_in_order_of_registration():
    @tell
    def loadhost_thing(): ...

    assert kind_of(loadhost_thing) == HookKind("tell", in_user=False, last_first=False)


def test_tell_can_be_in_a_users_greenlet_and_last_first():
    @tell(in_user=True, last_first=True)
    def loadhost_thing(): ...

    assert kind_of(loadhost_thing) == HookKind("tell", in_user=True, last_first=True)


def test_a_function_of_pluggys_own_marker_has_no_kind():
    @pluggy.HookspecMarker(PROJECT)
    def loadhost_thing(): ...

    assert kind_of(loadhost_thing) is None


def test_a_marked_function_is_still_itself():
    """Marking wraps nothing: signature, docstring and identity stay."""

    def loadhost_thing(environment): ...

    assert tell(loadhost_thing) is loadhost_thing


def test_pluggy_accepts_every_spec_and_an_implementation_by_another_name():
    """What hookimpl marks is what pluggy's own manager takes."""
    manager = pluggy.PluginManager(PROJECT)
    for module in SPEC_MODULES:
        manager.add_hookspecs(importlib.import_module(module))

    @hookimpl(specname="loadhost_test_start")
    def begin(environment): ...

    manager.register(SimpleNamespace(begin=begin))
    manager.check_pending()
    assert [implementation.function for implementation in manager.hook.loadhost_test_start.get_hookimpls()] == [begin]


def test_a_kind_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        HookKind("ask").kind = "tell"
