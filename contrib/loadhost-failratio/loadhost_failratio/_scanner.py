"""Scanner: a place in the text of a rule, the small pieces that are read there, and errors that point at it."""

from __future__ import annotations

import re

from loadhost_hookspecs import duration

_NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)")
_DURATION = re.compile(r"(\d+(\.\d+)?\s?(ms|s|m|h|d)(?![A-Za-z]))+", re.IGNORECASE)
_SHOWN = 60


class ThresholdError(ValueError):
    """A text that is not a rule: one line that names the character, what stands there and what is allowed."""


class Scanner:
    """Reads a text from left to right. Spaces between the pieces don't matter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> None:
        """Go to the next character that is no space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    @property
    def at_end(self) -> bool:
        """Whether nothing but spaces is left."""
        self.skip()
        return self.at >= len(self.text)

    def take(self, literal: str) -> bool:
        """Read `literal` if it stands here."""
        self.skip()
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def take_word(self, pattern: str = r"[A-Za-z_][A-Za-z0-9_.]*") -> str:
        """Read what matches; "" if nothing does."""
        self.skip()
        match = re.compile(pattern).match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def peek_word(self) -> str:
        """The letters that stand here, without reading them."""
        before = self.at
        found = self.take_word(r"[A-Za-z]+")
        self.at = before
        return found

    def number(self, expected: str) -> float:
        """Read a number."""
        text = self.take_word(_NUMBER.pattern)
        if not text:
            raise self.error(f"expected {expected}")
        return float(text)

    def seconds(self, example: str) -> float:
        """Read a duration."""
        self.skip()
        match = _DURATION.match(self.text, self.at)
        if match is None:
            raise self.error(f"expected a duration with its unit, such as {example}")
        self.at = match.end()
        return duration(match[0])

    def quoted(self) -> str | None:
        """Read a text in quotes, with the character after each backslash as it is; None if no quote stands here."""
        self.skip()
        quote = self.text[self.at : self.at + 1]
        if quote not in ("'", '"') or not quote:
            return None
        start = self.at
        characters: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == quote:
                self.at += 1
                return "".join(characters)
            if character == "\\":
                self.at += 1
            characters.append(self.text[self.at : self.at + 1])
            self.at += 1
        raise self.error(f"this quote is never closed: expected another {quote}", start)

    def error(self, expected: str, at: int | None = None) -> ThresholdError:
        """What to raise: `expected` is what is wrong at this place, or at the place `at`."""
        self.skip()
        at = self.at if at is None else at
        found = re.match(r"[A-Za-z0-9_.]+|\S", self.text[at:])
        place = f"at character {at + 1}, {_short(found[0])!r}" if found else "at the end"
        return ThresholdError(f"{_short(self.text)!r} is not a rule: {place}: {expected}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
