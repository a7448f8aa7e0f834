"""Histories for tests: files with runs in them, written as the plugin writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import time
from typing import Any

import pytest
from loadhost.stats import Stats
from loadhost_builtins.history._process import ProcessId
from loadhost_builtins.history._records import plain_entry
from loadhost_builtins.history._writer import Beginning, Ending, NewWindow, Writer
from loadhost_hookspecs import StatsWindow

Second = Iterable[tuple[str, str, float, str | None]]

GONE = ProcessId(ProcessId.own().host, 2**22 + 1, 1.0, ProcessId.own().boot_s)
"""A process that does not live."""


def row_of(window: StatsWindow) -> NewWindow:
    """A window as the recorder hands it on."""
    rows = [(key, plain_entry(entry, both=False)) for key, entry in window.entries.items()]
    total = window.total
    return NewWindow(window.start, window.duration, window.user_count, total.requests, total.failures, rows)


def keep(
    path: Path,
    run_id: str,
    seconds: Iterable[Second] = (),
    *,
    outcome: str | None = "passed",
    tags: Iterable[str] = (),
    process: ProcessId = GONE,
    options: Mapping[str, Any] | None = None,
    started_s: float | None = None,
    **writer_options: Any,
) -> Stats:
    """Write a run with these requests (method, name, ms, error), second by second; `outcome` None: it has no end."""
    stats, start = Stats(), time() if started_s is None else started_s
    writer = Writer(path, **writer_options)
    beginning = Beginning(run_id, start, "0.1", "loadhost run", options or {}, tuple(tags), process, ("loadfile.py",))
    writer.begin(beginning)
    for number, requests in enumerate(seconds):
        for method, name, ms, error in requests:
            stats.record(name, method, ms, ms, 100, error)
        writer.write([row_of(stats.close_window(start + number, 1.0, user_count=5))])
    if outcome is not None:
        entries = [((entry.name, entry.method), plain_entry(entry, both=True)) for entry in stats.entry_figures()]
        writer.end(Ending({"outcome": outcome, "exit_code": 0, "ended_s": start + 10.0}, entries))
    writer.close()
    return stats


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a history can be made."""
    return tmp_path / "history.db"


@pytest.fixture
def kept(file: Path) -> Callable[..., Stats]:
    """`kept(run_id, seconds, ...)` writes a run to `file`; see `keep`."""

    def kept(run_id: str, seconds: Iterable[Second] = (), **options: Any) -> Stats:
        return keep(file, run_id, seconds, **options)

    return kept


@pytest.fixture
def steady() -> Callable[..., list[list[tuple[str, str, float, str | None]]]]:
    """`steady(ms, seconds=12)`: so many seconds of 30 requests each for /a and /b, times around `ms`."""

    def steady(ms: float, seconds: int = 12, fail: int = 0) -> list[list[tuple[str, str, float, str | None]]]:
        def second(number: int) -> list[tuple[str, str, float, str | None]]:
            return [
                ("GET", name, ms * (0.8 + 0.4 * ((place * 7 + number) % 30) / 30), "boom" if place < fail else None)
                for name in ("/a", "/b")
                for place in range(30)
            ]

        return [second(number) for number in range(seconds)]

    return steady
