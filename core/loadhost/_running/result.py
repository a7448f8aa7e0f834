"""The RunResult of a run that has just ended, its verdict still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadhost_hookspecs import RunResult

from loadhost._running.window_clock import ask_statuses

if TYPE_CHECKING:
    from loadhost._running.facts import RunFacts
    from loadhost.env import Environment


def build_result(environment: Environment, facts: RunFacts) -> RunResult:
    """Everything that reports are made of, as it stands now."""
    stats, config = environment.stats, environment.config
    environment.statuses = ask_statuses(environment)
    return RunResult(
        run_id=environment.run_id,
        node=environment.node,
        started_s=facts.started_s,
        ended_s=facts.ended_s,
        stop_reason=facts.stop_reason,
        interrupted_by=facts.interrupted_by,
        user_count=facts.most_users,
        totals=stats.totals_figures(),
        entries=stats.entry_figures(),
        failures=stats.error_counts(),
        exceptions=stats.exception_counts(),
        windows=tuple(stats.timeline),
        metrics=environment.metrics.totals(),
        plugins=environment.plugin_manager.plugin_health,
        statuses=environment.statuses,
        options=config.shown(),
        command=getattr(config, "command", ""),
    )
