"""The grammar of thresholds, by recursive descent: from a text to a Threshold, or an error that points at a character.

rule       = quantity [ "{" key "=" word { "," key "=" word } "}" ] comparison number [ unit ] { [","] clause }
quantity   = "fail_ratio" | "failures" | "requests" | "rps" | [ "service." | "response." ] times
           | "metric:" name [ "." ( "rate" | "count" | times ) ]
times      = "avg" | "min" | "max" | "median" | "p" number
comparison = "<" | "<=" | ">" | ">=" | "=="
clause     = "for" duration | "within" duration | "after" duration | "then" ( "stop" | "warn" )
"""

from __future__ import annotations

import math
import re
from typing import Any

from loadhost_failratio._scanner import Scanner, ThresholdError
from loadhost_failratio._threshold import KINDS, METRIC, RATIO, TIME, TIMES, UNITS, Limit, Quantity, Threshold

_REQUEST_KEYS = ("name", "method")
_OF_METRIC = ("rate", "count", *TIMES)
_QUANTITIES = (
    "expected a quantity: fail_ratio, failures, requests, rps, avg, min, max, median, a percentile such as p95 or "
    "p99.9, service.p95, or metric:NAME"
)
_CLAUSES = "expected for 10s, within 10s, after 30s, then stop or then warn"
_SHORTEST_S, _LONGEST_S = 1.0, 10 * 365 * 86_400.0
_EXAMPLES = {"time": "300ms", "ratio": "1%", "rate": "50/s", "count": "10", "metric": "10"}


def parse_threshold(text: str) -> Threshold:
    """The rule that a text states. Raises ThresholdError, a ValueError of one line, for what is none."""
    scanner = Scanner(text)
    quantity = _quantity(scanner)
    selector = _selector(scanner, quantity)
    comparison = _comparison(scanner)
    limit = _limit(scanner, quantity, comparison)
    clauses: dict[str, Any] = {}
    while not scanner.at_end:
        _clause(scanner, clauses)
    return Threshold(quantity, comparison, limit, selector, **clauses)


def _quantity(scanner: Scanner) -> Quantity:
    scanner.skip()
    start = scanner.at
    name = scanner.take_word(r"[A-Za-z_][A-Za-z0-9_]*")
    if name == "metric" and scanner.take(":"):
        return _metric(scanner)
    if name in ("service", "response") and scanner.take("."):
        return Quantity(_times(scanner, "avg, min, max, median or a percentile such as p95"), service=name == "service")
    scanner.at = start
    if name in KINDS and name not in TIMES:
        scanner.at += len(name)
        return Quantity(name)
    return Quantity(_times(scanner, _QUANTITIES))


def _times(scanner: Scanner, expected: str) -> str:
    start = scanner.at
    name = scanner.take_word(r"[A-Za-z_][A-Za-z0-9_]*(\.\d+)?")
    if name in TIMES:
        return name
    if not re.fullmatch(r"p\d+(\.\d+)?", name):
        hint = expected if expected.startswith("expected") else f"expected {expected}"
        raise scanner.error(hint, start)
    if not 0 < float(name[1:]) < 100:
        raise scanner.error("a percentile is above p0 and below p100; there are min and max", start)
    return name


def _metric(scanner: Scanner) -> Quantity:
    name = scanner.quoted()
    if name is None:
        name = scanner.take_word(r"[A-Za-z_][A-Za-z0-9_/:-]*")
    if not name:
        raise scanner.error("expected the name of a metric, in quotes if it has spaces or dots")
    if not scanner.take("."):
        return Quantity("", metric=name)
    start = scanner.at
    if (figure := scanner.take_word(r"[a-z]+\b")) in ("rate", "count"):
        return Quantity(figure, metric=name)
    scanner.at = start
    return Quantity(_times(scanner, f"one of {', '.join(_OF_METRIC)} or a percentile such as p95"), metric=name)


def _selector(scanner: Scanner, quantity: Quantity) -> tuple[tuple[str, str], ...]:
    if not scanner.take("{"):
        return ()
    pairs: list[tuple[str, str]] = []
    while True:
        pairs.append((_key(scanner, quantity), _value(scanner)))
        if scanner.take("}"):
            return tuple(pairs)
        if not scanner.take(","):
            raise scanner.error("expected ',' or '}'")


