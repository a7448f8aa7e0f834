"""What telling an event costs with 0, 1, 3 and 10 plugins, beside pluggy's own call. Measures; asserts nothing.

pytest benchmarks/test_dispatch.py
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
from loadhost import Environment, PluginManager, hookimpl
from loadhost_hookspecs import PROJECT, SPEC_MODULES

ARGUMENTS = {
    "environment": None,
    "request_type": "GET",
    "name": "/",
    "response_time": 1.0,
    "service_time": 1.0,
    "response_length": 100,
    "response": None,
    "context": {},
    "exception": None,
    "start_time": 0.0,
    "url": None,
}

plugins = pytest.mark.parametrize("count", [0, 1, 3, 10])


def plugin() -> Any:
    """One that names three arguments and does nothing."""

    @hookimpl
    def loadhost_request(name: str, response_time: float, exception: BaseException | None) -> None: ...

    return SimpleNamespace(loadhost_request=loadhost_request)


def manager_of(count: int) -> PluginManager:
    """A manager with so many of them."""
    manager = PluginManager()
    for number in range(count):
        manager.register(plugin(), str(number))
    return manager


@plugins
@pytest.mark.benchmark(group="loadhost_request")
def test_notify_by_place(benchmark: Callable[..., Any], count: int) -> None:
    """As the door does it: nobody listening costs a look."""
    notify, arguments = manager_of(count).notify, tuple(ARGUMENTS.values())

    def event() -> None:
        tell = notify.loadhost_request
        if tell:
            tell(*arguments)

    benchmark(event)


@plugins
@pytest.mark.benchmark(group="loadhost_request")
def test_notify_by_keyword(benchmark: Callable[..., Any], count: int) -> None:
    """As everybody else does it."""
    notify = manager_of(count).notify

    def event() -> None:
        tell = notify.loadhost_request
        if tell:
            tell(**ARGUMENTS)

    benchmark(event)


@plugins
@pytest.mark.benchmark(group="loadhost_request")
def test_pluggys_own_call(benchmark: Callable[..., Any], count: int) -> None:
    """Not isolating: what loadhost does not use."""
    host = pluggy.PluginManager(PROJECT)
    for module in SPEC_MODULES:
        host.add_hookspecs(importlib.import_module(module))
    for number in range(count):
        host.register(plugin(), str(number))
    hook = host.hook

    def event() -> None:
        hook.loadhost_request(**ARGUMENTS)

    benchmark(event)


@plugins
@pytest.mark.benchmark(group="the door")
def test_the_door(benchmark: Callable[..., Any], count: int) -> None:
    """Counting a request and telling it."""
    environment = Environment(plugin_manager=manager_of(count))
    benchmark(environment.requests.record, "GET", "/", 12.5, 100)
