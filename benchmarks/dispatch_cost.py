"""Nanoseconds per request event: `python benchmarks/dispatch_cost.py loadhost|locust LISTENERS`.

A program of its own, because each tool runs in its own environment. Both tell the event as their HTTP clients do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median
from timeit import timeit
from types import SimpleNamespace

LOOPS, REPEATS = 100_000, 5


def loadhost(count: int) -> Callable[[], None]:
    """As environment.requests does it: by place, and only if somebody listens. Plugins name what they want."""
    from loadhost import PluginManager, hookimpl

    manager = PluginManager()
    for number in range(count):

        @hookimpl
        def loadhost_request(
            request_type: str, name: str, response_time: float, response_length: int, exception: BaseException | None
        ) -> None: ...

        manager.register(SimpleNamespace(loadhost_request=loadhost_request), str(number))
    notify = manager.notify
    context: dict[str, object] = {}

    def event() -> None:
        tell = notify.loadhost_request
        if tell:
            tell(None, "GET", "/", 1.0, 1.0, 100, None, context, None, 0.0, "http://127.0.0.1/")

    return event


def locust(count: int) -> Callable[[], None]:
    """EventHook.fire with the keywords that Locust's clients pass."""
    from locust.event import EventHook  # type: ignore[import-not-found]  # of the peers' environment only

    hook = EventHook()
    for _ in range(count):

        def on_request(request_type, name, response_time, response_length, exception, **kwargs) -> None:  # type: ignore[no-untyped-def]  # as its documentation has it
            ...

        hook.add_listener(on_request)
    context: dict[str, object] = {}

    def event() -> None:
        hook.fire(
            request_type="GET",
            name="/",
            response_time=1.0,
            response_length=100,
            exception=None,
            context=context,
            start_time=0.0,
            url="http://127.0.0.1/",
            response=None,
        )

    return event


def main() -> None:
    """Print the median."""
    event = {"loadhost": loadhost, "locust": locust}[sys.argv[1]](int(sys.argv[2]))
    event()
    print(median(timeit(event, number=LOOPS) for _ in range(REPEATS)) / LOOPS * 1e9)


if __name__ == "__main__":
    main()
