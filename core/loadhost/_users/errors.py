"""What becomes of an exception that a user's code lets out: counted, told, and logged without a flood."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from loadhost._flood import is_power_of_ten

logger = logging.getLogger("loadhost.user")

_MAX_KINDS = 1000
_OUR_FRAMES = str(Path(__file__).parent)


@dataclass
class _Kind:
    """Errors of one type, raised at one place by one class of users. Texts often hold ids: they'd tell all apart."""

    count: int
    head: str
    """The traceback of the first one, without its last line: to format one costs as much as a request."""


# By environment and run: a second run logs its first traceback again.
_seen: WeakKeyDictionary[Any, tuple[Any, dict[tuple[Any, ...], _Kind]]] = WeakKeyDictionary()


def report_error(user: Any, error: BaseException) -> None:
    """Count `error` in the statistics, log it, tell `loadhost_user_error`. Control exceptions of that hook come out."""
    environment, user_class = user.environment, type(user).__name__
    kind = _kind_of(environment, user_class, error)
    text = kind.head + _last_line(error)
    environment.stats.log_exception(user_class, error, text, environment.node)
    if kind.count == 1:
        logger.error("%s let an exception out:\n%s", user_class, text.rstrip())
    elif is_power_of_ten(kind.count):
        logger.error("%s: %s: %s (for the %dth time)", user_class, type(error).__name__, error, kind.count)
    told = environment.plugin_manager.notify.loadhost_user_error
    if told:
        told(environment=environment, user_instance=user, exception=error, tb=error.__traceback__)


def _kind_of(environment: Any, user_class: str, error: BaseException) -> _Kind:
    run, kinds = _seen.get(environment, (None, {}))
    if run != environment.run_id:
        kinds = {}
    _seen[environment] = (environment.run_id, kinds)
    key = (user_class, type(error), _place(error.__traceback__))
    if key not in kinds:
        if len(kinds) >= _MAX_KINDS:
            return _Kind(0, "")  # counted as ever, but neither logged nor with its traceback
        text = "".join(traceback.format_exception(type(error), error, _from_users_code(error.__traceback__)))
        kinds[key] = _Kind(0, text.removesuffix(_last_line(error)))
    kinds[key].count += 1
    return kinds[key]


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error))


def _from_users_code(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of our loop, in which nobody has to look for a mistake."""
    below = tb
    while below is not None and below.tb_frame.f_code.co_filename.startswith(_OUR_FRAMES):
        below = below.tb_next
    return below or tb


def _place(tb: TracebackType | None) -> tuple[str, int] | None:
    if tb is None:
        return None
    while tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame.f_code.co_filename, tb.tb_lineno
