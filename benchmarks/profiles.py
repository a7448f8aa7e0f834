"""Where the time goes in a case that misses what is asked of it: a profile for the report."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import speed
from benchmarks.bench import Bench
from benchmarks.cases import SpeedCase
from benchmarks.profile_request import Wanted, profile, rows

TOP = 12


def if_too_slow(bench: Bench, case: SpeedCase, result: dict[str, Any]) -> list[str] | None:
    """The functions that take most, as lines of text; None if all that is asked is met, or in a quick run."""
    if bench.quick:
        return None
    ratios = [(speed.ratio(result, goal.peer), goal.least) for goal in case.goals]
    if all(ratio is None or ratio >= least for ratio, least in ratios):
        return None
    bench.say(f"{case.name} is below what is asked: profiling it")
    url = (bench.target.tls_url if case.tls else None) or bench.target.url
    wanted = Wanted(case.user, case.users, 6.0, case.listeners, url, bench.pinned.generator)
    with TemporaryDirectory(prefix="loadhost-profile-") as folder:
        found = profile(wanted, Path(folder))
    return rows(found, TOP) if found else None
