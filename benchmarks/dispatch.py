"""Dispatch: what telling one request event to 0, 1, 3 and 10 plugins costs, beside Locust's EventHook.fire."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.processes import ROOT

COUNTS = (0, 1, 3, 10)


def run(bench: Bench) -> dict[str, Any]:
    """Nanoseconds per event, by number of plugins and tool; in turns."""
    pythons = {"loadhost": sys.executable, "locust": bench.parts.programs.get("python")}
    rows = {}
    for count in COUNTS:
        found: dict[str, list[float]] = {tool: [] for tool, python in pythons.items() if python}
        for _ in range(bench.rounds):
            for tool in found:
                if (ns := cost(str(pythons[tool]), tool, count, bench.pinned.generator)) is not None:
                    found[tool].append(ns)
        rows[str(count)] = {tool: median(values) for tool, values in found.items() if values}
        bench.say(
            f"dispatch to {count:2}: " + ", ".join(f"{tool} {ns:,.0f} ns" for tool, ns in rows[str(count)].items())
        )
    return {"ns": rows}


def cost(python: str, tool: str, count: int, core: int) -> float | None:
    """One measurement, in the tool's own environment."""
    # Isolated: or it would take this folder's modules for those of the same name elsewhere.
    command = [python, "-I", str(ROOT / "benchmarks" / "dispatch_cost.py"), tool, str(count)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return None
    return float(done.stdout)
