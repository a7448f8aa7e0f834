"""Environment with all of Locust's arguments and attributes, for programs that use Locust as a library."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import loadhost
from loadhost import PluginManager, UsageError

from loadhost_locust._weights import equal_weights

_TAKEN_FROM_OPTIONS = ("stop_timeout", "tags", "exclude_tags", "reset_stats")


class _AnyEnvironment(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, loadhost.Environment)


class Environment(loadhost.Environment, metaclass=_AnyEnvironment):
    """A loadhost.Environment. As in Locust, one that is not given `events` has listeners of its own.

    Whatever environment a locustfile is handed counts as an instance.
    """

    def __init__(
        self,
        *,
        user_classes: Iterable[type] | None = None,
        events: Any = None,
        parsed_options: Namespace | None = None,
        locustfile: str | None = None,
        parsed_locustfiles: list[str] | None = None,
        available_shape_classes: Mapping[str, Any] | None = None,
        available_user_tasks: Mapping[str, Any] | None = None,
        dispatcher_class: Any = None,
        profile: str | None = None,
        **settings: Any,
    ) -> None:
        if dispatcher_class is not None:
            raise UsageError("Environment(dispatcher_class=...): users are allocated in one way; leave it out")
        for name in _TAKEN_FROM_OPTIONS:
            value = getattr(parsed_options, name, None)
            if value is not None:
                settings.setdefault(name, value)
        if events is None:
            settings.setdefault("plugin_manager", PluginManager())
        super().__init__(user_classes=user_classes or (), events=events, **settings)
        self.locustfile = locustfile
        self.parsed_locustfiles = parsed_locustfiles
        self.available_shape_classes = available_shape_classes
        self.available_user_tasks = available_user_tasks
        self.profile = profile
        for name, value in vars(parsed_options).items() if parsed_options is not None else ():
            setattr(self.parsed_options, name, value)

    def assign_equal_weights(self) -> None:
        """Every class the same weight, and every task of a class."""
        equal_weights(self.user_classes)

    def create_web_ui(self, *arguments: Any, **settings: Any) -> NoReturn:
        """There is no page to be made by hand."""
        raise UsageError(
            "loadhost has no create_web_ui(): leave the page out, here and where it is started and stopped"
        )

    def create_master_runner(self, *arguments: Any, **settings: Any) -> NoReturn:
        """There is no master that waits for workers on the network."""
        raise UsageError("loadhost has no create_master_runner(): use create_local_runner()")

    def create_worker_runner(self, *arguments: Any, **settings: Any) -> NoReturn:
        """There is no worker that finds its master on the network."""
        raise UsageError("loadhost has no create_worker_runner(): use create_local_runner()")
