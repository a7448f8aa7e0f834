"""How figures, limits and what became of a rule read as a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from loadhost_failratio._parts import Reading
from loadhost_failratio._threshold import COUNT, METRIC, RATE, RATIO, TIME, Threshold, plain, seconds_text

_BROKEN = {"<": "not below", "<=": "above", ">": "not above", ">=": "below", "==": "not"}
_DIGITS = 4
_MOST_NAMES = 5


def broken(rule: Threshold, reading: Reading) -> str:
    """ "fail ratio 34.2 % over the last 10 s (41 of 120 requests) is above 20 %"."""
    held = f", for {seconds_text(rule.for_s)} by now" if rule.for_s else ""
    return f"{observed(rule, reading)} is {_BROKEN[rule.comparison]} {limit(rule)}{held}"


def kept(rule: Threshold, reading: Reading) -> str:
    """ "highest fail ratio 3.0 % over the last 10 s (3 of 100 requests), limit 20 %"."""
    extreme = {"<": "highest ", "<=": "highest ", ">": "lowest ", ">=": "lowest "}.get(rule.comparison, "")
    return f"{extreme if rule.span_s else ''}{observed(rule, reading)}, limit {limit(rule)}"


def now(rule: Threshold, reading: Reading) -> str:
    """ "fail ratio 2.0 % over the last 1 s, limit 20 %"."""
    return f"{_figure(rule, reading)}, limit {limit(rule)}"


def observed(rule: Threshold, reading: Reading) -> str:
    """ "p95 412 ms over the whole run (1,200 requests)"."""
    return f"{_figure(rule, reading)}{_counts(rule, reading)}"


def subject(rule: Threshold) -> str:
    """ "fail ratio", "p95{name=/checkout}"."""
    return rule.subject.replace("fail_ratio", "fail ratio", 1) if rule.quantity.figure == "fail_ratio" else rule.subject


def limit(rule: Threshold) -> str:
    """As it was written, a ratio in percent: "300 ms", "20 %", "50/s"."""
    if rule.quantity.kind == RATIO:
        return f"{100 * rule.limit.value:.6g} %"
    return _with_unit(rule, plain(rule.limit.number))


def value_text(rule: Threshold, value: float) -> str:
    """A figure in the unit of the limit, with as many digits as it takes to tell the two apart."""
    if rule.quantity.kind == RATIO:
        text = f"{100 * value:.1f} %"
        return text if text != f"{100 * rule.limit.value:.1f} %" else f"{100 * value:.6g} %"
    number, unit = rule.limit.number, rule.limit.unit
    shown = value / (rule.limit.value / number) if number else value
    if rule.quantity.kind == TIME and not number:
        shown = value / {"s": 1000.0, "us": 0.001}.get(unit, 1.0)
    for digits in (_DIGITS, 8, 17):
        text = plain(float(f"{shown:.{digits}g}"))
        if shown == number or text != plain(number):
            break
    return _with_unit(rule, text)


def seen(count: int, what: str) -> str:
    """ "1,200 requests", "1 request"."""
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def what_counts(rule: Threshold) -> str:
    """What a rule has samples of: "request" or "value"."""
    return "value" if rule.quantity.kind == METRIC else "request"


def nothing_matched(rule: Threshold, names: Iterable[str], methods: Iterable[str]) -> str:
    """Which selector matched nothing, and what there was that is like it."""
    known = {"name": sorted(set(names)), "method": sorted(set(methods))}
    for key, value in rule.selector:
        if value not in known[key]:
            return f"no request has the {key} {value!r}{_near(value, known[key])}"
    return "no request matches the selector: these names and methods do not come together"


def no_metric(name: str, known: Iterable[str]) -> str:
    """That there is no such metric, and what there was that is like it."""
    return f"there is no metric {name!r}{_near(name, sorted(set(known)))}"


def _near(word: str, known: list[str]) -> str:
    if not known:
        return "; there was none at all"
    near = difflib.get_close_matches(word, known, 3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f"; there are {', '.join(known[:_MOST_NAMES])}{more}"


def _figure(rule: Threshold, reading: Reading) -> str:
    stretch = "over the whole run" if rule.span_s is None else f"over the last {round(reading.seconds, 1):g} s"
    return f"{subject(rule)} {value_text(rule, reading.value)} {stretch}"


def _counts(rule: Threshold, reading: Reading) -> str:
    if rule.quantity.figure == "requests":
        return ""
    samples = seen(reading.samples, what_counts(rule))
    if rule.quantity.kind == RATIO:
        return f" ({reading.failures:,} of {samples})"
    return f" (of {samples})" if rule.quantity.kind == COUNT else f" ({samples})"


def _with_unit(rule: Threshold, number: str) -> str:
    whole, point, rest = number.partition(".")
    text = f"{int(whole):,}{point}{rest}" if whole.isdigit() else number
    unit = "/s" if rule.quantity.kind == RATE else rule.limit.unit
    return f"{text}{unit}" if unit in ("", "/s") else f"{text} {unit}"
