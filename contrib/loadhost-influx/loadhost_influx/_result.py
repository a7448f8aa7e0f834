"""Points of an ended run: its figures as a whole, whose percentiles no sum of intervals gives, and its verdict."""

from __future__ import annotations

from collections.abc import Iterator

from loadhost import RunResult
from loadhost_hookspecs import EntryFigures

from loadhost_influx._events import EVENTS
from loadhost_influx._generator import GENERATOR
from loadhost_influx._interval import merged_entries
from loadhost_influx._line import Fields
from loadhost_influx._points import TOTAL, Run, TagPairs, nanoseconds, times_of

SUMMARY = "loadhost_summary"
MACHINE_PLUGIN = "machine"
"""Its verdict is how fit the generator was to measure, and by how much its own delay may have lengthened the p99."""


def result_lines(run: Run, result: RunResult) -> Iterator[str]:
    """All at the time of the run's end."""
    time_ns = nanoseconds(result.ended_s)
    yield from _summary(run, result.totals, (("name", TOTAL),), result.duration_s, time_ns)
    # Their names are without secrets already, and may be the same by that.
    for entry in merged_entries(result.entries, pause=lambda: None, redact=str).values():
        yield from _summary(run, entry, (("method", entry.method), ("name", entry.name)), result.duration_s, time_ns)
    yield from _verdicts(run, result, time_ns)


def _summary(run: Run, entry: EntryFigures, tags: TagPairs, duration_s: float, time_ns: int) -> Iterator[str]:
    fields: Fields = {
        "requests": entry.requests,
        "failures": entry.failures,
        "interrupted": entry.interrupted,
        "retried": entry.retried,
        "bytes": entry.bytes,
        "rps": entry.requests / duration_s if duration_s > 0 else None,
        **times_of(entry),
    }
    yield from run.point(SUMMARY, tags, fields, time_ns)


def _verdicts(run: Run, result: RunResult, time_ns: int) -> Iterator[str]:
    """What each plugin said is an event of its own: `machine` judges whether the generator was fit to measure."""
    text = f"{result.outcome.value}, exit code {result.exit_code}"
    fields: Fields = {
        "text": f"{text}: {result.verdict}" if result.verdict else text,
        "outcome": result.outcome.value,
        "exit_code": result.exit_code,
        "started_ms": round(result.started_s * 1000),
        "ended_ms": round(result.ended_s * 1000),
    }
    yield from run.point(EVENTS, (("kind", "verdict"), ("source", "loadhost")), fields, time_ns)
    for number, part in enumerate(result.parts, 1):
        says = {"text": f"{part.verdict.outcome.value}: {part.verdict.reason}", "outcome": part.verdict.outcome.value}
        yield from run.point(EVENTS, (("kind", "judgement"), ("source", part.plugin)), says, time_ns + number)
        fitness = {name: value for name in ("fitness", "error_ms") if (value := part.verdict.evidence.get(name))}
        if part.plugin == MACHINE_PLUGIN:
            yield from run.point(GENERATOR, (("worker", result.node),), fitness, time_ns)
