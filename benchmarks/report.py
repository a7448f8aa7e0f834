"""docs/performance.md, from the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import notes, special_tables
from benchmarks.cases import SPEED_CASES, SpeedCase
from benchmarks.speed import medians, ratio, spread
from benchmarks.tables import factor, table

INTRODUCTION = """\
# Performance

How fast loadhost is beside its peers, measured side by side on one machine. Absolute figures belong to that machine;
the ratios are what to hold on to. This page is written by `make bench`; change benchmarks/ instead of it.
"""
METHOD = """\
## Method

* One process of each generator on a core of its own, the target on another, pinned. The generators are driven by
  their real commands (`loadhost run FILE -u N -r N -t TIME --only-summary`, `locust --headless ... --only-summary`,
  `wrk -t1`, `hey -cpus 1`), with their defaults; users don't wait. loadhost and Locust run the same loadfile,
  benchmarks/loadfiles/users.py, with the import changed.
* The target is one worker of nginx with short answers from memory. It counts the requests, by `stub_status`; the
  generators' own counts are compared with it. Its CPU is watched: where it was near its limit, the generator could
  have done more, and a note says so.
* A measurement begins when every user has its connection, and looks for {seconds:g} s. The generators take turns,
  {rounds} rounds; a figure is the median of the rounds, a ratio that of two medians. In parentheses: the smallest and
  the largest ratio of a single round.
* us: CPU time of the generator's process per request, the kernel's part included. By CPU: how many times that of
  loadhost. Where both generators had their core for themselves, that is the ratio of the requests per second as well.
"""


def render(results: dict[str, Any]) -> str:
    """The whole page."""
    method = results.get("method", {"seconds": 0, "rounds": 0})
    parts = [
        INTRODUCTION,
        about(results),
        "## What was asked, what was measured\n\n" + goals(results["cases"]),
        METHOD.format(**method),
        "## Requests per second\n\n" + speeds(results["cases"]),
        *special_tables.render(results["cases"]),
        *profiles(results["cases"]),
        notes.render(results),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts if part.strip())


def about(results: dict[str, Any]) -> str:
    """When, where, with what."""
    facts = dict(results.get("about", {}))
    facts.pop("busy", None)
    rows = list(facts.items())
    rows += [(name, version) for name, version in results.get("versions", {}).items()]
    rows += [(f"{name}, left out", reason) for name, reason in results.get("left_out", {}).items()]
    return table(("", ""), rows)


def goals(cases: dict[str, Any]) -> str:
    """The table of what loadhost wants to reach."""
    rows = []
    for case in SPEED_CASES:
        for goal in case.goals:
            measured = ratio(cases.get(case.name, {}), goal.peer)
            rows.append(
                (case.title, peer_title(case, goal.peer), goal.least, goal.aim, *judged(measured, goal.least, goal.aim))
            )
    rows += special_tables.goals(cases)
    return table(("case", "peer", "at least", "aim", "measured", ""), rows, right=(2, 3, 4))


def judged(measured: float | None, least: float, aim: float) -> tuple[str, str]:
    """A ratio, and what it is worth."""
    if measured is None:
        return ("not measured", "")
    return (factor(measured), "aim reached" if measured >= aim else "reached" if measured >= least else "**missed**")


def peer_title(case: SpeedCase, peer: str) -> str:
    """The peer, with what it does."""
    if peer != "locust":
        return peer
    return "Locust HttpUser" if case.user == "Http" else "Locust FastHttpUser, the same"


def speeds(cases: dict[str, Any]) -> str:
    """One row per case and generator."""
    rows: list[tuple[Any, ...]] = []
    for case in SPEED_CASES:
        result = cases.get(case.name, {})
        if "skipped" in result:
            rows.append((case.title, "", "", "", "", "", "", f"left out: {result['skipped']}"))
        rows += speed_rows(case, result)
    head = ("case", "generator", "requests/s", "us", "its core", "target's core", "loadhost is", "by CPU")
    return table(head, rows, right=(2, 3, 4, 5, 6, 7))


def speed_rows(case: SpeedCase, result: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """Those of one case; its name stands in the first."""
    title = case.title if case.users == 50 or "users" in case.title else f"{case.title}, {case.users:,} users"
    for number, (peer, rps) in enumerate(medians(result).items()):
        yield (
            title if number == 0 else "",
            peer,
            f"{rps:,.0f}",
            f"{medians(result, 'cpu_us')[peer]:.1f}",
            f"{medians(result, 'generator_cpu')[peer]:.0%}",
            f"{medians(result, 'target_cpu')[peer]:.0%}",
            times(result, peer),
            by_cpu(result, peer),
        )


def times(result: dict[str, Any], peer: str) -> str:
    """`8.3 times (8.1 to 8.6)`, or nothing for loadhost itself."""
    measured, between = ratio(result, peer), spread(result, peer)
    if peer == "loadhost" or measured is None or between is None:
        return ""
    return f"{factor(measured)} times ({factor(between[0])} to {factor(between[1])})"


def by_cpu(result: dict[str, Any], peer: str) -> str:
    """How many times the CPU of loadhost a request of this peer takes."""
    us = medians(result, "cpu_us")
    return f"{factor(us[peer] / us['loadhost'])}" if peer != "loadhost" and us.get("loadhost") else ""


def profiles(cases: dict[str, Any]) -> Sequence[str]:
    """Where the time goes where too much of it goes."""
    found = [
        (case.title, cases[case.name]["profile"]) for case in SPEED_CASES if cases.get(case.name, {}).get("profile")
    ]
    if not found:
        return ()
    blocks = [f"### {title}\n\n```\n" + "\n".join(lines) + "\n```\n" for title, lines in found]
    return ["## Where the time goes in what was missed\n\n" + "\n".join(blocks)]
