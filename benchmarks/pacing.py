"""Pacing: 1,000 users of one iteration per second; how late do the iterations start?"""

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
    """Per peer: percentiles of the lateness in ms, and how it adds up."""
    seconds = 8 if bench.quick else 20
    rows = {}
    for peer in (peer for peer in PEERS if bench.has(peer)):
        if not can_pace(bench, peer):
            rows[peer] = {"skipped": "it has no constant_throughput"}
            continue
        rows[peer] = row = one(bench, peer, seconds)
        told = row.get("skipped") or ", ".join(f"{key} {value:.2f}" for key, value in row.items())
        bench.say(f"pacing {peer:9} {told}")
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
        users = read_json(job.folder / "out.json", [])
        return figures(users) or {"skipped": tail(job, 3)}


def figures(users: list[list[float]]) -> dict[str, Any]:
    """What a report says of the starts of each user's iterations, in seconds, one of them due each second.

    A user's due times are a second apart; that they are not earlier than its most punctual iteration is all that both
    tools promise, so that one is taken for punctual. The first one is left out: it belongs to the start of the user.
    """
    lateness, drifts = [], []
    for starts in users:
        offsets = [start - number for number, start in enumerate(starts[1:])]
        if len(offsets) > 1:
            lateness += [(offset - min(offsets)) * 1000 for offset in offsets]
            drifts.append((offsets[-1] - offsets[0]) * 1000 / (len(offsets) - 1))
    if not lateness:
        return {}
    lateness.sort()
    count = len(lateness)
    return {
        "iterations": count,
        "p50_ms": lateness[count // 2],
        "p99_ms": lateness[int(count * 0.99)],
        "max_ms": lateness[-1],
        "drift_ms": sum(drifts) / len(drifts),
    }
