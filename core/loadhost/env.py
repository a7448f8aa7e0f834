"""Environment: what belongs together in one run. The start of every use as a library."""

from __future__ import annotations

import secrets
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from time import gmtime, strftime
from typing import Any

import gevent
from gevent.threadpool import ThreadPool
from loadhost_hookspecs import PluginHealth, PluginStatus

from loadhost._config import Config, default_config
from loadhost._events import Events
from loadhost._plugins.current import current_manager
from loadhost._plugins.manager import PluginManager
from loadhost._requests import Requests
from loadhost._running.deadline import tell_with_deadline
from loadhost._running.iterations import IterationBudget
from loadhost._running.marks import Marks
from loadhost._running.refusal import classes_with_tasks
from loadhost._users.tag import TagFilter
from loadhost._users.user import check
from loadhost.exception import UsageError
from loadhost.runners import LocalRunner
from loadhost.stats import Caps, Metrics, Stats


class Environment:
    """Users, settings, statistics and plugins of the runs of one process.

    As a library: `environment = Environment(user_classes=[MyUser])`, `runner = environment.create_local_runner()`,
    `runner.start(10, spawn_rate=5)`, then `runner.stop()` or `runner.quit()`; no command line is involved.

    `plugin_manager`: the current one if left out (that of `loadhost.events`). `config`: settings from a command line;
    if left out, every plugin's options have their defaults. `stop_timeout`: seconds users get to finish their task.
    `tags`, `exclude_tags`: run only tasks that have one of those, none that has one of those. `iterations`: end after
    so many task runs in all. `reset_stats`: forget all numbers once the users are spawned. `available_user_classes`:
    {name: class} to choose from, these if left out. `catch_exceptions` False: an exception ends its user.
    """

    def __init__(
        self,
        *,
        user_classes: Iterable[type] = (),
        host: str | None = None,
        shape_class: Any = None,
        plugin_manager: PluginManager | None = None,
        events: Any = None,
        config: Config | None = None,
        stop_timeout: float | None = None,
        caps: Caps | None = None,
        tags: Iterable[str] | None = None,
        exclude_tags: Iterable[str] | None = None,
        iterations: int | None = None,
        reset_stats: bool = False,
        available_user_classes: Mapping[str, type] | None = None,
        catch_exceptions: bool = True,
    ) -> None:
        manager: PluginManager = plugin_manager or getattr(events, "plugin_manager", None) or current_manager()
        self.plugin_manager = manager
        self.user_classes: list[type] = list(user_classes)
        self.host = host
        self.shape_class = shape_class
        self.stop_timeout = stop_timeout
        self.tags = tags
        self.exclude_tags = exclude_tags
        self.iterations = iterations
        self.iteration_budget: IterationBudget | None = None
        self._tag_filter = TagFilter(None, None)
        self.reset_stats_after_spawning = reset_stats
        self.available_user_classes = dict(available_user_classes or {cls.__name__: cls for cls in self.user_classes})
        self.catch_exceptions = catch_exceptions
        self.node = "local"
        self.run_id = ""
        self.worker_index = 0
        self.hub = gevent.get_hub()
        self.stats = Stats(caps) if caps else Stats()
        self.metrics = Metrics(caps) if caps else Metrics()
        self.marks = Marks()
        self.requests = Requests(self)
        self.runner: Any = None
        self.web_ui: Any = None
        self.statuses: Sequence[PluginStatus] = ()
        self.process_exit_code: int | None = None
        manager.serve(self)
        self._config = config

    @property
    def config(self) -> Config:
        """The settings of this process."""
        if self._config is None:
            self._config = default_config(self.plugin_manager)
        return self._config

    @property
    def user_classes_by_name(self) -> dict[str, type]:
        """{name: class} of the classes that run."""
        return {user_class.__name__: user_class for user_class in self.user_classes}

    @property
    def parsed_options(self) -> Namespace:
        """`config.options`, under Locust's name."""
        return self.config.options

    @property
    def events(self) -> Events:
        """The hooks as Locust's events: `environment.events.request.add_listener(f)`."""
        return self.plugin_manager.events

    @property
    def plugin_health(self) -> Sequence[PluginHealth]:
        """How every plugin fares in this run: calls, failures, cost, what is switched off."""
        return self.plugin_manager.plugin_health

    @cached_property
    def background(self) -> ThreadPool:
        """One native thread for C libraries that block (sqlite3): `environment.background.apply(function)`."""
        return ThreadPool(1)

    def create_local_runner(self) -> LocalRunner:
        """Make the runner, and ask every plugin to configure and initialise itself. Once per environment.

        Raises UsageError for bad settings, PluginError for a plugin that fails.
        """
        if self.runner is not None:
            raise UsageError("this environment has a runner; make another Environment for another one")
        for user_class in self.user_classes:
            check(user_class, self.host)
        classes_with_tasks(self.user_classes, self.tag_filter)
        manager = self.plugin_manager
        manager.configure(self.config)
        self.runner = runner = LocalRunner(self)
        try:
            answers = manager.ask("loadhost_create_web_ui", environment=self, runner=runner)
            self.web_ui = answers[0].value if answers else None
            manager.initialise(self, runner, self.web_ui)
        except BaseException:
            # Those that had begun already get the chance to close what they opened.
            tell_with_deadline(manager, "loadhost_quitting")
            raise
        return runner

    def reset_stats(self) -> None:
        """Forget all numbers so far, and tell the plugins: during a run after the window that ends here."""
        if self.runner is not None:
            self.runner.reset_stats()
            return
        self.forget_numbers()
        self.plugin_manager.tell("loadhost_reset_stats")

    def forget_numbers(self) -> None:
        """Statistics and metrics begin anew. Called by `reset_stats`."""
        self.stats.reset()
        self.metrics.reset()

    @property
    def tag_filter(self) -> TagFilter:
        """Which tasks run, by `tags` and `exclude_tags`, or the options of those names where they are None."""
        options = self.parsed_options
        include = getattr(options, "tags", None) if self.tags is None else self.tags
        exclude = getattr(options, "exclude_tags", None) if self.exclude_tags is None else self.exclude_tags
        filter_now = TagFilter(include, exclude)
        if (filter_now.include, filter_now.exclude) != (self._tag_filter.include, self._tag_filter.exclude):
            self._tag_filter = filter_now
        return self._tag_filter

    def begin_run(self, budget: IterationBudget | None = None) -> None:
        """A run begins: numbers and plugin health start anew. Called by the runner. `budget`: of iterations."""
        self.iteration_budget = budget
        self.run_id = f"{strftime('%Y%m%dT%H%M%SZ', gmtime())}-{secrets.token_hex(3)}"
        self.stats.reset()
        self.metrics.reset()
        self.marks.clear()
        self.statuses = ()
        self.plugin_manager.forget_health()

    def close(self) -> None:
        """The process is about to end. Called by the runner."""
        if "background" in self.__dict__:
            self.background.kill()
