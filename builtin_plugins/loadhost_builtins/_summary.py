"""The summary of a run in Markdown, as GitHub shows it: the verdict, the rules, the names, the failures. Bounded."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence

from loadhost import Outcome, RunResult
from loadhost_hookspecs import EntryFigures

from loadhost_builtins._texts import clean, clock, count, milliseconds, percent, plural, rate, shorten
from loadhost_builtins._threshold_rows import threshold_rows
from loadhost_builtins._tones import BAD, GOOD, quantity, tone

MAX_RULES, MAX_NAMES, MAX_FAILURES = 100, 50, 20
LONGEST = 300
_SIGNS = {GOOD: "✅", BAD: "❌"}
_PERCENTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_PLAIN = frozenset(" ,-/()%=+;'.?") | frozenset(string.ascii_letters + string.digits)


def summary(result: RunResult) -> str:
    """The whole of it. A few dozen rows of each kind at most: far below what GitHub takes."""
    return "\n".join(_blocks(result)) + "\n"


def escaped(text: str, longest: int = LONGEST) -> str:
    """Any text as nothing but text: each sign that Markdown or HTML could take for markup is a character reference."""
    short = shorten(clean(text), longest)
    plain = "".join(char if char in _PLAIN or ord(char) > 127 else f"&#{ord(char)};" for char in short)
    return re.sub(r"www\.", "www&#46;", plain, flags=re.IGNORECASE)  # or GitHub makes it a link


def _blocks(result: RunResult) -> Iterator[str]:
    yield f"## {_sign(result.outcome)} Load test {result.outcome.value}, exit code {result.exit_code}\n"
    if result.verdict:
        yield f"{escaped(result.verdict, 1000)}\n"
    yield f"{_figures(result)}\n"
    if rows := threshold_rows(result):
        yield "### Thresholds\n"
        yield from _table(
            ("", "Rule", "Outcome", ">Observed", ">Limit"),
            [
                (_sign(row.outcome), escaped(row.rule), row.outcome.value, escaped(quantity(row.observed, row.unit)),
                 escaped(quantity(row.limit, row.unit)))
                for row in rows[:MAX_RULES]
            ],
        )  # fmt: skip
        yield _more(len(rows), MAX_RULES, "rules")
    yield from _names(result)
    yield from _failures(result)
    others = [part for part in result.parts if part.plugin == "machine"]
    for part in others:
        yield f"**The instrument**: {escaped(part.verdict.reason, 1000)}\n"
    yield f"<sub>run {escaped(result.run_id)}</sub>\n"


def _figures(result: RunResult) -> str:
    totals, seconds = result.totals, result.counted_s
    parts = [plural(totals.requests, "request")]
    if totals.requests and seconds > 0:
        parts.append(f"{rate(totals.requests / seconds)}/s")
        parts.append(f"{percent(totals.fail_ratio)} failed")
        parts += [f"{name} {_ms(totals, share)} ms" for name, share in _PERCENTILES]
    parts.append(f"{plural(result.user_count, 'user')} at the peak, {clock(result.duration_s)}")
    return " · ".join(parts)


def _names(result: RunResult) -> Iterator[str]:
    if not result.entries:
        return
    yield "### Requests\n"
    entries = sorted(result.entries, key=lambda entry: -entry.requests)[:MAX_NAMES]
    yield from _table(
        ("Name", ">Requests", ">Failed", *(f">{name} ms" for name, _ in _PERCENTILES), ">max ms"),
        [
            (
                escaped(f"{entry.method} {entry.name}"),
                count(entry.requests),
                f"{count(entry.failures)} ({percent(entry.fail_ratio)})" if entry.failures else "0",
                *(_ms(entry, share) for _, share in _PERCENTILES),
                milliseconds(entry.response_times.max) if entry.requests else "-",
            )
            for entry in sorted(entries, key=lambda entry: (entry.name, entry.method))
        ],
    )
    yield _more(len(result.entries), MAX_NAMES, "names")


def _failures(result: RunResult) -> Iterator[str]:
    if not result.failures and not result.exceptions:
        return
    rows = [(row.count, f"{row.method} {row.name}", row.error) for row in result.failures]
    rows += [(row.count, row.user_class, row.message) for row in result.exceptions]
    rows.sort(key=lambda row: -row[0])
    yield "### Failures\n"
    yield from _table(
        (">Count", "Where", "Error"),
        [(count(number), escaped(place), escaped(error)) for number, place, error in rows[:MAX_FAILURES]],
    )
    yield _more(len(rows), MAX_FAILURES, "kinds")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A head with ">" in front is that of a column of numbers."""
    yield f"| {' | '.join(head.removeprefix('>') for head in heads)} |"
    yield f"|{'|'.join('---:' if head.startswith('>') else '---' for head in heads)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _more(number: int, shown: int, what: str) -> str:
    return f"and {count(number - shown)} more {what}\n" if number > shown else ""


def _ms(entry: EntryFigures, share: float) -> str:
    return milliseconds(entry.response_times.percentile(share)) if entry.response_times.count else "-"


def _sign(outcome: Outcome) -> str:
    return _SIGNS.get(tone(outcome), "⚠️")
