"""One measurement: a generator under way against the target, looked at for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.machine import Cores
from benchmarks.nginx import Counters, Nginx
from benchmarks.peers import Generator, Job
from benchmarks.processes import child, cpu_seconds, end

SETTLE_S = 0.5
START_LIMIT_S = 40.0


class Failed(Exception):
    """A measurement that gave nothing; its text says why."""


@dataclass(frozen=True)
class Sample:
    """What one generator did in one window of time."""

    peer: str
    rps: float
    """Requests per second, counted at the target."""
    cpu_us: float
    """CPU time of the generator per request, in us."""
    generator_cpu: float
    """Its share of its core."""
    target_cpu: float
    """The share of its core that the target took: near 1, it was the limit."""
    others_cpu: float
    """Cores that something else took."""
    counted: int
    """Requests of the whole run, as the target counts."""
    own: int | None
    """The same as the generator counts."""
    failures: int | None
    connections: int
    """Accepted by the target in the whole run."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Moment:
    """All clocks and counters at one time."""

    target: Counters
    generator_cpu: float
    machine_cpu: float


def measure(make: Callable[[Path], tuple[Generator, Job]], target: Nginx, seconds: float, pinned: Cores) -> Sample:
    """Run a generator; once all its users are under way, look at it for so many seconds."""
    before = target.counters()
    with running(make, pinned) as (generator, job, process):
        await_load(process, target, job, before)
        time.sleep(SETTLE_S)
        first = moment(target, process)
        time.sleep(seconds)
        if process.poll() is not None:
            raise Failed(f"{generator.name} ended too early\n{tail(job)}")
        last = moment(target, process)
        await_end(process, generator, job)
        own = generator.own_count(job)
    after = target.counters()
    return sample_of(generator.name, first, last, before, after, own)


def sample_of(name: str, first: Moment, last: Moment, before: Counters, after: Counters, own: Any) -> Sample:
    """The figures between two moments, and those of the whole run."""
    elapsed = last.target.at - first.target.at
    requests = last.target.requests - first.target.requests
    if requests <= 0:
        raise Failed(f"{name} sent nothing")
    generator = last.generator_cpu - first.generator_cpu
    target = last.target.cpu - first.target.cpu
    return Sample(
        peer=name,
        rps=requests / elapsed,
        cpu_us=generator / requests * 1e6,
        generator_cpu=generator / elapsed,
        target_cpu=target / elapsed,
        others_cpu=max(0.0, (last.machine_cpu - first.machine_cpu - generator - target) / elapsed),
        counted=after.requests - before.requests,
        own=own.requests if own else None,
        failures=own.failures if own else None,
        connections=after.accepted - before.accepted,
    )


@contextmanager
def running(
    make: Callable[[Path], tuple[Generator, Job]], pinned: Cores
) -> Iterator[tuple[Generator, Job, Popen[bytes]]]:
    """A generator's process, in a folder of its own."""
    with TemporaryDirectory(prefix="loadhost-bench-") as folder:
        generator, job = make(Path(folder))
        out = job.folder / "run.out"
        with child(
            generator.command(job), core=pinned.generator, output=out, environ=generator.environ(job)
        ) as process:
            yield generator, job, process


def await_load(process: Popen[bytes], target: Nginx, job: Job, before: Counters) -> None:
    """Until each user has its connection, or for a while after the first request if they never do."""
    limit = time.monotonic() + START_LIMIT_S
    while (now := target.counters()).requests == before.requests:
        if process.poll() is not None or time.monotonic() > limit:
            raise Failed(f"no request came\n{tail(job)}")
        time.sleep(0.05)
    limit = time.monotonic() + job.start_s
    while now.active - 1 < job.users and time.monotonic() < limit and process.poll() is None:
        time.sleep(0.1)
        now = target.counters()


def moment(target: Nginx, process: Popen[bytes]) -> Moment:
    """Now."""
    counters = target.counters()
    return Moment(counters, cpu_seconds(process.pid), machine_cpu())


def machine_cpu() -> float:
    """CPU seconds that all cores together were busy so far."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def await_end(process: Popen[bytes], generator: Generator, job: Job) -> None:
    """It knows when to end; one that doesn't is ended."""
    try:
        process.wait(job.seconds + 20)
    except TimeoutExpired:
        end(process)
        raise Failed(f"{generator.name} did not end by itself\n{tail(job)}") from None


def tail(job: Job, lines: int = 8) -> str:
    """The end of what a generator printed."""
    text = [(job.folder / name).read_text(errors="replace") for name in ("run.out", "run.err")]
    return "\n".join("\n".join(text).strip().splitlines()[-lines:])
