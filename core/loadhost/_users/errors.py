"""What becomes of an exception that a user's code lets out: counted, told, and logged without a flood."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

logger = logging.getLogger("loadhost.user")

# By environment and run: a second run logs its first traceback again.
_seen: WeakKeyDictionary[Any, tuple[Any, dict[tuple[Any, ...], int]]] = WeakKeyDictionary()

_MAX_KINDS = 1000


def report_error(user: Any, error: BaseException) -> None:
    """Count `error` in the statistics, log it, tell `loadhost_user_error`. Control exceptions of that hook come out."""
    environment, user_class = user.environment, type(user).__name__
    text = "".join(traceback.format_exception(error))
    environment.stats.log_exception(user_class, error, text, environment.node)
    _log(environment, user_class, error, text)
    told = environment.plugin_manager.notify.loadhost_user_error
    if told:
        told(environment=environment, user_instance=user, exception=error, tb=error.__traceback__)


def _log(environment: Any, user_class: str, error: BaseException, text: str) -> None:
    """The first of a kind with its traceback, then the 10th, the 100th ... in one line."""
    count = _count(environment, (user_class, type(error), _place(error.__traceback__)))
    if count == 1:
        logger.error("%s: %s", user_class, text.rstrip())
    elif _is_power_of_ten(count):
        logger.error("%s: %s: %s (for the %dth time)", user_class, type(error).__name__, error, count)


def _count(environment: Any, kind: tuple[Any, ...]) -> int:
    run, kinds = _seen.get(environment, (None, {}))
    if run != environment.run_id:
        kinds = {}
    _seen[environment] = (environment.run_id, kinds)
    if kind not in kinds and len(kinds) >= _MAX_KINDS:
        return 0
    kinds[kind] = kinds.get(kind, 0) + 1
    return kinds[kind]


def _place(tb: TracebackType | None) -> tuple[str, int] | None:
    """Where it was raised: texts often hold ids, so that they would tell every error apart."""
    if tb is None:
        return None
    while tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame.f_code.co_filename, tb.tb_lineno


def _is_power_of_ten(count: int) -> bool:
    while count >= 10 and count % 10 == 0:
        count //= 10
    return count == 1
