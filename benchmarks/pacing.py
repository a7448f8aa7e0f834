"""Pacing: 1,000 users of one iteration per second; how far from their due times do the iterations start?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, whole
from benchmarks.measuring import running, tail
from benchmarks.peers import Generator, Job, read_json

PEERS = ("loadhost", "locust")
USERS = 1000


def run(bench: Bench) -> dict[str, Any]:
    """Per peer: percentiles of the deviation in ms, and iterations per second and user."""
    seconds = 8 if bench.quick else 20
    rows = {}
    for peer in (peer for peer in PEERS if bench.has(peer)):
        if not can_pace(bench, peer):
            rows[peer] = {"skipped": "it has no constant_throughput"}
            continue
        rows[peer] = row = one(bench, peer, seconds)
        bench.say(f"pacing {peer:9} {row}")
    return {"users": USERS, "seconds": seconds, "peers": rows}


def can_pace(bench: Bench, peer: str) -> bool:
    """Whether it has constant_throughput."""
    python = sys.executable if peer == "loadhost" else bench.parts.programs["python"]
    return (
        subprocess.run(
            [python, "-c", f"from {peer} import constant_throughput"], capture_output=True, check=False
        ).returncode
        == 0
    )


def one(bench: Bench, peer: str, seconds: int) -> dict[str, Any]:
    """One run."""

    def make(folder: Path) -> tuple[Generator, Job]:
        return bench.generator(peer), Job(
            bench.target.url, folder, USERS, whole(seconds), "Paced", loadfile="pacing.py"
        )

    with running(make, bench.pinned) as (_, job, process):
        try:
            process.wait(seconds + 30)
        except subprocess.TimeoutExpired:
            return {"skipped": "it did not end"}
        deviations = read_json(job.folder / "out.json", [])
        return figures(deviations) if deviations else {"skipped": tail(job, 3)}


def figures(deviations: list[float]) -> dict[str, Any]:
    """What a report says of deviations in ms: late ones are positive; percentiles are of the distance."""
    distances = sorted(map(abs, deviations))

    def at(quantile: float) -> float:
        return distances[min(len(distances) - 1, int(len(distances) * quantile))]

    return {
        "iterations": len(distances),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": distances[-1],
        "last_mean_ms": sum(deviations[-USERS:]) / len(deviations[-USERS:]),
    }
