"""The history on the terminal: the list of runs, one run, and two runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from loadhost_builtins._console_tables import number_column, plain_table, requests_table, times_table
from loadhost_builtins._terminal import Terminal
from loadhost_builtins._texts import clean, clock, count, decimals_for, milliseconds, percent, shorten
from loadhost_builtins._tones import quantity
from loadhost_builtins.history._comparison import BETTER, WORSE, Comparison, Difference
from loadhost_builtins.history._records import KILLED, RUNNING, Run

_STYLES = {WORSE: "red", BETTER: "green", "failed": "red", "not fit": "red", "error": "red", KILLED: "yellow",
           RUNNING: "cyan", "passed": "green"}  # fmt: skip
_WIDTH = 44


def show_runs(terminal: Terminal, runs: Sequence[Run]) -> None:
    """A line for each run, the newest first."""
    table = plain_table()
    for head in ("Run", "When"):
        table.add_column(head, no_wrap=True)
    for head in ("Duration", "Users", "Requests", "Failed", "p95 ms"):
        number_column(table, head)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Tags")
    for run in runs:
        total = run.total
        known = total is not None and total.requests
        table.add_row(
            run.id,
            local_time(run.started_s),
            clock(run.duration_s),
            count(run.users),
            count(total.requests if total else 0),
            percent(total.fail_ratio) if total and known else "-",
            _ms(total.response_times.percentile(0.95)) if total and known else "-",
            Text(run.state, _STYLES.get(run.state, "")),
            Text(", ".join(map(clean, run.tags))),
        )
    terminal.print(table)


def show_run(terminal: Terminal, run: Run) -> None:
    """Everything that is kept of one run."""
    when = f"{local_time(run.started_s)}, {clock(run.duration_s)}, {count(run.users)} users at the peak"
    terminal.say(f"Run {run.id}: {run.state}", _STYLES.get(run.state, ""))
    terminal.say(
        f"  {when}, loadhost {run.version}" + (f", tags {', '.join(map(clean, run.tags))}" if run.tags else "")
    )
    if run.state == KILLED:
        terminal.say("  Its process ended without a word; the figures are those up to its last second.")
    for part in run.parts:
        terminal.say(f"  {clean(str(part['plugin']))}: {part['outcome']}: {clean(str(part['reason']))}")
    if run.stop_reason:
        terminal.say(f"  ended by: {clean(run.stop_reason)}")
    if run.command:
        terminal.say(f"  {clean(run.command)}")
    if run.total is not None:
        entries, seconds = [entry for _, entry in sorted(run.entries.items())], run.counted_s or 1.0
        terminal.print()
        terminal.print(
            requests_table([(e, e.requests / seconds) for e in entries], (run.total, run.total.requests / seconds))
        )
        terminal.print(times_table(entries, run.total))
    given = {name: pair for name, pair in run.options.items() if pair[1] != "default"}
    if given:
        terminal.say("Settings:")
    for name, (value, source) in given.items():
        terminal.say(f"  --{name.replace('_', '-')} {clean(str(value))}  ({source})")


def show_comparison(terminal: Terminal, comparison: Comparison) -> None:
    """A line for each figure of each name, and the verdict."""
    table = plain_table()
    table.add_column("Name")
    table.add_column("Figure", no_wrap=True)
    for head in ("Before", "After", "Difference", "Interval"):
        number_column(table, head)
    table.add_column("Verdict")
    for row in comparison.rows:
        name = "All requests" if not row.method and row.name == "Aggregated" else f"{row.method} {row.name}"
        for place, difference in enumerate(row.differences):
            table.add_row(
                Text(shorten(clean(name), _WIDTH) if not place else ""),
                difference.quantity,
                quantity(difference.before, difference.unit),
                quantity(difference.after, difference.unit),
                signed(difference.change, difference),
                interval(difference),
                Text(judgement(difference), _STYLES.get(difference.verdict, "dim")),
            )
    terminal.say(f"Before: {', '.join(comparison.before)}")
    terminal.say(f"After:  {comparison.after}")
    terminal.print(table)
    for note in comparison.notes:
        terminal.say(f"Note: {clean(note)}", "yellow")
    terminal.say(explained(comparison), "dim")
    terminal.say(f"Verdict: {comparison.verdict}", _STYLES.get(comparison.verdict, ""))


def judgement(difference: Difference) -> str:
    """The verdict on one figure, with the reason if there is none."""
    return f"{difference.verdict}: {difference.reason}" if difference.reason else difference.verdict


def explained(comparison: Comparison) -> str:
    """How it was judged, in one line."""
    spread = percent(comparison.spread)
    return (
        f"Better or worse: a difference of at least {percent(comparison.min_difference)}, its interval without 0 "
        f"(97 %, for all rows together; spread between runs {spread}, blocks of "
        f"{' and '.join(f'{seconds:g} s' for seconds in comparison.block_s)})."
    )


def signed(value: float | None, difference: Difference) -> str:
    """A difference: "+12.3 %", of a fail ratio in percentage points."""
    if value is None:
        return "-"
    unit = "points" if difference.unit == "ratio" else "%"
    return f"{100 * value:+.1f} {unit}"


def interval(difference: Difference) -> str:
    """ "+8.1 to +16.5 %"."""
    if difference.low is None or difference.high is None:
        return "-"
    return f"{100 * difference.low:+.1f} to {signed(difference.high, difference)}"


def local_time(seconds: float) -> str:
    """Epoch seconds as the time of day here."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _ms(value: float) -> str:
    return milliseconds(value, decimals_for(value))
