"""The plugin: options and loadfiles in, a judgement at each window, a verdict out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from time import time
from types import ModuleType
from typing import Any

import gevent
from loadhost import Outcome, RunResult, StatsWindow, Status, UsageError, User, Verdict, hookimpl
from loadhost_hookspecs import Config, Environment, Options

from loadhost_failratio._judge import Judge, Trip
from loadhost_failratio._options import (
    add_options,
    as_threshold,
    as_thresholds,
    judges_of,
    stop_after,
    warn_of_idle_options,
)
from loadhost_failratio._reactions import CONTINUE, Reactions, check_classes
from loadhost_failratio._threshold import Threshold

logger = logging.getLogger("loadhost_failratio")

_SHOWN = 3


class FailRatio:
    """Judges a run by rules: --threshold, --fail-ratio, --stop-after-failures, and `thresholds` of the loadfile.

    It judges at `loadhost_stats_window`, which is told where the whole run is seen: in the local process, or on the
    master over the merged figures of all workers. Without rules it does nothing. `thresholds`: for use as a library.
    """

    def __init__(self, thresholds: Iterable[str | Threshold] = ()) -> None:
        self._added = [Judge(rule, "code") for rule in as_thresholds(thresholds, "thresholds")]
        self._judges: list[Judge] = []
        self._reactions = Reactions()
        self._stopped_s: float | None = None

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """The rules, and what users do when a request fails."""
        add_options(options)

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse settings that can't work."""
        self._judges = _distinct([*judges_of(config.options), *self._added])
        _be_the_judge_of_failures(config, self._judges)
        warn_of_idle_options(config)

    @hookimpl
    def loadhost_init(self, environment: Environment) -> None:
        """Take in the rules of the loadfiles."""
        check_classes(environment.user_classes)
        for name, module in _loadfiles(environment):
            for rule in as_thresholds(getattr(module, "thresholds", None), f"{name}: thresholds"):
                self._add(environment, Judge(rule, name))

    def add(self, environment: Environment, rule: str | Threshold) -> None:
        """Add a rule for this and all further runs; `add_threshold` is the way for loadfiles and plugins."""
        self._add(environment, Judge(as_threshold(rule, "threshold"), "code"))

    def _add(self, environment: Environment, judge: Judge) -> None:
        self._added = _distinct([*self._added, judge])
        self._judges = _distinct([*self._judges, judge])
        _be_the_judge_of_failures(environment.config, [judge])

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """Each run is judged by itself, by the settings of its own start (a page may have changed them)."""
        options = environment.config.options
        for judge in self._added:
            judge.rearm()
        self._judges = _distinct([*judges_of(options), *self._added])
        self._stopped_s = None
        # Elsewhere a node sees its own failures only; the master judges the sum, once a second.
        limit = stop_after(options) if environment.node == "local" else None
        self._reactions = Reactions(getattr(options, "on_failure", CONTINUE), limit)

    @hookimpl
    def loadhost_user_start(self, user: User) -> None:
        """What this user does when a request fails is known from here on."""
        self._reactions.begin(user)

    @hookimpl
    def loadhost_user_stop(self) -> None:
        """Forget it."""
        self._reactions.end()

    @hookimpl
    def loadhost_request_failure(self) -> None:
        """Direct the user, after every plugin has heard of the request."""
        self._reactions.failed()

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """What was counted before the reset is no longer judged; a trip stays a trip."""
        self._reactions.forget()
        for judge in self._judges:
            judge.forget()

    @hookimpl
    def loadhost_stats_window(self, environment: Environment, window: StatsWindow) -> None:
        """Judge; the last, partial window too, when there is nothing left to stop."""
        for judge in self._judges:
            trip = judge.see(window, stopped_s=self._stopped_s)
            if trip is not None:
                self._act(environment, judge.rule, trip, over=window.final)
            gevent.sleep(0)  # adding up histograms takes a while: users have their turn between one rule and the next

    def _act(self, environment: Environment, rule: Threshold, trip: Trip, *, over: bool) -> None:
        environment.marks.add("guard", trip.text, source="failratio", time_s=trip.time_s)
        if over:
            return  # the verdict says it in a moment
        if rule.action == "stop":
            logger.error("%s: stopping the run", trip.text)
            environment.runner.stop(trip.text)
        else:
            logger.warning("%s", trip.text)

    @hookimpl
    def loadhost_test_stopping(self) -> None:
        """From here on users are stopped: rates that fall say nothing."""
        self._stopped_s = time()

    @hookimpl
    def loadhost_verdict(self, result: RunResult) -> Verdict | None:
        """The worst of all rules; one that could not be judged counts as failed. A row for each is the evidence."""
        if not self._judges:
            return None
        for judge in self._judges:
            judge.finish()
        outcome = max((judge.outcome for judge in self._judges), key=lambda outcome: outcome.severity)
        rows = [judge.row(result) for judge in self._judges]
        return Verdict(outcome, _reason(outcome, rows), {"thresholds": rows})

    @hookimpl
    def loadhost_status(self) -> Status | None:
        """The figures now, and what is allowed; rules that are broken come first."""
        if not self._judges:
            return None
        judges = sorted(self._judges, key=lambda judge: judge.trip is None)
        more = [f"and {len(judges) - _SHOWN} more"] if len(judges) > _SHOWN else []
        figures: dict[str, float] = {}
        for judge in judges:
            if judge.latest is not None:
                figures.setdefault(judge.rule.subject, judge.latest.value)
        return Status("; ".join([judge.status() for judge in judges[:_SHOWN]] + more), figures)


