"""The verdict on the instrument: a pure function from the evidence of a run to fit, doubtful or not fit.

More lag, more dropped arrivals, more CPU time taken by others never make it better. CPU use alone decides nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from loadhost_builtins._texts import count, milliseconds, percent

EXPOSED = 0.01
"""Fewer requests than one in a hundred hardly move a p99, whatever is wrong with their times."""
DOUBTFUL_SHARE, DOUBTFUL_MS = 0.1, 2.0
"""From a tenth of the p99 on a reader would want to know. A timer of the event loop is up to 1 ms late by itself, so
what is below twice that is noise of the figure."""
UNFIT_SHARE, UNFIT_MS = 0.5, 5.0
"""Mostly its own queue: the figure says more about the generator than about the system. Below 5 ms, what a busy
machine does to any process is as large."""
DOUBTFUL_DROPPED, UNFIT_DROPPED = 0.01, 0.05
"""Arrivals that nobody served are in no percentile: from one in a hundred on, a p99 may lack just the slow ones."""
DOUBTFUL_STOLEN, STOLEN_FOR_S = 0.1, 5.0
"""In a tenth of the time, over five seconds: a compilation beside a short run is everyday life."""
NEARLY_ALL = 0.9
"""Of open files or ports: what comes next may fail for want of them."""
LONG_ENOUGH_S = 4.0
"""A shorter run is its start: everybody connects at once."""
DOUBTFUL_REQUESTS, UNFIT_REQUESTS = 20, 100
"""The p99 of fewer than a hundred requests is their maximum: too little to condemn anything."""
NO_TIME_LEFT = 0.5
"""In half of the run without CPU time left: the rate was the generator's."""
MOSTLY_FAILED = 0.5
"""Of a run against a server that is down, the times are the least question."""

_LOWER_RATE = "give a lower --rate, or spread it over more machines"


class Fitness(enum.IntEnum):
    """How far the figures of a run can be trusted; the larger, the worse."""

    FIT = 0
    DOUBTFUL = 1
    UNFIT = 2

    def __str__(self) -> str:
        return {0: "fit", 1: "doubtful", 2: "not fit"}[self.value]


