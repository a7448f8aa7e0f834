"""The RunResult of a run that has just ended, its verdict still open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loadhost_hookspecs import Environment, Instrument, RunResult

from loadhost._running.deadline import with_deadline
from loadhost._running.window_clock import ask_statuses

if TYPE_CHECKING:
    from loadhost._running.facts import RunFacts


def build_result(environment: Environment, facts: RunFacts) -> RunResult:
    """What was counted, as it stands now: after the last window is cut. What comes later is in no window and no sum."""
    stats, config = environment.stats, environment.config
    capped = {**stats.capped, **environment.metrics.capped, "samples": environment.requests.samples_dropped}
    capped["marks"] = environment.marks.dropped
    return RunResult(
        run_id=environment.run_id,
        node=environment.node,
        started_s=facts.started_s,
        ended_s=facts.ended_s,
        stop_reason=facts.stop_reason,
        interrupted_by=facts.interrupted_by,
        user_count=facts.most_users,
        reset_s=facts.reset_s,
        totals=stats.totals_figures(),
        entries=stats.entry_figures(),
        failures=stats.error_counts(),
        exceptions=stats.exception_counts(),
        windows=tuple(stats.timeline),
        metrics=(),
        plugins=(),
        statuses=(),
        options=config.shown(),
        command=getattr(config, "command", ""),
        instrument=Instrument(
            lag=stats.lag.freeze(),
            capped={what: count for what, count in capped.items() if count},
            schedule_lag=stats.schedule_lag.freeze(),
            dropped_arrivals=stats.dropped_arrivals,
            stepwise=stats.stepwise,
        ),
    )


def with_plugins(environment: Environment, result: RunResult) -> RunResult:
    """The result with what plugins have to say, and what they did until now: after they heard loadhost_test_stop."""

    def ask() -> None:
        environment.statuses = ask_statuses(environment)

    with_deadline(ask)
    return replace(
        result,
        metrics=environment.metrics.totals(),
        plugins=environment.plugin_manager.plugin_health,
        statuses=tuple(environment.statuses),
        marks=tuple(environment.marks),
    )
