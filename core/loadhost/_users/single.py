"""run_single_user: one user in the current greenlet, for a debugger."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from loadhost_hookspecs import hookimpl

if TYPE_CHECKING:
    from loadhost._users.user import User

_ERROR_LENGTH = 500


class RequestPrinter:
    """A plugin that prints each request in a line of tab-separated columns."""

    def __init__(self, *, length: bool, time: bool, context: bool) -> None:
        self._length, self._time, self._context = length, time, context
        self._print("time", "type", f"{'name':<50}", f"{'ms':>9}", "length", "error", "context")

    @hookimpl
    def loadhost_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int,
        exception: BaseException | None,
        context: Mapping[str, Any],
        start_time: float,
    ) -> None:
        """Print it."""
        error = "" if exception is None else repr(exception)[:_ERROR_LENGTH].replace("\n", " ")
        time = datetime.fromtimestamp(start_time, UTC).isoformat(timespec="milliseconds")
        shown = f"{name:<50}", f"{response_time:>9.1f}"
        self._print(time, request_type, *shown, str(response_length), error, str(dict(context)))

    def _print(self, time: str, *columns: str) -> None:
        *always, length, error, context = columns
        chosen = [time] * self._time + always + [length] * self._length + [error] + [context] * self._context
        print("\t".join(chosen).rstrip(), flush=True)


def run_single_user(
    user_class: type[User],
    *,
    host: str | None = None,
    include_length: bool = False,
    include_time: bool = False,
    include_context: bool = False,
    loglevel: str | None = "WARNING",
) -> None:
    """Run one user of this class, here and now, and print each of its requests. For debugging: no patching needed.

    Put it at the end of the loadfile, under `if __name__ == "__main__":`, and start the file with a debugger. Listeners
    hear `loadhost_init` (with `runner` None) and `loadhost_test_start`, and nothing of an end: the run goes on until
    the user stops itself or the program is interrupted. `loglevel` None leaves logging as it is.
    Raises UsageError for a class that can't be run.
    """
    from loadhost._users.user import check
    from loadhost.env import Environment

    if loglevel:
        logging.basicConfig(level=loglevel)
    check(user_class, host)
    environment = Environment(user_classes=[user_class], host=host)
    manager = environment.plugin_manager
    printer = RequestPrinter(length=include_length, time=include_time, context=include_context)
    manager.register(printer, name="run_single_user")
    try:
        manager.configure(environment.config)
        manager.initialise(environment, None, None)
        manager.tell("loadhost_test_start")
        user_class(environment).run()
    finally:
        manager.unregister(printer)
