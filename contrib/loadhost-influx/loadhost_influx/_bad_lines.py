"""Which lines of a batch a 400 speaks of, in the words of InfluxDB 1, 2 and 3."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loadhost_influx._answer import Answer, message_of, parsed
from loadhost_influx._quarantine import Refused

_UNPARSED = re.compile(r"unable to parse '(.*?)': ([^\n]*)", re.DOTALL)
_DROPPED = re.compile(r"\bdropped=(\d+)\b")


def bad_lines(lines: Sequence[str], answer: Answer) -> dict[int, Refused]:
    """By their index. Empty if the answer doesn't tell: then the batch is halved, until a line is alone."""
    message = message_of(answer.text) or answer.text
    if len(lines) == 1 or _all_are_bad(lines, message):
        return {index: Refused(line, answer.reason) for index, line in enumerate(lines)}
    return _quoted(lines, message, answer.status) or _numbered(lines, answer)


def _all_are_bad(lines: Sequence[str], message: str) -> bool:
    # "partial write: field type conflict: ... dropped=3"
    match = _DROPPED.search(message)
    return match is not None and int(match[1]) == len(lines)


def _quoted(lines: Sequence[str], message: str, status: int) -> dict[int, Refused]:
    reasons = dict(_UNPARSED.findall(message))
    return {
        index: Refused(line, f"{status}: unable to parse: {reasons[line]}")
        for index, line in enumerate(lines)
        if line in reasons
    }


def _numbered(lines: Sequence[str], answer: Answer) -> dict[int, Refused]:
    # InfluxDB 3: {"error": ..., "data": [{"line_number": 2, "error_message": ...}]}
    found = {}
    entries = parsed(answer.text).get("data")
    for entry in entries if isinstance(entries, list) else ():
        number = entry.get("line_number") if isinstance(entry, dict) else None
        if isinstance(number, int) and 1 <= number <= len(lines):
            found[number - 1] = Refused(lines[number - 1], f"{answer.status}: {entry.get('error_message', '')}")
    return found
