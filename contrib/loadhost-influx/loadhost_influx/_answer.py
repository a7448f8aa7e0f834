"""What the answer to a write means: taken, too large, a bad line, refused for now, or try again later."""

from __future__ import annotations

import email.utils
import enum
import json
import time
from dataclasses import dataclass

LONGEST_WAIT_S = 300.0
"""Of a Retry-After; a longer one is asked again after this."""


class Meaning(enum.Enum):
    """What to do with the batch."""

    TAKEN = "taken"
    TOO_LARGE = "too large"
    BAD_LINE = "bad line"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True)
class Answer:
    """Of the database, or why there is none: then `status` is 0 and `text` says it in a few words."""

    status: int
    text: str = ""
    retry_after: str | None = None
    location: str | None = None
    version: str | None = None

    @property
    def meaning(self) -> Meaning:
        """Only 204 acknowledges: a web server that knows nothing of /write may answer 200.

        A 400 in HTML is none of a database, but of what else listens there: no line is to blame.
        """
        match self.status:
            case 204:
                return Meaning.TAKEN
            case 413:
                return Meaning.TOO_LARGE
            case 400 | 422 if not self.text.lstrip().startswith("<"):
                return Meaning.BAD_LINE
            case 0 | 408 | 425 | 429:
                return Meaning.LATER
            case _ if self.status >= 500:
                return Meaning.LATER
        return Meaning.REFUSED

    @property
    def reason(self) -> str:
        """What the database says is wrong, in one line."""
        text = " ".join((message_of(self.text) or self.text).split())[:300]
        if self.status == 0:
            return text
        return f"{self.status}: {text}" if text else str(self.status)

    def wait_s(self) -> float:
        """How long it wants us to wait, by Retry-After: seconds, or a date. 0.0 if it doesn't say."""
        if not self.retry_after:
            return 0.0
        try:
            wait = float(self.retry_after)
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(self.retry_after).timestamp() - time.time()
            except ValueError:
                return 0.0
        return min(max(wait, 0.0), LONGEST_WAIT_S) if wait == wait else 0.0


def message_of(text: str) -> str | None:
    """The message in a JSON answer: "error" in v1 and v3, "message" in v2."""
    answer = parsed(text)
    for key in ("message", "error"):
        if isinstance(answer.get(key), str):
            return str(answer[key])
    return None


def parsed(text: str) -> dict[str, object]:
    """A JSON object; {} for anything else."""
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
