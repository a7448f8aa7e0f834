"""The live view: what a person sees on a terminal while the run goes on, drawn anew with each window."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from loadhost_hookspecs import Environment
from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from loadhost_builtins._console_tables import decimals_of, requests_table
from loadhost_builtins._texts import clean, clock, milliseconds, percent, plural, rate, shorten

if TYPE_CHECKING:
    from loadhost_builtins._rolling import Recent
    from loadhost_builtins._terminal import Terminal

MAX_STATUSES = 5
_FIXED_LINES = 9
"""All but names and statuses: head, bar, blank, table head, two rules, Aggregated, last 10 s, the cursor's line."""


class LiveView:
    """Owns the lower part of the terminal from start to stop; prints and log lines appear above it."""

    def __init__(self, terminal: Terminal, environment: Environment, recent: Recent) -> None:
        self._terminal, self._environment, self._recent = terminal, environment, recent
        self._seconds = 0.0
        self._diverted: list[tuple[logging.StreamHandler[Any], Any]] = []
        # auto_refresh would start a thread, which does not go with gevent; transient: the report takes its place.
        self._live = Live(console=terminal, auto_refresh=False, transient=True, get_renderable=self._render)

    def start(self) -> None:
        """Draw for the first time."""
        stderr = sys.stderr
        self._live.start()
        self._divert_logs(stderr)
        self._live.refresh()

    def draw(self, seconds: float) -> None:
        """Draw as of `seconds` after the start."""
        self._seconds = seconds
        self._live.refresh()

    def stop(self) -> None:
        """Wipe the view, give the terminal back."""
        for handler, stream in self._diverted:
            handler.setStream(stream)
        self._diverted.clear()
        self._live.stop()

    def _divert_logs(self, stderr: Any) -> None:
        """Let log lines for the same terminal appear above the view, not in the middle of it.

        rich replaces sys.stderr, but a handler holds the stream that it was made with.
        """
        if not stderr.isatty():
            return
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is stderr:
                self._diverted.append((handler, stderr))
                handler.setStream(sys.stderr)

    def _render(self) -> RenderableType:
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        statuses = list(self._statuses())
        yield self._head()
        yield self._progress()
        yield Text()
        room = self._terminal.height - _FIXED_LINES - len(statuses)
        yield from self._table(max(room, 1))
        yield self._last_seconds()
        yield from statuses

    def _head(self) -> Text:
        runner = self._environment.runner
        users = plural(runner.user_count, "user")
        if runner.target_user_count != runner.user_count:
            users = f"{runner.user_count:,} of {plural(runner.target_user_count, 'user')}"
        parts = [users, runner.state]
        if self._environment.host:
            parts.append(clean(self._environment.host))
        head = Text("loadhost", style="bold", no_wrap=True, overflow="ellipsis")
        return head.append("  " + "   ".join(parts), style="not bold")

    def _progress(self) -> RenderableType:
        run_time = getattr(self._environment.config.options, "run_time", None)
        if not run_time:
            return Text(f"{clock(self._seconds)}  no --run-time: Ctrl-C ends the run", no_wrap=True)
        grid = Table.grid(expand=True, padding=(0, 1))
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True, justify="right")
        done = min(self._seconds, run_time)
        grid.add_row(ProgressBar(total=run_time, completed=done), f"{clock(done)} of {clock(run_time)}")
        return grid

    def _table(self, room: int) -> Iterator[RenderableType]:
        stats = self._environment.stats
        entries = sorted(stats.entries.values(), key=lambda entry: (-entry.num_requests, entry.name, entry.method))
        shown = entries if len(entries) <= room else entries[: max(room - 1, 1)]
        rows = [(entry.figures(), entry.current_rps) for entry in shown]
        yield requests_table(rows, (stats.totals_figures(), stats.total.current_rps), fold=False)
        if hidden := len(entries) - len(shown):
            yield Text(f"{plural(hidden, 'less busy name')} not shown; the report at the end has all", style="dim")

    def _last_seconds(self) -> Text:
        recent = self._recent.figures()
        text = Text(no_wrap=True, overflow="ellipsis").append(f"last {self._recent.seconds:.3g} s", style="bold")
        if not recent.requests:
            return text.append("  no request has ended")
        times, decimals = recent.response_times, decimals_of([recent])
        figures = [
            f"{rate(recent.requests / self._recent.seconds)} req/s",
            f"median {milliseconds(times.percentile(0.5), decimals)} ms",
            f"p95 {milliseconds(times.percentile(0.95), decimals)} ms",
            f"p99 {milliseconds(times.percentile(0.99), decimals)} ms",
        ]
        text.append("  " + "  ".join(figures))
        failed = f"  {percent(recent.fail_ratio)} failed"
        return text.append(failed, style="red" if recent.failures else "")

    def _statuses(self) -> Iterator[Text]:
        lines = [(status.plugin, status.status.text, "") for status in self._environment.statuses]
        for health in self._environment.plugin_health:
            if health.switched_off:
                lines.append((health.name, f"switched off: {', '.join(health.switched_off)}", "red"))
        for plugin, text, style in lines[:MAX_STATUSES]:
            line = Text(no_wrap=True, overflow="ellipsis").append(clean(plugin), style="bold")
            yield line.append("  " + shorten(clean(text), 500), style=style)
        if len(lines) > MAX_STATUSES:
            yield Text(f"{plural(len(lines) - MAX_STATUSES, 'more line')} of plugins not shown", style="dim")