def add_threshold(environment: Environment, rule: str | Threshold) -> None:
    """Add a rule to the runs of this environment, from a hook of a loadfile or of a plugin.

    During a run it judges what comes from then on. Raises UsageError for a text that is not a rule, and if the guard
    is not registered.
    """
    manager = environment.plugin_manager
    for info in manager.plugins():
        plugin = manager.get_plugin(info.name)
        if isinstance(plugin, FailRatio):
            plugin.add(environment, rule)
            return
    raise UsageError("add_threshold: there is no guard; register loadhost_failratio.FailRatio, or drop -p no:failratio")


def _loadfiles(environment: Environment) -> list[tuple[str, ModuleType]]:
    """The loadfiles, and plugins given as a file: (name, module)."""
    manager = environment.plugin_manager
    modules = [(info, manager.get_plugin(info.name)) for info in manager.plugins()]
    return [
        (os.path.basename(module.__file__ or info.name), module)
        for info, module in modules
        if info.origin == "loadfile" and isinstance(module, ModuleType)
    ]


def _distinct(judges: Iterable[Judge]) -> list[Judge]:
    """One judge for each rule, the first: two loadfiles may import the same list, an option may repeat a rule of it."""
    kept: dict[Threshold, Judge] = {}
    for judge in judges:
        kept.setdefault(judge.rule, judge)
    return list(kept.values())


def _be_the_judge_of_failures(config: Config, judges: Iterable[Judge]) -> None:
    if any(judge.rule.judges_failures for judge in judges):
        # Else a single failed request would give exit code 1, however generous the rule.
        config.set_default("exit_code_on_error", 0)


def _reason(outcome: Outcome, rows: list[dict[str, Any]]) -> str:
    """The reasons of the worst rules in one line."""
    reasons = [row["reason"] for row in rows if row["outcome"] == outcome.value]
    if len(rows) == 1:
        return str(reasons[0])
    if outcome is Outcome.PASSED:
        return f"all {len(rows)} thresholds are kept"
    what = {Outcome.FAILED: "broken", Outcome.DOUBTFUL: "not kept, which is a warning"}.get(outcome, "not judged")
    count = "1 threshold" if len(reasons) == 1 else f"{len(reasons)} thresholds"
    return f"{count} of {len(rows)} {what}: {'; '.join(reasons)}"
