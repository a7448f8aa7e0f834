"""How each implementation of a tell hook fares: calls, failures, cost, and when it is switched off."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gevent import Timeout
from loadhost_hookspecs import PluginHealth

from loadhost._flood import is_power_of_ten
from loadhost._plugins.refs import PluginRef

logger = logging.getLogger("loadhost.plugins")

# What a plugin can raise without anybody else noticing. GreenletExit and KeyboardInterrupt are not among them: they
# end the greenlet or the process, and must do so at once.
CAUGHT: tuple[type[BaseException], ...] = (Exception, Timeout, SystemExit)

FAILURES_IN_A_ROW = 10
"""So many failures of one implementation without a success between them switch it off."""


class ImplementationHealth:
    """The record of one plugin's implementation of one tell hook during one run."""

    __slots__ = ("calls", "cost_s", "failures", "hook", "last_error", "off", "plugin", "samples", "streak")

    def __init__(self, plugin: PluginRef, hook: str) -> None:
        self.plugin = plugin
        self.hook = hook
        # A list, not a number: the compiled dispatcher asks "is it empty?" after each success, which is the
        # cheapest question there is, and clears it in place.
        self.streak: list[None] = []
        self.forget()

    def forget(self) -> None:
        """Begin anew, as each run does; a switched-off implementation is on again."""
        self.calls = self.failures = self.samples = 0
        self.cost_s = 0.0
        self.off = False
        self.last_error: str | None = None
        self.streak.clear()

    def sampled(self, seconds: float) -> None:
        """One timed call took so long."""
        self.samples += 1
        self.cost_s += seconds

    def failed(self, error: BaseException, switch_off: Callable[[ImplementationHealth], None]) -> None:
        """Count and log one failure; at the tenth in a row call `switch_off` with this record."""
        self.failures += 1
        self.last_error = f"{type(error).__name__}: {message_of(error)}"
        self.streak.append(None)
        if self.failures == 1:
            logger.error("%s failed in %s: %s", self.plugin, self.hook, self.last_error, exc_info=error)
        elif is_power_of_ten(self.failures):
            logger.error("%s failed in %s %d times, now: %s", self.plugin, self.hook, self.failures, self.last_error)
        if len(self.streak) >= FAILURES_IN_A_ROW and not self.off:
            self.off = True
            logger.error(
                "%s is switched off for %s until the next run: %d failures in a row, the last: %s",
                self.plugin,
                self.hook,
                FAILURES_IN_A_ROW,
                self.last_error,
            )
            switch_off(self)


def summarize(plugin: PluginRef, records: list[ImplementationHealth]) -> PluginHealth:
    """The records of one plugin in one row. The mean cost weighs each hook by its calls.

    Hooks without a sample are those of a run's end, which cost nothing of the load: they are not in the mean.
    """
    timed = [record for record in records if record.samples]
    timed_calls = sum(record.calls for record in timed)
    cost_s = sum(record.cost_s / record.samples * record.calls for record in timed)
    off = tuple(record.hook for record in records if record.off)
    return PluginHealth(
        name=plugin.name,
        distribution=plugin.distribution,
        version=plugin.version,
        state="off" if off else "loaded",
        calls=sum(record.calls for record in records),
        failures=sum(record.failures for record in records),
        cost_us=cost_s / timed_calls * 1e6 if timed_calls else 0.0,
        switched_off=off,
        last_error=next((record.last_error for record in reversed(records) if record.last_error), None),
    )


def message_of(error: BaseException) -> str:
    """str(error); a plugin's own exception class may fail at that, and must not take the others with it."""
    try:
        return str(error)
    except Exception:
        return "(its message can't be read)"
