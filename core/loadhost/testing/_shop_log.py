"""The request log of the shop: counts by method, path and status, and if wanted a file with a line per request."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO

RESET, CLIENT_LEFT = 444, 499
"""Statuses, nginx's own, of requests that got no answer: the shop reset the connection; the client left first."""

_MOST_PATHS = 2000


class RequestLog:
    """Counts every request, once it is answered or lost. Memory is bounded: past 2,000 counts, paths are "(other)"."""

    def __init__(self, file: Path | None = None) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._file: IO[str] | None = file.open("a", encoding="utf-8") if file else None

    def add(self, method: str, path: str, query: str, status: int, size: int, took_s: float) -> None:
        """Count one request. `size`: bytes of the body sent. `took_s`: from its arrival to its answer."""
        key = (method, path, status)
        if key not in self._counts and len(self._counts) >= _MOST_PATHS:
            key = (method, "(other)", status)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._file:
            address = f"{path}?{query}" if query else path
            self._file.write(f"{time.time():.6f} {method} {address} {status} {size} {took_s * 1000:.3f}\n")

    def rows(self) -> list[tuple[str, str, int, int]]:
        """(method, path, status, count), sorted."""
        return [(*key, count) for key, count in sorted(self._counts.items())]

    def clear(self) -> None:
        """Forget the counts; the file stays."""
        self._counts.clear()

    def flush(self) -> None:
        """Bring the file up to date."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
