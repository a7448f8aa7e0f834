"""The instrument in words: the line while a run goes on, and the reason of the verdict."""

from __future__ import annotations

from collections.abc import Mapping

from loadhost_builtins._texts import count, milliseconds, percent
from loadhost_builtins.machine._judgment import LONG_ENOUGH_S, Evidence, Finding, Fitness, what_is_right


def status_line(figures: Mapping[str, float]) -> str:
    """One line of all that was measured so far; "" before the first second is over."""
    if "cpu" not in figures:
        return ""
    late, most = milliseconds(figures["hub_lag_p99_ms"]), milliseconds(figures["hub_lag_max_ms"])
    parts = [
        f"CPU {percent(figures['cpu'])} of a core ({percent(figures['cpu_max'])} at most)",
        f"{percent(figures['stolen'])} taken by others",
        f"hub {late} ms late at p99 ({most} at most)",
        f"GC {milliseconds(figures['gc_pause_ms'])} ms at most",
        f"{figures['memory_bytes'] / 1e6:,.0f} MB",
    ]
    if "open_files" in figures:
        parts.append(f"{count(int(figures['open_files']))} files open")
    if "ephemeral_ports" in figures:
        used, available = int(figures["ephemeral_ports"]), int(figures["ephemeral_ports_available"])
        parts.append(f"{count(used)} of {count(available)} ports")
    return ", ".join(parts)


def reason(fitness: Fitness, findings: tuple[Finding, ...], evidence: Evidence) -> str:
    """One line: the verdict, why, which figures are right, and what to do."""
    if fitness is Fitness.FIT:
        if evidence.seconds < LONG_ENOUGH_S:
            return f"nothing wrong was seen in {evidence.seconds:.1f} s, which are too few to find much"
        return f"the instrument is fit: {what_is_right(evidence)}"
    found = "; ".join(finding.text for finding in findings)
    text = f"the instrument is {fitness}: {found}. {_capital(what_is_right(evidence))}"
    advice = list(dict.fromkeys(each for finding in findings for each in finding.advice))
    return f"{text}. {_capital('; '.join(advice))}" if advice else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
