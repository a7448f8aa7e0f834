"""What the load generator says of itself, in lines for the report: its clock, its lag, what it dropped and capped."""

from __future__ import annotations

from collections.abc import Iterator

from loadhost import RunResult
from loadhost_hookspecs import Instrument

from loadhost_builtins._texts import clean, count, milliseconds, percent, plural

# What a cap holds back, in words; another word is shown as it is.
_CAPPED = {
    "names": "requests under names beyond the first ones, counted as __other__",
    "errors": "failures with texts beyond the first ones, counted as __other__",
    "exceptions": "exceptions of user code beyond the first kinds, counted as __other__",
    "metrics": "values of metrics beyond the first labels, counted as __other__",
    "samples": "samples that exporters were too slow for, dropped",
}
MACHINE = "machine"
"""The plugin whose status is a line of this block."""
_LITTLE_MS = 1.0
_SMALL_SHARE = 0.05


def instrument_lines(result: RunResult) -> Iterator[str]:
    """Only those worth saying: none at all for a run without requests in which nothing was late, dropped or capped."""
    instrument = result.instrument
    if instrument is None:
        return
    if result.totals.requests:
        yield _clock(result, instrument)
        if instrument.lag.count:
            yield _lag(result, instrument)
    late = instrument.schedule_lag
    if late is not None and late.count:
        p99, most = milliseconds(late.percentile(0.99)), milliseconds(late.max)
        yield (
            f"Schedule: {plural(late.count, 'iteration')} had a due time and began {p99} ms late at p99, "
            f"{most} ms at most; that is in the response times"
        )
    if instrument.dropped_arrivals:
        arrivals = instrument.dropped_arrivals + (late.count if late is not None else 0)
        yield (
            f"Dropped: {count(instrument.dropped_arrivals)} of {plural(arrivals, 'arrival')} "
            f"({percent(instrument.dropped_arrivals / arrivals)}): no user was ready for them; --max-users allows more"
        )
    for what, number in instrument.capped.items():
        yield f"Capped: {count(number)} {_CAPPED.get(what, what)}"
    for row in result.statuses:
        if row.plugin == MACHINE:
            yield f"Machine: {clean(row.status.text)}"


def _clock(result: RunResult, instrument: Instrument) -> str:
    share = min(instrument.lag.count / result.totals.requests, 1.0)
    if share == 1:
        return "Clock: all requests timed by the kernel"
    if not share:
        return "Clock: all requests timed in this process, so its own delays are in the times"
    return f"Clock: {percent(share)} of requests timed by the kernel, the others in this process, delays included"


def _lag(result: RunResult, instrument: Instrument) -> str:
    lag, p99 = instrument.lag.percentile(0.99), result.totals.response_times.percentile(0.99)
    line = f"Lag: responses lay here for {milliseconds(lag, 2)} ms at p99 until they were read (reported p99: "
    line += f"{milliseconds(p99, 2)} ms)"
    if lag > _LITTLE_MS and lag > _SMALL_SHARE * p99:
        line += "; without the kernel's clock it would be in the times"
    return line
