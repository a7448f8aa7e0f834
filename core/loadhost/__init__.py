"""loadhost: load testing as a plugin host. What users and plugin authors need, imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadhost_hookspecs import (
        OptionSpec,
        Outcome,
        RequestSample,
        RunResult,
        StatsWindow,
        Status,
        Verdict,
        hookimpl,
    )

    from loadhost._events import events
    from loadhost._http.user import FastHttpUser
    from loadhost._patch import patch
    from loadhost._plugins.manager import PluginManager
    from loadhost._users.http_user import HttpUser
    from loadhost._users.markov import MarkovTaskSet, transition, transitions
    from loadhost._users.shape import LoadTestShape
    from loadhost._users.single import run_single_user
    from loadhost._users.tag import tag
    from loadhost._users.task import task
    from loadhost._users.taskset import SequentialTaskSet, TaskSet
    from loadhost._users.user import User
    from loadhost._users.wait_time import between, constant, constant_pacing, constant_throughput, poisson
    from loadhost.env import Environment
    from loadhost.exception import (
        InterruptTaskSet,
        PluginError,
        RescheduleTask,
        RescheduleTaskImmediately,
        StopTest,
        StopUser,
        UsageError,
    )

__version__ = "0.1.0"

# Name -> module. PEP 562 keeps `import loadhost` free of requests and flask, which must not be imported before
# gevent has patched, and makes the command start in a third of the time.
_HOMES = {
    "Environment": "loadhost.env",
    "FastHttpUser": "loadhost._http.user",
    "HttpUser": "loadhost._users.http_user",
    "InterruptTaskSet": "loadhost.exception",
    "LoadTestShape": "loadhost._users.shape",
    "MarkovTaskSet": "loadhost._users.markov",
    "OptionSpec": "loadhost_hookspecs",
    "Outcome": "loadhost_hookspecs",
    "PluginError": "loadhost.exception",
    "PluginManager": "loadhost._plugins.manager",
    "RequestSample": "loadhost_hookspecs",
    "RescheduleTask": "loadhost.exception",
    "RescheduleTaskImmediately": "loadhost.exception",
    "RunResult": "loadhost_hookspecs",
    "SequentialTaskSet": "loadhost._users.taskset",
    "StatsWindow": "loadhost_hookspecs",
    "Status": "loadhost_hookspecs",
    "StopTest": "loadhost.exception",
    "StopUser": "loadhost.exception",
    "TaskSet": "loadhost._users.taskset",
    "UsageError": "loadhost.exception",
    "User": "loadhost._users.user",
    "Verdict": "loadhost_hookspecs",
    "between": "loadhost._users.wait_time",
    "constant": "loadhost._users.wait_time",
    "constant_pacing": "loadhost._users.wait_time",
    "constant_throughput": "loadhost._users.wait_time",
    "events": "loadhost._events",
    "hookimpl": "loadhost_hookspecs",
    "patch": "loadhost._patch",
    "poisson": "loadhost._users.wait_time",
    "run_single_user": "loadhost._users.single",
    "tag": "loadhost._users.tag",
    "task": "loadhost._users.task",
    "transition": "loadhost._users.markov",
    "transitions": "loadhost._users.markov",
}

__all__ = [
    "Environment",
    "FastHttpUser",
    "HttpUser",
    "InterruptTaskSet",
    "LoadTestShape",
    "MarkovTaskSet",
    "OptionSpec",
    "Outcome",
    "PluginError",
    "PluginManager",
    "RequestSample",
    "RescheduleTask",
    "RescheduleTaskImmediately",
    "RunResult",
    "SequentialTaskSet",
    "StatsWindow",
    "Status",
    "StopTest",
    "StopUser",
    "TaskSet",
    "UsageError",
    "User",
    "Verdict",
    "between",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "hookimpl",
    "patch",
    "poisson",
    "run_single_user",
    "tag",
    "task",
    "transition",
    "transitions",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'loadhost' has no attribute {name!r}") from None
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
