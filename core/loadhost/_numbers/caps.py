"""Caps: how many distinct names, error texts, exceptions and metrics a run keeps, so that its memory is bounded."""

from __future__ import annotations

import logging
from dataclasses import dataclass

OTHER = "__other__"
"""What is beyond a cap is counted under this name."""

_logger = logging.getLogger("loadhost.stats")


@dataclass(frozen=True)
class Caps:
    """How much is kept apart before the rest is counted as `__other__`.

    `names`: (name, method) pairs. `errors`: (name, method, error text) rows. `exceptions`: (user class, message)
    rows. `metrics`: metric names. `metric_labels`: label sets of one metric. Past a cap there may be one further
    `__other__` for each method, name or kind.
    """

    names: int = 2000
    errors: int = 1000
    exceptions: int = 500
    metrics: int = 500
    metric_labels: int = 1000


class Cap:
    """One limit: says whether there is room, counts what went to `__other__`, and warns of it once."""

    def __init__(self, limit: int, what: str, advice: str) -> None:
        self.limit, self.over = limit, 0
        self._what, self._advice = what, advice

    def has_room(self, kept: int) -> bool:
        """Whether one more may be kept beside the `kept` ones."""
        if kept < self.limit:
            return True
        self.over += 1
        if self.over == 1:
            _logger.warning(
                "More than %d %s: all further ones are counted as %s. %s", self.limit, self._what, OTHER, self._advice
            )
        return False
