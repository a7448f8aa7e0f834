"""Log lines about what a LoadTestShape decides."""

from __future__ import annotations

import logging
from typing import Any


def log_ticks(shape: Any, logger: logging.Logger) -> None:
    """Log each change of what `tick` answers, and its end."""
    tick = shape.tick
    last: Any = ()

    def logged() -> Any:
        nonlocal last
        answer = tick()
        if answer is None and last is not None:
            logger.info("Shape test stopping")
        elif answer is not None and answer != last:
            logger.info("Shape test updating to %d users at %.2f spawn rate", answer[0], answer[1])
        last = answer
        return answer

    shape.tick = logged
