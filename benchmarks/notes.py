"""What a reader must know beside the figures: a busy target, other work on the machine, counts that differ."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SPEED_CASES, SpeedCase
from benchmarks.speed import medians

TARGET_LIMIT = 0.85
GENERATOR_IDLE = 0.9
OTHERS_LIMIT = 0.15


def render(results: dict[str, Any]) -> str:
    """The section, empty if there is nothing to say."""
    lines = [*general(results)]
    for case in SPEED_CASES:
        lines += of_case(case, results["cases"].get(case.name, {}))
    return "## Notes\n\n" + "\n".join(f"* {line}" for line in lines) + "\n" if lines else ""


def general(results: dict[str, Any]) -> list[str]:
    """About the whole run."""
    lines = []
    busy = float(results.get("about", {}).get("busy", 0.0))
    if busy > OTHERS_LIMIT:
        lines.append(f"Something else kept {busy:.1f} cores busy when the measurements began: the figures are too low.")
    if results.get("method", {}).get("quick"):
        lines.append("This was a quick run: a single round of short looks.")
    pinned = results.get("method", {}).get("cores", [0, 1])
    if len(set(pinned)) < 2:
        lines.append("This machine gives a single core: target and generator shared it, so only ratios mean anything.")
    revisions = {case.get("revision") for case in results["cases"].values()}
    if len(revisions) > 1:
        lines += [f"Measured at another commit, {each['revision']}: {name}" for name, each in results["cases"].items()]
    return lines


def of_case(case: SpeedCase, result: dict[str, Any]) -> list[str]:
    """About one case."""
    lines = []
    for peer, samples in result.get("samples", {}).items():
        if not samples:
            lines.append(f"{case.title}: {peer} gave no figures.")
            continue
        target, generator, others = (
            medians(result, key)[peer] for key in ("target_cpu", "generator_cpu", "others_cpu")
        )
        who = f"{case.title}, {peer}:"
        if target > TARGET_LIMIT:
            lines.append(f"{who} the target took {target:.0%} of its core and may have been the limit.")
        if generator < GENERATOR_IDLE and target <= TARGET_LIMIT:
            lines.append(f"{who} the generator took {generator:.0%} of its core: its us per request say more.")
        lines += counts(who, case.users, samples)
    others = max(medians(result, "others_cpu").values(), default=0.0)
    if others > OTHERS_LIMIT:
        lines.append(f"{case.title}: something else took up to {others:.0%} of a core meanwhile.")
    return lines


def counts(who: str, users: int, samples: list[dict[str, Any]]) -> list[str]:
    """Where the generator's count is not the target's. Requests under way at the end are in one of them only."""
    lines = []
    if any(sample["own"] is None for sample in samples):
        lines.append(f"{who} its own count could not be read.")
    off = [sample["own"] - sample["counted"] for sample in samples if sample["own"] is not None]
    worst = max(off, key=abs, default=0)
    if abs(worst) > users:
        lines.append(f"{who} it counted {worst:+,} requests compared with the target.")
    if failures := sum(sample["failures"] or 0 for sample in samples):
        lines.append(f"{who} {failures:,} failures in {len(samples)} runs.")
    more = max(sample["connections"] for sample in samples) - users
    if more > 0.01 * users + 1:
        lines.append(f"{who} it opened {more:,} connections more than it has users.")
    return lines
