"""The plain lines of a run whose output is no terminal: one every few seconds, as key=value pairs."""

from __future__ import annotations

from loadhost_hookspecs import EntryFigures, StatsWindow


def progress_line(seconds: float, window: StatsWindow, totals: EntryFigures, recent: EntryFigures, span: float) -> str:
    """`t_s=5 users=20 requests=412 failures=3 rps=82.4 fail_ratio=0.007 p50_ms=11.2 p95_ms=14.0 p99_ms=19.5`.

    `requests` and `failures` count from the start; the rest is of the last ten seconds.
    """
    times = recent.response_times
    pairs = {
        "t_s": f"{seconds:.0f}",
        "users": str(window.user_count),
        "requests": str(totals.requests),
        "failures": str(totals.failures),
        "rps": f"{recent.requests / span if span > 0 else 0.0:.1f}",
        "fail_ratio": f"{recent.fail_ratio:.3f}",
        "p50_ms": f"{times.percentile(0.5):.2f}",
        "p95_ms": f"{times.percentile(0.95):.2f}",
        "p99_ms": f"{times.percentile(0.99):.2f}",
    }
    return " ".join(f"{key}={value}" for key, value in pairs.items())
