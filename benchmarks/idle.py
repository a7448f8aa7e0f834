"""Idle users: how long 10,000 take to start, and what each weighs before and after its first request."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measuring import Failed, running, tail
from benchmarks.peers import Generator, Job, read_json
from benchmarks.processes import memory_kib

PEERS = ("loadhost", "locust")
LIMIT_S = 60.0
SETTLE_S = 1.5
AT_ONCE = 100_000
"""A spawn rate as high as loadhost takes: all users as fast as it goes."""


def run(bench: Bench) -> dict[str, Any]:
    """Per peer: the seconds that the largest number of users took to start, and KiB per user, idle and connected.

    Memory per user is the difference of the process's resident memory between few users and many, so what the tool
    weighs by itself drops out.
    """
    few, many = (500, 3000) if bench.quick else (1000, 10_000)
    peers = [peer for peer in PEERS if bench.has(peer)]
    rows: dict[str, dict[str, list[float]]] = {}
    for _ in range(1 if bench.quick else min(bench.rounds, 2)):
        for peer in peers:
            row = rows.setdefault(peer, {"spawn_s": [], "idle_kib": [], "connected_kib": []})
            try:
                one_round(bench, peer, few, many, row)
            except (Failed, OSError) as error:
                print(f"  {peer}: {error}", file=sys.stderr, flush=True)
    return {
        "few": few,
        "many": many,
        "peers": {peer: {k: median(v) for k, v in row.items() if v} for peer, row in rows.items()},
    }


def one_round(bench: Bench, peer: str, few: int, many: int, row: dict[str, list[float]]) -> None:
    """Four runs: few and many users, idle and connected."""
    for key, connect in (("idle_kib", False), ("connected_kib", True)):
        _, low = weigh(bench, peer, few, connect)
        seconds, high = weigh(bench, peer, many, connect)
        row[key].append((high - low) / (many - few))
        if not connect:
            row["spawn_s"].append(seconds)
    bench.say(
        f"idle {peer:9} {many:,} users in {row['spawn_s'][-1]:.2f} s; "
        f"KiB each: idle {row['idle_kib'][-1]:.1f}, connected {row['connected_kib'][-1]:.1f}"
    )


def weigh(bench: Bench, peer: str, users: int, connect: bool) -> tuple[float, float]:
    """The seconds that so many users took to start, and the process's KiB when all is quiet."""

    def make(folder: Path) -> tuple[Generator, Job]:
        environ = {"BENCH_CONNECT": "1" if connect else "0"}
        job = Job(bench.target.url, folder, users, 300, "Idle", loadfile="idle.py", environ=environ, spawn_rate=AT_ONCE)
        return bench.generator(peer), job

    before = bench.target.counters()
    with running(make, bench.pinned) as (_, job, process):
        limit = time.monotonic() + LIMIT_S
        out = job.folder / "out.json"
        while not out.exists() or (connect and bench.target.counters().requests - before.requests < users):
            if process.poll() is not None or time.monotonic() > limit:
                raise Failed(f"{users} users did not start within {LIMIT_S:.0f} s\n{tail(job)}")
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        return float(read_json(out, {})["seconds"]), memory_kib(process.pid)
