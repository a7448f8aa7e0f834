"""The speed cases: all generators in turns, A B C A B C, so that what the machine does meanwhile meets each of them."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cases import SpeedCase
from benchmarks.measuring import Sample
from benchmarks.peers import Job


def run(bench: Bench, case: SpeedCase) -> dict[str, Any]:
    """Every sample of a case, by peer; `left_out`: who could not take part."""
    url = bench.target.tls_url if case.tls else bench.target.url
    if url is None:
        return {"skipped": "TLS needs the openssl program: apt-get install openssl"}
    peers = [peer for peer in case.peers if bench.has(peer)]
    samples: dict[str, list[dict[str, Any]]] = {peer: [] for peer in peers}
    for number in range(bench.rounds):
        for peer in peers:
            sample = bench.sample(peer, lambda folder: job_of(case, url, folder))
            if sample is not None:
                samples[peer].append(sample.as_dict())
                bench.say(f"{case.name} {number + 1}/{bench.rounds} {line(sample)}")
    return {"samples": samples, "left_out": [peer for peer in case.peers if peer not in peers]}


def job_of(case: SpeedCase, url: str, folder: Path) -> Job:
    """What a generator is to do."""
    return Job(
        url=url,
        folder=folder,
        users=case.users,
        seconds=0,
        user=case.user,
        path=case.path,
        listeners=case.listeners,
        # Locust reads the list of authorities anew for each user with TLS.
        start_s=1.0 + case.users / (5 if case.tls else 500),
    )


def line(sample: Sample) -> str:
    """For the terminal."""
    return (
        f"{sample.peer:9} {sample.rps:9,.0f}/s {sample.cpu_us:7.2f} us  "
        f"generator {sample.generator_cpu:4.0%}, target {sample.target_cpu:4.0%}"
        + (f", {sample.failures} failures" if sample.failures else "")
    )


def medians(result: dict[str, Any], key: str = "rps") -> dict[str, float]:
    """By peer, of those that gave samples."""
    found = result.get("samples", {})
    return {peer: median(each[key] for each in samples) for peer, samples in found.items() if samples}


def ratio(result: dict[str, Any], peer: str) -> float | None:
    """Loadhost's median of requests per second over that of a peer; None if one of them is missing."""
    figures = medians(result)
    return figures["loadhost"] / figures[peer] if "loadhost" in figures and figures.get(peer) else None


def spread(result: dict[str, Any], peer: str) -> tuple[float, float] | None:
    """The smallest and the largest ratio of a single round."""
    found = result.get("samples", {})
    ours, theirs = found.get("loadhost", []), found.get(peer, [])
    ratios = [mine["rps"] / other["rps"] for mine, other in zip(ours, theirs, strict=False)]
    return (min(ratios), max(ratios)) if ratios else None
