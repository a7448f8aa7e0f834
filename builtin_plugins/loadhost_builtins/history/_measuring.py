"""From the history to what is compared: a run's windows, all equally long, name by name and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loadhost_builtins.history._comparing import TOTAL, Measured
from loadhost_builtins.history._packing import Part
from loadhost_builtins.history._reader import Reader
from loadhost_builtins.history._records import Key, Run, Window, times_of

_LOAD = ("host", "users", "spawn_rate", "rate", "stages", "run_time", "user_classes", "tags", "exclude_tags")
"""Options that decide what a run is: two that differ in one of them are not two of the same."""


@dataclass
class _Sum:
    """One name during some windows, as it is added up."""

    requests: int = 0
    failures: int = 0
    sum_us: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    def add(self, requests: int, failures: int, sum_us: int, counts: Mapping[int, int]) -> None:
        self.requests += requests
        self.failures += failures
        self.sum_us += sum_us
        if not self.counts:
            self.counts = dict(counts)
            return
        own = self.counts
        for bucket, number in counts.items():
            own[bucket] = own.get(bucket, 0) + number


def measured(reader: Reader, run: Run) -> Measured:
    """A run of the history, ready to be compared."""
    windows = list(reader.windows(run))
    longest = max((window.seconds for window in windows), default=1)
    groups = list(_groups(windows, longest))
    keys = {key for window in windows for key in window.plain}
    rows: dict[Key, list[Part]] = {key: [] for key in (TOTAL, *sorted(keys))}
    for group in groups:
        seconds = sum(window.duration_s for window in group)
        sums = _sums(group)
        for key, parts in rows.items():
            sum_ = sums.get(key) or _Sum()
            parts.append(Part(sum_.requests, sum_.failures, seconds, sum_.sum_us, sum_.counts))
    return Measured(run.id, rows)


def unlike(before: Iterable[Run], after: Run) -> list[str]:
    """What makes runs of another load: a line for each option that differs, and for each run that is not sound."""
    notes = []
    for run in before:
        if run.loadfiles != after.loadfiles:
            notes.append(
                f"loadfiles differ: {', '.join(run.loadfiles)} in {run.id}, {', '.join(after.loadfiles)} after"
            )
        for name in _LOAD:
            one, other = run.option(name), after.option(name)
            if name in run.options and name in after.options and one != other:
                notes.append(f"--{name.replace('_', '-')} differs: {one} in {run.id}, {other} in {after.id}")
    for run in (*before, after):
        if run.state not in ("running", "failed") and not run.is_sound:
            notes.append(f"{run.id}: {run.state}")
    return notes


def _groups(windows: Iterable[Window], longest: int) -> Iterable[list[Window]]:
    """Neighbours that together are as long as the longest; a remainder of less goes with the group before it."""
    group: list[Window] = []
    groups: list[list[Window]] = []
    for window in windows:
        group.append(window)
        if sum(each.seconds for each in group) >= longest:
            groups.append(group)
            group = []
    if group and groups:
        groups[-1] += group
    elif group:
        groups.append(group)
    return groups


def _sums(group: Iterable[Window]) -> Mapping[Key, _Sum]:
    sums: dict[Key, _Sum] = {TOTAL: _Sum()}
    for window in group:
        for key, plain in window.plain.items():
            sum_us, counts = times_of(plain)
            sums.setdefault(key, _Sum()).add(plain[0], plain[1], sum_us, counts)
            sums[TOTAL].add(plain[0], plain[1], sum_us, counts)
    return sums
