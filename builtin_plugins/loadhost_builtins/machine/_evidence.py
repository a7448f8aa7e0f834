"""From a run's result and the record of its seconds to the evidence that is judged."""

from __future__ import annotations

from collections.abc import Mapping

from loadhost import RunResult

from loadhost_builtins.machine._judgment import Evidence
from loadhost_builtins.machine._seconds import SEEN_S, SURE_S, Record


def evidence_of(result: RunResult, record: Record, figures: Mapping[str, float]) -> Evidence:
    """`figures`: as Watch has them."""
    instrument, requests = result.instrument, result.totals.requests
    assert instrument is not None  # asked before
    due = instrument.schedule_lag.count if instrument.schedule_lag is not None else 0
    return Evidence(
        seconds=record.seconds,
        requests=requests,
        median_ms=result.totals.response_times.percentile(0.5),
        p99_ms=result.totals.response_times.percentile(0.99),
        unclocked=_share(requests - instrument.lag.count + instrument.stepwise, requests),
        scheduled=_share(due, requests),
        hub_lag_ms=record.hub.lag_ms(0.99, SEEN_S, record.requests),
        own_hub_lag_ms=record.own_hub.lag_ms(0.99, SURE_S, record.requests),
        own_hub_median_ms=record.own_hub_median.lag_ms(0.5, SURE_S, record.requests),
        schedule_lag_ms=record.late.lag_ms(0.99, SEEN_S, record.due),
        own_schedule_lag_ms=record.own_late.lag_ms(0.99, SURE_S, record.due),
        own_schedule_median_ms=record.own_late.lag_ms(0.5, SURE_S, record.due),
        arrivals=due + instrument.dropped_arrivals,
        dropped=instrument.dropped_arrivals,
        dropped_while_pegged=record.dropped_while_pegged,
        cpu=record.share(record.cpu_s),
        pegged=record.share(record.pegged_s),
        stolen=record.share(record.waited_s),
        failed=result.totals.fail_ratio,
        open_files=_share(figures.get("open_files", 0), figures.get("open_files_limit", 0)),
        ports=_share(figures.get("ephemeral_ports", 0), figures.get("ephemeral_ports_available", 0)),
    )


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole > 0 else 0.0
