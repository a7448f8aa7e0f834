"""The report at the end of a run: all names, percentiles, errors, exceptions, plugins, and the verdict as last line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from loadhost import Outcome, RunResult
from loadhost_hookspecs import ExceptionCount, PluginHealth
from rich.console import RenderableType
from rich.text import Text

from loadhost_builtins._console_instrument import MACHINE, instrument_lines
from loadhost_builtins._console_tables import number_column, plain_table, requests_table, times_table
from loadhost_builtins._terminal import Terminal
from loadhost_builtins._texts import clean, count, plural, shorten
from loadhost_builtins._threshold_rows import ThresholdRow, threshold_rows

MAX_NAMES = 200
"""Rows of the two tables of names. A table of 2,000 took 18 s, in which no other plugin could run."""
MAX_ERRORS = 50
MAX_EXCEPTIONS = 20
RELATIVE_ERROR = "0.8 %"

_STYLES = {Outcome.PASSED: "bold green", Outcome.DOUBTFUL: "bold yellow"}
_LAST_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


def print_report(terminal: Terminal, result: RunResult, *, warning: str | None = None) -> None:
    """Print everything about an ended run; the verdict is the last line."""
    for title, table in _sections(result):
        terminal.print()
        terminal.say(title, style="bold cyan")
        terminal.print(table)
    if lines := list(instrument_lines(result)):
        terminal.print()
        terminal.say("Instrument", style="bold cyan")
        for line in lines:
            terminal.print(Text(line), soft_wrap=not terminal.is_terminal)
    terminal.print()
    if warning:
        terminal.print(Text(warning, style="yellow"), soft_wrap=not terminal.is_terminal)
    for line in _closing_lines(result):
        # Between words on a terminal; elsewhere a line is a line.
        terminal.print(Text(line), soft_wrap=not terminal.is_terminal)
    terminal.say(verdict_line(result), style=_STYLES.get(result.outcome, "bold red"))


def verdict_line(result: RunResult) -> str:
    """ "Verdict: passed, exit code 0"; with the reason, if the run did not simply pass."""
    line = f"Verdict: {result.outcome.value}, exit code {result.exit_code}"
    if result.outcome is Outcome.PASSED or not result.verdict:
        return line
    return f"{line}: {clean(result.verdict)}"


def _sections(result: RunResult) -> Iterator[tuple[str, RenderableType]]:
    seconds = result.counted_s
    shown = sorted(result.entries, key=lambda entry: -entry.requests)[:MAX_NAMES]
    entries = sorted(shown, key=lambda entry: (entry.name, entry.method))
    names = len(result.entries)
    rows = [(entry, entry.requests / seconds if seconds > 0 else 0.0) for entry in entries]
    total = (result.totals, result.totals.requests / seconds if seconds > 0 else 0.0)
    yield _counted("Requests (times in ms)", names, MAX_NAMES), requests_table(rows, total)
    if result.totals.requests:
        yield _counted("Response times (ms)", names, MAX_NAMES), times_table(entries, result.totals)
    if result.failures:
        yield _counted("Errors", len(result.failures), MAX_ERRORS), _errors(result)
    if result.exceptions:
        yield _counted("Exceptions in user code", len(result.exceptions), MAX_EXCEPTIONS), _exceptions(result)
    if len(rules := threshold_rows(result)) > 1:  # one alone is in the verdict
        yield "Thresholds", _thresholds(rules)
    if busy := [plugin for plugin in result.plugins if plugin.calls or plugin.failures or plugin.switched_off]:
        yield "Plugins: what they cost", _plugins(busy)


def _counted(title: str, number: int, most: int) -> str:
    return title if number <= most else f"{title} (the {most} most frequent of {number:,})"


def _errors(result: RunResult) -> RenderableType:
    table = plain_table()
    number_column(table, "Count")
    table.add_column("Type", no_wrap=True, max_width=10, overflow="ellipsis")
    table.add_column("Name", overflow="fold")
    table.add_column("Error", overflow="fold")
    for failure in sorted(result.failures, key=lambda failure: -failure.count)[:MAX_ERRORS]:
        error = Text(shorten(clean(failure.error), 300))
        table.add_row(count(failure.count), Text(clean(failure.method)), Text(clean(failure.name)), error)
    return table


def _exceptions(result: RunResult) -> RenderableType:
    table = plain_table()
    number_column(table, "Count")
    table.add_column("User", overflow="fold")
    table.add_column("Exception", overflow="fold")
    table.add_column("Where", overflow="fold")
    for exception in sorted(result.exceptions, key=lambda exception: -exception.count)[:MAX_EXCEPTIONS]:
        message = Text(shorten(clean(exception.message), 300))
        table.add_row(count(exception.count), Text(clean(exception.user_class)), message, Text(clean(where(exception))))
    return table


def where(exception: ExceptionCount) -> str:
    """The innermost frame of the traceback: "loadfile.py:12 in buy"; empty if there is none."""
    frames = _LAST_FRAME.findall(exception.traceback)
    if not frames:
        return ""
    path, line, function = frames[-1]
    return f"{PurePath(path).name}:{line} in {function}"


def _thresholds(rows: list[ThresholdRow]) -> RenderableType:
    table = plain_table()
    table.add_column("Outcome", no_wrap=True)
    table.add_column("Rule", overflow="fold")
    table.add_column("What was seen", overflow="fold")
    for row in rows:
        outcome = Text(row.outcome.value, style=_STYLES.get(row.outcome, "bold red"))
        table.add_row(outcome, Text(clean(row.rule)), Text(shorten(clean(row.reason), 300)))
    return table


def _plugins(plugins: list[PluginHealth]) -> RenderableType:
    table = plain_table()
    table.add_column("Plugin", no_wrap=True, max_width=24, overflow="ellipsis")
    table.add_column("From", overflow="fold")
    for head in ("Calls", "Failures", "us/call"):
        number_column(table, head)
    table.add_column("State", overflow="fold")
    for plugin in plugins:
        failures = Text(count(plugin.failures), style="red" if plugin.failures else "")
        table.add_row(
            Text(clean(plugin.name)),
            Text(clean(" ".join(filter(None, (plugin.distribution, plugin.version))))),
            count(plugin.calls),
            failures,
            f"{plugin.cost_us:,.1f}",
            _plugin_state(plugin),
        )
    return table


def _plugin_state(plugin: PluginHealth) -> Text:
    if plugin.switched_off:
        text = f"switched off: {', '.join(plugin.switched_off)}"
    elif plugin.failures:
        text = "failed at times"
    else:
        return Text("ok")
    if plugin.last_error:
        text += f"; last error: {shorten(plugin.last_error, 200)}"
    return Text(clean(text), style="red")


def _closing_lines(result: RunResult) -> Iterator[str]:
    if result.reset_s is not None:
        after = result.reset_s - result.started_s
        yield f"Statistics: of the last {result.counted_s:.1f} s; they were reset {after:.1f} s after the start"
    if result.totals.interrupted:
        yield f"Interrupted: {plural(result.totals.interrupted, 'request')} under way at the end, not counted above"
    if result.totals.retried:
        yield f"Retried: {plural(result.totals.retried, 'request')} sent again on a fresh connection"
    yield f"Precision: percentiles within {RELATIVE_ERROR}, min and max exact"
    judges = {MACHINE, *(part.plugin for part in result.parts)}
    for status in result.statuses:
        if status.plugin not in judges:  # else its last word is its verdict, or a line of the block above
            yield clean(f"{status.plugin}: {status.status.text}")
    for part in result.parts:
        if part.verdict.reason and clean(part.verdict.reason) not in verdict_line(result):
            yield clean(f"{part.plugin} says {part.verdict.outcome.value}: {part.verdict.reason}")
    yield _how_it_went(result)


def _how_it_went(result: RunResult) -> str:
    line = f"Run: {result.duration_s:.1f} s, {plural(result.user_count, 'user')}"
    reason = clean(result.stop_reason or "")
    # The guard that stopped the run has the same to say in its verdict: once is enough.
    return f"{line}, ended by: {reason}" if reason and reason not in verdict_line(result) else line