@dataclass(frozen=True)
class Evidence:
    """What was measured. Shares and ratios 0..1, `_ms` as the lag that one in a hundred requests saw or exceeded.

    `median_ms`, `p99_ms`: of the reported response times. `unclocked`: of all requests, the share whose times hold the
    time that their response lay in this process (no clock of the kernel). `scheduled`: of all requests, the share of
    iterations that had a due time, whose lateness is in the response times. `hub_lag_ms`, `schedule_lag_ms`: how late
    the hub was, how late iterations began for the generator's sake; `own_...`: without what other processes did to it
    by taking CPU time; `..._median_ms`: what half of all requests saw. `cpu`: of one core, the hub's thread; `pegged`:
    the share of the run in which it had none left. `stolen`: the share in which it could have run and had no CPU.
    `dropped_while_pegged`: of the `dropped` arrivals. `failed`: of all requests. `open_files`, `ports`: of those that
    there may be.
    """

    seconds: float = 0.0
    requests: int = 0
    median_ms: float = 0.0
    p99_ms: float = 0.0
    unclocked: float = 0.0
    scheduled: float = 0.0
    hub_lag_ms: float = 0.0
    own_hub_lag_ms: float = 0.0
    own_hub_median_ms: float = 0.0
    schedule_lag_ms: float = 0.0
    own_schedule_lag_ms: float = 0.0
    own_schedule_median_ms: float = 0.0
    arrivals: int = 0
    dropped: int = 0
    dropped_while_pegged: float = 0.0
    cpu: float = 0.0
    pegged: float = 0.0
    stolen: float = 0.0
    failed: float = 0.0
    open_files: float = 0.0
    ports: float = 0.0

    @property
    def error_ms(self) -> float:
        """By how much the reported p99 may be too long, at the most."""
        return min(self._in_times(self.hub_lag_ms, self.schedule_lag_ms), self.p99_ms)

    @property
    def own_error_ms(self) -> float:
        """How much of that is this process's own doing."""
        return min(self._in_times(self.own_hub_lag_ms, self.own_schedule_lag_ms), self.p99_ms)

    @property
    def own_median_error_ms(self) -> float:
        """The same of the reported median."""
        return min(self._in_times(self.own_hub_median_ms, self.own_schedule_median_ms), self.median_ms)

    def _in_times(self, hub_ms: float, schedule_ms: float) -> float:
        late = schedule_ms if self.scheduled >= EXPOSED else 0.0
        waited = hub_ms if self.unclocked >= EXPOSED else 0.0
        return late + waited

    def suffices(self, requests: int) -> bool:
        """Whether there is enough of it to judge times by: of a run, and of requests or arrivals."""
        return self.seconds >= LONG_ENOUGH_S and max(self.requests, self.arrivals) >= requests

    @property
    def may_be_unfit(self) -> bool:
        """Whether there is enough of it, and enough in it that went well, to call the instrument not fit."""
        return self.suffices(UNFIT_REQUESTS) and self.failed < MOSTLY_FAILED


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: how bad, what, and where to go from here."""

    fitness: Fitness
    text: str
    advice: tuple[str, ...] = ()


def judge(evidence: Evidence) -> tuple[Fitness, tuple[Finding, ...]]:
    """The verdict, and the findings that it rests on, the worst first; none if the instrument was fit."""
    rules = (_queue, _dropped, _stolen, _files, _ports)
    findings = [finding for rule in rules for finding in rule(evidence)]
    findings.sort(key=lambda finding: -finding.fitness)
    return max((finding.fitness for finding in findings), default=Fitness.FIT), tuple(findings)


def _queue(evidence: Evidence) -> Iterator[Finding]:
    """The generator's own delays as a share of the reported p99, and of the median: the p99 of a short run is that of
    its start, in which everybody connects."""
    error, p99 = evidence.error_ms, evidence.p99_ms
    reported = (("p99", evidence.own_error_ms, p99), ("median", evidence.own_median_error_ms, evidence.median_ms))
    for name, own, whole in reported:
        if own >= UNFIT_MS and own >= UNFIT_SHARE * whole and evidence.may_be_unfit:
            text = (
                f"of the reported {name} of {milliseconds(whole)} ms about {milliseconds(own)} are this process's own"
            )
            yield Finding(Fitness.UNFIT, f"{text} delay", _less_load(evidence))
            return
    if error >= DOUBTFUL_MS and error >= DOUBTFUL_SHARE * p99 and evidence.suffices(DOUBTFUL_REQUESTS):
        yield Finding(
            Fitness.DOUBTFUL,
            f"the reported p99 of {milliseconds(p99)} ms may be up to {milliseconds(error)} ms too long",
            _less_load(evidence),
        )


def _dropped(evidence: Evidence) -> Iterator[Finding]:
    if evidence.arrivals < UNFIT_REQUESTS:
        return
    dropped, own = evidence.dropped / evidence.arrivals, evidence.dropped_while_pegged / evidence.arrivals
    text = f"{count(evidence.dropped)} of {count(evidence.arrivals)} arrivals ({percent(dropped)}) found no user"
    if own >= UNFIT_DROPPED and evidence.may_be_unfit:
        text += ", most of them while this process had no CPU time left"
        yield Finding(Fitness.UNFIT, text, (_LOWER_RATE,))
    elif dropped >= DOUBTFUL_DROPPED:
        yield Finding(
            Fitness.DOUBTFUL, f"{text} and are in no percentile", ("give --max-users more, or a lower --rate",)
        )


def _stolen(evidence: Evidence) -> Iterator[Finding]:
    if evidence.stolen >= DOUBTFUL_STOLEN and evidence.seconds >= STOLEN_FOR_S:
        yield Finding(
            Fitness.DOUBTFUL,
            f"in {percent(evidence.stolen)} of the time this process had to wait for a CPU that others used",
            ("stop what else runs on this machine, or use another one",),
        )


def _files(evidence: Evidence) -> Iterator[Finding]:
    if evidence.open_files >= NEARLY_ALL:
        text = f"{percent(evidence.open_files)} of the open files that it may have were in use"
        yield Finding(Fitness.DOUBTFUL, text, ("raise the limit (ulimit -n), or use fewer users",))


def _ports(evidence: Evidence) -> Iterator[Finding]:
    if evidence.ports >= NEARLY_ALL:
        text = f"{percent(evidence.ports)} of this machine's ephemeral ports were in use"
        advice = "keep connections open (a closed one keeps its port for a minute), or widen the range of ports"
        yield Finding(Fitness.DOUBTFUL, text, (advice,))


def _less_load(evidence: Evidence) -> tuple[str, ...]:
    what = _LOWER_RATE if evidence.scheduled >= EXPOSED else "use fewer users per process, or more machines"
    if evidence.unclocked < EXPOSED:
        return (what,)
    return what, "FastHttpUser and HttpUser on connections that stay open keep this delay out of the times"


def what_is_right(evidence: Evidence) -> str:
    """Which figures can be believed, whatever the verdict."""
    lag_ms = evidence.hub_lag_ms
    delay = f"{milliseconds(lag_ms)} ms at p99" if lag_ms >= DOUBTFUL_MS else f"below {DOUBTFUL_MS:g} ms at p99"
    if evidence.unclocked > 1 - EXPOSED:
        text = f"the times of all requests hold this process's own delay ({delay})"
    else:
        text = "response times are right (the kernel's clock)"
        if evidence.scheduled >= EXPOSED:
            text = "service times are right (the kernel's clock), response times hold the lateness of their iteration"
        if evidence.unclocked >= EXPOSED:
            text += (
                f"; but the times of {percent(evidence.unclocked)} of requests hold this process's own delay ({delay})"
            )
    if evidence.pegged >= NO_TIME_LEFT:
        text += "; the rate is what this process can do, perhaps not what the system can"
    return text
