"""Monitors: who watches the calls of hooks, of both kinds. For recorders and debugging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from loadhost._plugins.refs import Answer, HookInfo

Before = Callable[[str, dict[str, Any]], None]
After = Callable[[str, dict[str, Any], Sequence[Answer]], None]


class Monitors:
    """Pairs of `before(hook, arguments)` and `after(hook, arguments, answers)`; falsy while there are none."""

    def __init__(self) -> None:
        self._pairs: list[tuple[Before | None, After | None]] = []

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def add(self, before: Before | None, after: After | None) -> Callable[[], None]:
        """Add a pair. Returns the function that takes it out again."""
        pair = (before, after)
        self._pairs.append(pair)
        return lambda: self._pairs.remove(pair)

    def before(self, hook: str, arguments: dict[str, Any]) -> None:
        """A hook is about to be called."""
        for before, _ in tuple(self._pairs):
            if before:
                before(hook, arguments)

    def after(self, hook: str, arguments: dict[str, Any], answers: Sequence[Answer] = ()) -> None:
        """A hook has been called."""
        for _, after in tuple(self._pairs):
            if after:
                after(hook, arguments, answers)

    def around_tell(self, hook: HookInfo, call: Callable[..., None] | None) -> Callable[..., None]:
        """A stand-in for a compiled tell hook which lets the monitors see the call, even if nobody implements it."""

        def tell(*positional: Any, **named: Any) -> None:
            arguments = {**dict(zip(hook.parameters, positional, strict=False)), **named}
            self.before(hook.name, arguments)
            try:
                if call is not None:
                    call(**arguments)
            finally:
                self.after(hook.name, arguments)

        return tell
