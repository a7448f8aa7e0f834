"""What the live view shows: users and progress, the busiest names, the last ten seconds, what plugins say."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
from loadhost_hookspecs import Environment

from loadhost_builtins._columns import Cell, Line, columns, width_of
from loadhost_builtins._console_tables import REQUEST_HEADS, decimals_of, request_cells
from loadhost_builtins._rolling import Recent
from loadhost_builtins._texts import clean, clock, milliseconds, percent, plural, rate, shorten

MAX_STATUSES = 5
_FIXED_LINES = 10
"""All but names and statuses: head, progress, two blanks, table head, two rules, Aggregated, last 10 s, cursor."""


def screen(environment: Environment, recent: Recent, seconds: float, width: int, height: int) -> list[Line]:
    """The lines of the view, `seconds` after the start. Never more than the terminal has, however many names."""
    statuses = list(_statuses(environment))
    lines = [
        _head(environment),
        _progress(environment, seconds, width),
        [],
        *_table(environment, width, max(height - _FIXED_LINES - len(statuses), 1)),
        [],
        _last_seconds(recent),
        *statuses,
    ]
    if len(lines) >= height:  # a very low terminal: first without the blanks, then without the end
        lines = [line for line in lines if line][: max(height - 1, 1)]
    return lines


def _head(environment: Environment) -> Line:
    runner = environment.runner
    users = plural(runner.user_count, "user")
    if runner.target_user_count != runner.user_count:
        users = f"{runner.user_count:,} of {plural(runner.target_user_count, 'user')}"
    parts = [runner.state, users, *_hosts(environment)]
    return [Cell("loadhost", "bold"), Cell("  " + "  ".join(parts))]


def _hosts(environment: Environment) -> list[str]:
    """The host that all users load, if it is one."""
    hosts = {environment.host or getattr(user_class, "host", None) for user_class in environment.user_classes}
    return [clean(host) for host in hosts if host] if len(hosts) == 1 else []


def _progress(environment: Environment, seconds: float, width: int) -> Line:
    options = environment.config.options
    times = (getattr(options, "run_time", None), getattr(getattr(options, "stages", None), "duration_s", None))
    run_time = min((seconds for seconds in times if seconds), default=None)
    if not run_time:
        return [Cell(f"{clock(seconds)}  no --run-time: Ctrl-C ends the run")]
    done = min(seconds, run_time)
    text = f"  {clock(done)} of {clock(run_time)}"
    bar = max(width - len(text), 10)
    filled = round(bar * done / run_time)
    return [Cell("━" * filled, "green"), Cell("━" * (bar - filled), "dim"), Cell(text)]


def _table(environment: Environment, width: int, room: int) -> Iterator[Line]:
    stats = environment.stats
    entries = sorted(stats.entries.values(), key=lambda entry: (-entry.num_requests, entry.name, entry.method))
    busiest = entries if len(entries) <= room else entries[: max(room - 1, 1)]
    shown = sorted(busiest, key=lambda entry: (entry.name, entry.method))  # by name, so that rows keep their place
    total = stats.totals_figures()
    decimals = decimals_of([total])
    rows = [[Cell(head, "bold") for head in REQUEST_HEADS]]
    for entry in shown:
        rows.append(request_cells(entry.figures(), entry.current_rps, decimals))
        gevent.sleep(0)  # sorting takes half a millisecond per name: let the users run in between
    total_cells = request_cells(total, stats.total.current_rps, decimals)
    rows.append([Cell(cell.text, f"bold {cell.style}".strip()) for cell in total_cells])
    lines = columns(rows, left=2, flexible=1, width=width)
    rule = [Cell("─" * width_of(lines[0]), "dim")]
    yield from (lines[0], rule, *lines[1:-1])
    if shown:
        yield rule
    yield lines[-1]
    if hidden := len(entries) - len(shown):
        yield [Cell(f"{plural(hidden, 'less busy name')} not shown; the report at the end has all", "dim")]


def _last_seconds(recent: Recent) -> Line:
    figures = recent.figures()
    head = Cell(f"Last {round(recent.seconds, 1):g} s", "bold")
    if not figures.requests:
        return [head, Cell("  no request has ended")]
    times, decimals = figures.response_times, decimals_of([figures])
    parts = [f"{rate(figures.requests / recent.seconds)} req/s"]
    for name, quantile in (("median", 0.5), ("p95", 0.95), ("p99", 0.99)):
        parts.append(f"{name} {milliseconds(times.percentile(quantile), decimals)} ms")
    failed = Cell(f"  {percent(figures.fail_ratio)} failed", "red" if figures.failures else "")
    return [head, Cell("  " + "  ".join(parts)), failed]


def _statuses(environment: Environment) -> Iterator[Line]:
    lines = [(status.plugin, status.status.text, "") for status in environment.statuses]
    for health in environment.plugin_health:
        if health.switched_off:
            lines.append((health.name, f"switched off: {', '.join(health.switched_off)}", "red"))
    for plugin, text, style in lines[:MAX_STATUSES]:
        yield [Cell(clean(plugin), "bold"), Cell("  " + shorten(clean(text), 500), style)]
    if len(lines) > MAX_STATUSES:
        yield [Cell(f"{plural(len(lines) - MAX_STATUSES, 'more line')} of plugins not shown", "dim")]
