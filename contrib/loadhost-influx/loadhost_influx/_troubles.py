"""What is said of troubles: each kind once, until it is over, and not again within a minute."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger("loadhost_influx")

QUIET_S = 60.0


class Troubles:
    """Speaks of the database by `name`. `current`: what is wrong now, in a few words, or None.

    `meanwhile`: what becomes of the points, said with each trouble.
    """

    def __init__(self, name: str, meanwhile: str = "the run goes on and its points are kept on disk") -> None:
        self._name = name
        self._meanwhile = meanwhile
        self.current: str | None = None
        self._open: set[str] = set()
        self._said_at: dict[str, float] = {}

    def report(self, kind: str, words: str, advice: str) -> None:
        """The database can't take points, for this reason. `advice`: what to mend, or nothing."""
        self.current = words
        if kind not in self._open:
            self._open.add(kind)
            self.warn(kind, "; ".join(filter(None, (f"{self._name}: {words}", advice, self._meanwhile))))

    def over(self) -> None:
        """It took points."""
        if self.current is not None:
            self.current = None
            self._open.clear()
            logger.warning("%s takes points again", self._name)

    def warn(self, kind: str, text: str) -> None:
        """Once a minute at most."""
        now = time.monotonic()
        if now - self._said_at.get(kind, -QUIET_S) >= QUIET_S:
            self._said_at[kind] = now
            logger.error("%s", text)
