"""What is kept of a run, and how its histograms are written: exact, as the deltas of their buckets, compressed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it has no types
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures, HistogramView

Key = tuple[str, str]
RUNNING, KILLED = "running", "killed"
_LEVEL = 1
"""Of compression: a second of fifty names takes a millisecond, outside of Python's lock."""


@dataclass(frozen=True)
class Run:
    """One run. `state`: how it ended (the value of its Outcome), or "running", or "killed": its process ended without
    a word. `ended_s` is then the end of its last window. `loadfiles`: names. `options`: {name: [value, source]}."""

    number: int
    id: str
    started_s: float
    ended_s: float
    counted_s: float
    state: str
    exit_code: int | None
    verdict: str
    parts: tuple[Mapping[str, Any], ...]
    stop_reason: str | None
    users: int
    version: str
    command: str
    loadfiles: tuple[str, ...]
    options: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    entries: Mapping[Key, EntryFigures] = field(default_factory=dict)
    total: EntryFigures | None = None

    @property
    def duration_s(self) -> float:
        """From its start to its end, or to its last second."""
        return max(self.ended_s - self.started_s, 0.0)

    @property
    def is_sound(self) -> bool:
        """Whether it can be a baseline: it came to its end, and was not found wanting."""
        return self.state in ("passed", "doubtful", "requests failed", "not judged")

    def option(self, name: str) -> Any:
        """The value that it had, None if unknown."""
        return (self.options.get(name) or (None,))[0]


@dataclass(frozen=True)
class Window:
    """One window, or several that were merged. `plain`: {(name, method): what `plain_entry` gave}."""

    start_s: float
    duration_s: float
    seconds: int
    users: int
    plain: Mapping[Key, list[Any]]

    @property
    def entries(self) -> dict[Key, EntryFigures]:
        """{(name, method): figures}."""
        return {key: entry_from(*key, plain) for key, plain in self.plain.items()}


def plain_entry(entry: EntryFigures, *, both: bool) -> list[Any]:
    """Figures as plain data; `both`: with the service times, if they are others than the response times."""
    service = None
    if both and entry.service_times is not entry.response_times and entry.service_times != entry.response_times:
        service = _plain(entry.service_times)
    times = _plain(entry.response_times)
    return [entry.requests, entry.failures, entry.bytes, entry.interrupted, entry.retried, times, service]


def entry_from(name: str, method: str, plain: list[Any]) -> EntryFigures:
    """The figures that `plain_entry` gave."""
    requests, failures, size, interrupted, retried, times, service = plain
    response_times = _histogram(times)
    return EntryFigures(
        name=name,
        method=method,
        requests=requests,
        failures=failures,
        response_times=response_times,
        service_times=response_times if service is None else _histogram(service),
        bytes=size,
        interrupted=interrupted,
        retried=retried,
    )


def times_of(plain: list[Any]) -> tuple[int, dict[int, int]]:
    """The sum of the response times in microseconds, and {bucket: requests}, without making a histogram."""
    sum_us, _, _, deltas, counts = plain[5]
    return sum_us, dict(zip(accumulate(deltas), counts, strict=True))


def packed(data: object) -> bytes:
    """Plain data as bytes."""
    return zlib.compress(msgpack.packb(data), _LEVEL)


def unpacked(data: bytes) -> Any:
    """The data that `packed` was given."""
    return msgpack.unpackb(zlib.decompress(data), strict_map_key=False)


def _plain(times: HistogramView) -> list[Any]:
    plain = times.to_plain()  # type: ignore[attr-defined]  # every histogram of loadhost.stats has it
    buckets = plain["buckets"]
    deltas = [after - before for before, after in zip([0, *buckets], buckets, strict=False)]
    return [plain["sum_us"], plain["min_us"], plain["max_us"], deltas, plain["counts"]]


def _histogram(plain: list[Any]) -> HistogramView:
    sum_us, min_us, max_us, deltas, counts = plain
    return Histogram.from_plain(
        {"sum_us": sum_us, "min_us": min_us, "max_us": max_us, "buckets": list(accumulate(deltas)), "counts": counts}
    ).freeze()
