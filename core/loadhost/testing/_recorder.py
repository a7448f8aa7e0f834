"""Recorder: keeps every hook call of a plugin manager, of both kinds, in the order in which they began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager


@dataclass
class HookCall:
    """One call of a hook. `call["name"]` is short for `call.arguments["name"]`.

    `arguments`: all of them, whether a plugin names them or not. `answers`: what plugins answered, by plugin name;
    empty for hooks that are told. `ended`: False while the call runs, and for a question that an error ended.
    """

    hook: str
    arguments: Mapping[str, Any]
    answers: tuple[tuple[str, Any], ...] = ()
    ended: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]


class Recorder:
    """Records the hook calls of one manager until `stop`; also those that no plugin implements.

    ::

        recorder = Recorder(environment.plugin_manager)
        ...
        assert recorder.names()[-1] == "loadhost_run_finished"
        assert [call["name"] for call in recorder.of("loadhost_request")] == ["/"]
    """

    def __init__(self, manager: PluginManager) -> None:
        self.calls: list[HookCall] = []
        self._open: dict[int, HookCall] = {}
        self._end = manager.add_monitor(self._before, self._after)

    def names(self, *, without: Sequence[str] = ()) -> list[str]:
        """The hooks' names in the order of their calls; `without` leaves some out."""
        return [call.hook for call in self.calls if call.hook not in without]

    def of(self, hook: str) -> list[HookCall]:
        """The calls of one hook."""
        return [call for call in self.calls if call.hook == hook]

    def clear(self) -> None:
        """Forget what was recorded."""
        self.calls.clear()

    def stop(self) -> None:
        """Record no more. Twice is harmless."""
        end, self._end = self._end, _nothing
        end()

    def _before(self, hook: str, arguments: dict[str, Any]) -> None:
        call = HookCall(hook, dict(arguments))
        self.calls.append(call)
        # By identity: greenlets interleave, and the manager hands the same dict to both sides of one call.
        self._open[id(arguments)] = call

    def _after(self, hook: str, arguments: dict[str, Any], answers: Sequence[Any]) -> None:
        call = self._open.pop(id(arguments), None)
        if call is not None:
            call.answers = tuple((answer.plugin.name, answer.value) for answer in answers)
            call.ended = True


def _nothing() -> None:
    pass
