"""The file for lines that the database refuses for what they are: kept with the reason, to look at and to mend."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple


class Refused(NamedTuple):
    """A line, and what the database said of it."""

    line: str
    reason: str


class Quarantine:
    """Line protocol with comments: once mended, the file can be posted as it is. Not longer than `limit_bytes`.

    `path` None: there is no disk, and nothing can be kept.
    """

    def __init__(self, path: Path | None, limit_bytes: int) -> None:
        self.path = path
        self._limit_bytes = limit_bytes

    def keep(self, refused: Iterable[Refused]) -> int:
        """Append them. Returns how many are kept; less than all if the disk or the limit has no room for them."""
        kept = 0
        if self.path is None:
            return kept
        try:
            with open(self.path, "ab", opener=_private) as file:
                for one in refused:
                    text = _entry(one)
                    if file.tell() + len(text) > self._limit_bytes:
                        break
                    file.write(text)
                    file.flush()
                    kept += 1
        except OSError:
            pass  # A full disk. The caller counts what is not kept as dropped, and says so.
        return kept


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)  # like the spool


def _entry(refused: Refused) -> bytes:
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    reason = " ".join(refused.reason.split())[:500]
    return f"# {when} {reason}\n{refused.line}\n".encode()
