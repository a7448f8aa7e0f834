"""`python -m benchmarks`: measure, print, and write docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks import accuracy, dispatch, idle, influx_hang, machine, pacing, profiles, speed
from benchmarks.bench import Bench
from benchmarks.cases import SPEED_CASES
from benchmarks.nginx import nginx
from benchmarks.parts import gather
from benchmarks.processes import ROOT
from benchmarks.report import render

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
OTHERS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "dispatch": dispatch.run,
    "idle": idle.run,
    "pacing": pacing.run,
    "accuracy": accuracy.run,
    "influx_hang": influx_hang.run,
}
NAMES = (*(case.name for case in SPEED_CASES), *OTHERS)


def main(argv: list[str] | None = None) -> int:
    """Run the cases that were asked for."""
    arguments = parse(argv)
    if arguments.only_report:
        return report(arguments, load(), whole=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `with` blocks end the children
    parts = gather(install=not arguments.no_install)
    for name, reason in parts.left_out.items():
        print(f"Left out: {name} ({reason})")
    if "nginx" not in parts.programs:
        return 1
    results = load() if arguments.keep else {"cases": {}}
    open_files = machine.raise_open_files()
    about = machine.describe() | {"busy": f"{busy():.2f}"}
    results |= {"about": about, "versions": parts.versions, "left_out": parts.left_out}
    with TemporaryDirectory(prefix="loadhost-nginx-") as folder:
        pinned = machine.cores()
        os.sched_setaffinity(0, {pinned.target})
        Path(folder).chmod(0o755)
        with nginx(parts.programs["nginx"], Path(folder), pinned.target, open_files) as target:
            seconds, rounds = window(arguments)
            bench = Bench(parts, pinned, target, seconds, rounds, arguments.quick)
            results["method"] = {"seconds": seconds, "rounds": rounds, "quick": arguments.quick, "cores": list(pinned)}
            measure(bench, arguments.cases, results)
    return report(arguments, results, whole=not arguments.quick and set(arguments.cases) == set(NAMES))


def window(arguments: argparse.Namespace) -> tuple[float, int]:
    """Seconds and rounds: as asked for, else those of a full or a quick run."""
    seconds, rounds = (1.5, 1) if arguments.quick else (4.0, 3)
    return arguments.seconds or seconds, arguments.rounds or rounds


def measure(bench: Bench, names: list[str], results: dict[str, Any]) -> None:
    """Case by case; what is there is saved after each, so that an interrupted run is not lost."""
    began = time.monotonic()
    stamp = {"date": results["about"]["date"], "revision": results["about"]["revision"]}
    for case in SPEED_CASES:
        if case.name in names and (case.quick or not bench.quick):
            results["cases"][case.name] = speed.run(bench, case) | stamp
            results["cases"][case.name]["profile"] = profiles.if_too_slow(bench, case, results["cases"][case.name])
            save(results)
    for name, run in OTHERS.items():
        if name in names:
            results["cases"][name] = run(bench) | stamp
            save(results)
    bench.say(f"done in {(time.monotonic() - began) / 60:.1f} minutes")


def report(arguments: argparse.Namespace, results: dict[str, Any], *, whole: bool) -> int:
    """Print the tables; write the page, if it was a whole run or is asked for."""
    text = render(results)
    print("\n" + text)
    if whole or arguments.write:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}")
    else:
        print("A part, or a quick run: docs/performance.md is left as it is (--write writes it).")
    return 0


def busy() -> float:
    """How many cores something else keeps busy, before we begin."""
    return float(sum(psutil.cpu_percent(interval=1.0, percpu=True))) / 100


def load() -> dict[str, Any]:
    """The last results, or none."""
    try:
        found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"cases": {}}
    return found


def save(results: dict[str, Any]) -> None:
    """As JSON, for comparisons; not kept in the repository."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="loadhost beside its peers.")
    parser.add_argument("--cases", default=list(NAMES), type=case_names, help=f"a,b,c of: {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, help="how long each measurement looks (4; quick: 1.5)")
    parser.add_argument("--rounds", type=int, help="how often each generator is measured (3; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="a look in five minutes instead of twenty-five")
    parser.add_argument("--keep", action="store_true", help="keep the last results of the cases that don't run now")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md in any case")
    parser.add_argument("--only-report", action="store_true", help="measure nothing: the page from the last results")
    parser.add_argument("--no-install", action="store_true", help="take the peers that are there")
    return parser.parse_args(argv)


def case_names(text: str) -> list[str]:
    """The names in a list with commas, each checked."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in NAMES:
            raise argparse.ArgumentTypeError(f"no case {name!r}; there are: {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