def _key(scanner: Scanner, quantity: Quantity) -> str:
    scanner.skip()
    start = scanner.at
    if quantity.kind == METRIC:
        key = scanner.quoted()
        key = scanner.take_word(r"[^\s,{}=\"'\\]+") if key is None else key
        if not key:
            raise scanner.error("expected the name of a label", start)
    else:
        key = scanner.take_word()
        if key not in _REQUEST_KEYS:
            raise scanner.error("expected name=... or method=...", start)
    if not scanner.take("="):
        raise scanner.error("expected '='")
    return key


def _value(scanner: Scanner) -> str:
    text = scanner.quoted()
    if text is None:
        text = scanner.take_word(r"[^,{}=\"'\\]+").rstrip()
        if not text:
            raise scanner.error("expected what it should be, in quotes if it has one of , { } = \\ \" '")
    return text


def _comparison(scanner: Scanner) -> str:
    for comparison in ("<=", ">=", "==", "<", ">"):
        if scanner.take(comparison):
            return comparison
    raise scanner.error("expected one of < <= > >= ==")


def _limit(scanner: Scanner, quantity: Quantity, comparison: str) -> Limit:
    scanner.skip()
    start, kind = scanner.at, quantity.kind
    number = scanner.number(f"a number, such as {_EXAMPLES[kind]}")
    unit = _unit(scanner, kind)
    value = number * UNITS[kind].get(unit, 1.0)
    if not math.isfinite(value):
        raise scanner.error("this number is too large", start)
    if kind != METRIC and (number < 0 or (comparison == "<" and not number)):
        raise scanner.error(f"{quantity} is never below 0; write for example <= 0", start)
    if kind == RATIO and value > 1:
        raise scanner.error("a ratio is from 0 to 1, or from 0% to 100%", start)
    if kind == TIME and not unit:
        raise scanner.error("a time has a unit: ms, s or us, such as 300ms", start)
    return Limit(number, unit, value)


def _unit(scanner: Scanner, kind: str) -> str:
    """The unit that stands here; "" before a clause, a comma and the end."""
    units = UNITS[kind]
    scanner.skip()
    start = scanner.at
    unit = scanner.take_word(r"%|/?[A-Za-zµ]+|/").replace("µs", "us")
    if unit in units:
        return unit
    scanner.at = start
    if scanner.at_end or scanner.take(",") or scanner.peek_word() in ("for", "within", "after", "then"):
        scanner.at = start
        return ""
    allowed = f"expected a unit ({', '.join(units)}) or one of" if units else "this has no unit: expected"
    raise scanner.error(f"{allowed} {_CLAUSES.removeprefix('expected ')}", start)


def _clause(scanner: Scanner, clauses: dict[str, Any]) -> None:
    scanner.take(",")
    scanner.skip()
    start = scanner.at
    name = scanner.take_word(r"[A-Za-z]+\b")
    if name not in ("for", "within", "after", "then"):
        raise scanner.error(_CLAUSES, start)
    key = "action" if name == "then" else f"{name}_s"
    if key in clauses:
        raise scanner.error(f"'{name}' is here twice; keep one of them", start)
    clauses[key] = _action(scanner) if name == "then" else _duration(scanner, name)


def _action(scanner: Scanner) -> str:
    scanner.skip()
    start = scanner.at
    action = scanner.take_word(r"[A-Za-z]+\b")
    if action not in ("stop", "warn"):
        raise scanner.error("expected stop or warn", start)
    return action


def _duration(scanner: Scanner, clause: str) -> float:
    scanner.skip()
    start = scanner.at
    seconds = scanner.seconds(f"{clause} 10s")
    if not seconds <= _LONGEST_S:
        raise scanner.error("that is more than ten years", start)
    if clause != "after" and seconds < _SHORTEST_S:
        raise scanner.error("figures come once a second: expected 1s or more", start)
    return seconds


__all__ = ["ThresholdError", "parse_threshold"]
