"""Recorder: the runs of this process on their way to the file. It packs in greenlets and writes in the background.

What goes wrong with the file is one line in the log, and then the run goes on without a history; a file that is locked
is tried again each second.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import gevent
import loadhost
from loadhost import Environment, RunResult, StatsWindow
from loadhost_hookspecs import EntryFigures

from loadhost_builtins.history._database import HistoryError, LockedError
from loadhost_builtins.history._process import ProcessId
from loadhost_builtins.history._records import Key, plain_entry
from loadhost_builtins.history._writer import Beginning, Ending, NewWindow, Writer

logger = logging.getLogger("loadhost.history")

MOST_WAITING = 900
"""Windows that wait for a locked file, or for a disk that hangs."""
_AT_ONCE = 10
"""So many names are packed in a millisecond or less; then the users run."""


class Recorder:
    """Keeps one run after the other. `problem`: why the present one is not kept, or None."""

    def __init__(self, path: Path, environment: Environment) -> None:
        self.path = path
        self.problem: HistoryError | None = None
        self._environment = environment
        self._writer: Writer | None = None
        self._jobs: deque[Callable[[Writer], None]] = deque()
        self._said: set[str] = set()
        self._pump: gevent.Greenlet | None = None

    def begin(self, started_s: float, tags: Iterable[str]) -> None:
        """A run begins."""
        environment = self._environment
        self.problem = None
        self._said.clear()
        self._jobs.clear()
        config = environment.config
        beginning = Beginning(
            environment.run_id, started_s, loadhost.__version__, getattr(config, "command", ""), config.shown(),
            tuple(tags), ProcessId.own(), _loadfiles(environment),
        )  # fmt: skip
        self._do(lambda writer: writer.begin(beginning))

    def window(self, window: StatsWindow) -> None:
        """A window is closed."""
        if self._is_given_up:
            return
        new = NewWindow(
            window.start,
            window.duration,
            window.user_count,
            window.total.requests,
            window.total.failures,
            _rows(window.entries.values(), both=False),
        )
        if len(self._jobs) < MOST_WAITING:
            self._do(lambda writer: writer.write([new]))

    def forget(self) -> None:
        """The statistics were reset."""
        self._do(Writer.forget)

    def end(self, result: RunResult) -> None:
        """The run is over; returns when it is written, or can't be."""
        if not self._is_given_up:
            ending = Ending(_columns(result), _rows(result.entries, both=True))
            self._do(lambda writer: writer.end(ending))
        self.settle()
        if self._jobs and isinstance(self.problem, LockedError):
            self._say("this run is not in it, or only in part")

    def settle(self) -> None:
        """Return when everything so far is written, or can't be."""
        if self._pump is not None:
            self._pump.join()
        if self._jobs and not self._is_given_up:
            self._environment.background.apply(self._work)
        self._say_what_is_wrong()

    def close(self) -> None:
        """Let go of the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._environment.background.apply(writer.close)

    @property
    def _is_given_up(self) -> bool:
        return self.problem is not None and not isinstance(self.problem, LockedError)

    def _do(self, job: Callable[[Writer], None]) -> None:
        self._say_what_is_wrong()
        if not self._is_given_up:
            self._jobs.append(job)
            if self._pump is None or self._pump.dead:
                # The thread may be busy with another plugin's disk: nobody who tells of windows waits for that.
                self._pump = gevent.spawn(self._environment.background.apply, self._work)

    def _work(self) -> None:
        """In the background thread, one at a time: no logging here, its locks are gevent's."""
        try:
            if self._writer is None and self._jobs:
                self._writer = Writer(self.path)
            while self._jobs and self._writer is not None:
                self._jobs[0](self._writer)
                self._jobs.popleft()
                self.problem = None
        except HistoryError as error:
            self.problem = error
        except Exception as error:  # a slip of ours must not pass in silence
            self.problem = HistoryError(f"history {self.path}: {type(error).__name__}: {error}")

    def _say_what_is_wrong(self) -> None:
        if self.problem is None:
            return
        again = isinstance(self.problem, LockedError)
        self._say("trying again" if again else "the run goes on, and its other results are kept")

    def _say(self, consequence: str) -> None:
        line = f"{self.problem}; {consequence}"
        if line not in self._said:
            self._said.add(line)
            logger.error("%s", line)


def _rows(entries: Iterable[EntryFigures], *, both: bool) -> list[tuple[Key, list[Any]]]:
    rows = []
    for place, entry in enumerate(entries, 1):
        rows.append(((entry.name, entry.method), plain_entry(entry, both=both)))
        if place % _AT_ONCE == 0:
            gevent.sleep(0)
    return rows


def _loadfiles(environment: Environment) -> list[str]:
    """Their names; in library use those of the user classes, in place of them."""
    plugins = [info.name for info in environment.plugin_manager.plugins() if info.origin == "loadfile"]
    return plugins or [user_class.__name__ for user_class in environment.user_classes]


def _columns(result: RunResult) -> dict[str, Any]:
    parts = [
        {
            "plugin": part.plugin,
            "outcome": part.verdict.outcome.value,
            "reason": part.verdict.reason,
            "evidence": part.verdict.evidence,
        }
        for part in result.parts
    ]
    return {
        "ended_s": result.ended_s,
        "last_s": result.ended_s,
        "counted_s": result.counted_s,
        "outcome": result.outcome.value,
        "exit_code": result.exit_code,
        "verdict": result.verdict,
        "parts": json.dumps(parts, default=str),
        "stop_reason": result.stop_reason,
        "interrupted_by": result.interrupted_by,
        "users": result.user_count,
        "options": json.dumps(dict(result.options), default=str),
        "command": result.command,
    }
