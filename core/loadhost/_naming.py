"""Renaming: what the sessions of both clients count requests under that give no name of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Renaming:
    """A session whose requests may be counted under one name for a while."""

    request_name: str | None = None
    """What requests are counted under that give no name of their own."""

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Count the requests of a `with` block under this name."""
        before, self.request_name = self.request_name, name
        try:
            yield
        finally:
            self.request_name = before
