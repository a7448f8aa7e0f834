"""Accuracy: what the tools tell of a server that knows the truth, while they are idle, busy and saturated."""

from __future__ import annotations

import csv
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bench import Bench
from benchmarks.delay_server import MEAN_DELAY_S
from benchmarks.measuring import Failed, running, tail
from benchmarks.nginx import free_port
from benchmarks.peers import Generator, Job, read_json
from benchmarks.processes import ROOT, child, cpu_seconds

PEERS = ("loadhost", "locust")
BURN_US = 100
"""The users compute as well: a generator that only sends would saturate the server before itself."""
LOADS = {"20 % of its core": 0.2, "90 % of its core": 0.9, "saturated": None}
SATURATING_USERS = 600
PERCENTILES = ("p50", "p95", "p99")
TRIAL_USERS = 20


def run(bench: Bench) -> dict[str, Any]:
    """Per load and peer: users, share of the core, the server's percentiles and the tool's, in ms."""
    seconds = 5 if bench.quick else 12
    loads: dict[str, dict[str, Any]] = {name: {} for name in LOADS}
    with delay_server(bench) as url:
        for peer in (peer for peer in PEERS if bench.has(peer)):
            try:
                each_s = one(bench, peer, url, TRIAL_USERS, 3)["cpu_s_per_request"]
                for name, share in LOADS.items():
                    users = SATURATING_USERS if share is None else max(1, round(share * (MEAN_DELAY_S / each_s + 1)))
                    loads[name][peer] = row = one(bench, peer, url, users, seconds)
                    bench.say(f"accuracy {name:17} {peer:9} {line(row)}")
            except (Failed, OSError) as error:
                print(f"  {peer}: {error}", file=sys.stderr, flush=True)
    return {"burn_us": BURN_US, "seconds": seconds, "loads": loads}


def one(bench: Bench, peer: str, url: str, users: int, seconds: int) -> dict[str, Any]:
    """One run. Percentiles are of the whole run, on both sides; the share of the core is that of its middle."""

    def make(folder: Path) -> tuple[Generator, Job]:
        more = ("--csv", str(folder / "csv")) if peer == "locust" else ()
        environ = {"BENCH_BURN_US": str(BURN_US)}
        job = Job(url, folder, users, seconds, "Working", loadfile="accuracy.py", environ=environ, more=more)
        return bench.generator(peer), job

    truth_of(url)
    with running(make, bench.pinned) as (generator, job, process):
        await_connections(process.pid, job, users)
        middle, before = time.monotonic(), cpu_seconds(process.pid)
        time.sleep(seconds * 0.6)
        share = (cpu_seconds(process.pid) - before) / (time.monotonic() - middle)
        try:
            process.wait(seconds + 30)
        except TimeoutExpired:
            raise Failed(f"it did not end\n{tail(job)}") from None
        own = generator.own_count(job)
        truth, told = truth_of(url), told_by(peer, job.folder)
    if own is None or not told or not truth.get("requests"):
        raise Failed(f"no percentiles\n{tail(job)}" if job.folder.exists() else "no percentiles")
    rps = truth["requests"] / seconds
    row = {"users": users, "cpu": share, "cpu_s_per_request": share / rps, "requests": own.requests}
    return row | {"truth": truth, "told": told, "lag": lag_of(peer, told)}


def await_connections(pid: int, job: Job, users: int) -> None:
    """Past its imports: it has used a second of CPU, or some time went by. (The server has no counter to ask.)"""
    limit = time.monotonic() + 3.0
    while cpu_seconds(pid) < 1.0 and time.monotonic() < limit:
        time.sleep(0.05)


def told_by(peer: str, folder: Path) -> dict[str, Any]:
    """Percentiles in ms as the tool's own report has them."""
    if peer == "loadhost":
        report = read_json(folder / "report.json", {})
        told = {name: report["totals"]["response_time_ms"][name] for name in PERCENTILES} if report else {}
        return told | ({"instrument": report.get("instrument")} if told else {})
    return locust_percentiles((folder / "csv_stats.csv").read_text())


def locust_percentiles(text: str) -> dict[str, Any]:
    """Of the Aggregated row of its CSV file."""
    for row in csv.DictReader(text.splitlines()):
        if row["Name"] == "Aggregated":
            return {"p50": float(row["50%"]), "p95": float(row["95%"]), "p99": float(row["99%"])}
    return {}


def lag_of(peer: str, told: dict[str, Any]) -> Any:
    """What loadhost says of its own lag, if its report has it."""
    return told.pop("instrument", None) or None


def truth_of(url: str) -> dict[str, Any]:
    """What the server knows since the last time; it forgets it."""
    with urllib.request.urlopen(f"{url}/truth", timeout=10) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


@contextmanager
def delay_server(bench: Bench) -> Iterator[str]:
    """Its address, while it runs on the target's core."""
    port = free_port()
    python = bench.parts.programs.get("python", sys.executable)
    with TemporaryDirectory(prefix="loadhost-delays-") as folder:
        command = [python, "-I", str(ROOT / "benchmarks" / "delay_server.py"), str(port)]
        with child(command, core=bench.pinned.target, output=Path(folder) / "run.out") as process:
            url = f"http://127.0.0.1:{port}"
            limit = time.monotonic() + 10
            while True:
                try:
                    truth_of(url)
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > limit:
                        raise
                    time.sleep(0.05)
            yield url


def line(row: dict[str, Any]) -> str:
    """For the terminal."""
    pairs = ", ".join(f"{name} {row['told'][name]:.2f} of {row['truth'][name]:.2f}" for name in PERCENTILES)
    return f"{row['users']} users, CPU {row['cpu']:.0%}: {pairs} ms"


def error(told: float, true: float) -> float:
    """How far off, as a share of the truth."""
    return (told - true) / true
