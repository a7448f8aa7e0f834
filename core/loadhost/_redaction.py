"""Redactor: texts without secrets. For reports: what a server, a user's code or a setting brings in may hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
"""What stands for a secret wherever one would be shown."""

_SHORTEST = 4
"""A shorter value of a secret option is not looked for in texts: it would be found in many words."""

_KEY = r"[\w-]*(?:password|passwd|secret|token|session_?id|signature|credential|(?:api|access|private)[-_]?key)s?"
_QUOTED = r"\"[^\"\r\n]*\"|'[^'\r\n]*'"
_RULES = (
    # http://user:password@host
    (re.compile(r"(?<=://)[^\s/?#'\"<>]*@"), f"{HIDDEN}@"),
    # Authorization: Basic ..., {'Cookie': '...'}, X-Api-Key=...
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:key|token|auth|secret)[\w-]*)"
            rf"(\\?['\"]?\s*[:=]\s*)(?:\*\*\*|b?(?:{_QUOTED})|[^\r\n'\"}}]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # Bearer a1b2c3..., wherever it stands
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*[\d._=])[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # a JSON web token
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*"), HIDDEN),
    # ?token=..., {"password": "..."}; "unexpected token: x" is none
    (re.compile(rf"(?i)\b({_KEY})(\\?['\"]?\s*=\s*)(?:{_QUOTED}|[^\s&'\",;)}}<>]+)"), rf"\1\2{HIDDEN}"),
    (re.compile(rf"(?i)\b({_KEY})(\\?['\"]?\s*:\s*)(?:{_QUOTED})"), rf"\1\2{HIDDEN}"),
    (re.compile(rf"(?i)(['\"]{_KEY}\\?['\"]\s*:\s*)[^\s'\",;)}}<>]+"), rf"\1{HIDDEN}"),
)
# A text without any of these has nothing for the rules: most names and errors are done with one search.
_HINT = re.compile(r"(?i)://[^\s/]*@|authorization|cookie|\bx-|bearer|basic|eyJ|passw|secret|token|session|signature|"
                   r"credential|key")  # fmt: skip


class Redactor:
    """Replaces by "***": the values of secret options in all their spellings, credentials in addresses, headers that
    carry them, bearer tokens, and what is named password, token, secret, API key and the like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {
            spelling
            for secret in secrets
            if len(secret) >= _SHORTEST
            for spelling in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        }
        # The longest first: one may be a part of another.
        self._secrets = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        if _HINT.search(text):
            for pattern, replacement in _RULES:
                text = pattern.sub(replacement, text)
        return text
