"""Judge: one rule and a run, window by window: is it kept, is it broken, could it be judged at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from loadhost import Outcome, RunResult, StatsWindow

from loadhost_failratio import _wording as wording
from loadhost_failratio._parts import Part, Reading, misfit, needed_samples, part_of, read
from loadhost_failratio._stretch import stretch_for
from loadhost_failratio._threshold import BASE_UNITS, COUNT, METRIC, RATE, Threshold, seconds_text

_A_HAIR_S = 0.05
"""Windows last a second, give or take."""


@dataclass(frozen=True)
class Trip:
    """A rule was found broken: at `time_s` (epoch seconds), with this reading."""

    time_s: float
    reading: Reading
    text: str


class Judge:
    """Judges one run at a time; `rearm` begins the next.

    `source`: where the rule comes from. `min_samples`: instead of what the quantity needs. `advice`: what to do if it
    could not be judged for want of samples.
    """

    def __init__(self, rule: Threshold, source: str, min_samples: int | None = None, advice: str = "") -> None:
        self.rule, self.source = rule, source
        self.needed = needed_samples(rule) if min_samples is None else min_samples
        self._advice = advice
        self.rearm()

    def rearm(self) -> None:
        """Another run begins."""
        self._began_s: float | None = None
        self.trip: Trip | None = None
        self.forget()

    def forget(self) -> None:
        """The statistics were reset: what was counted before is no longer judged; a trip stays a trip."""
        self._stretch = stretch_for(self.rule.span_s)
        self._seen = Part()
        self._counted = False
        self._last_s = 0.0
        self._busiest = 0
        self.latest: Reading | None = None
        self._worst: Reading | None = None
        self._judged_since_s: float | None = None
        self._judged_for_s = 0.0
        self._broken_since_s: float | None = None

    def see(self, window: StatsWindow, *, stopped_s: float | None = None) -> Trip | None:
        """Take in a window; the Trip if this is when the rule is found broken. `stopped_s`: the run began to end then.

        The window of the end has users in it that were stopped: for a rate over a few seconds it is no window.
        """
        end_s = window.start + window.duration
        if self._began_s is None:
            self._began_s = window.start
        if self.trip is not None or window.start - self._began_s < (self.rule.after_s or 0.0) - 1e-6:
            return None
        self._counted = True
        self._last_s = end_s
        reading = self._take_in(window)
        ending = stopped_s is not None and end_s > stopped_s + _A_HAIR_S
        if reading is None or (ending and self._can_fade):
            return None
        return self._judge(reading, window, end_s)

    def _take_in(self, window: StatsWindow) -> Reading | None:
        """The figure as it is now, None while it means nothing yet."""
        part = part_of(window, self.rule)
        if part.matched:
            self._seen = Part(kinds=self._seen.kinds | part.kinds, matched=True)
        sum_ = self._stretch.add(part)
        if self._seen.matched:  # what came to rest is 0, not unknown
            sum_ = replace(sum_, matched=True, kinds=self._seen.kinds)
        self.latest = reading = read(self.rule, sum_)
        if reading is not None:
            self._busiest = max(self._busiest, reading.samples)
        return None if reading is None or reading.samples < self.needed else reading

    def _judge(self, reading: Reading, window: StatsWindow, end_s: float) -> Trip | None:
        rule = self.rule
        keeps = rule.keeps(reading.value)
        complete = window.final if rule.span_s is None else self._stretch.is_full
        if not complete and self._may_still_grow(reading.value):
            return None
        if self._judged_since_s is None:
            self._judged_since_s = window.start
        self._judged_for_s = end_s - self._judged_since_s
        if rule.span_s is None or self._worst is None or self._is_worse(reading.value, self._worst.value):
            self._worst = reading
        if keeps:
            self._broken_since_s = None
            return None
        if self._broken_since_s is None:
            self._broken_since_s = window.start
        if rule.for_s is not None and end_s - self._broken_since_s < rule.for_s - _A_HAIR_S:
            return None
        if rule.span_s is None and not complete and rule.action != "stop" and not self._only_grows:
            return None  # the whole run is judged at its end
        self.trip = Trip(end_s, reading, wording.broken(rule, reading))
        return self.trip

    def finish(self) -> None:
        """The run is over, even if its last window was never told: a rule about the whole run is judged by now."""
        broken = self._worst is not None and not self.rule.keeps(self._worst.value)
        if self.rule.span_s is None and self.trip is None and self._worst is not None and broken:
            self.trip = Trip(self._last_s, self._worst, wording.broken(self.rule, self._worst))

    @property
    def outcome(self) -> Outcome:
        """What became of the rule; a rule that only warns makes a run doubtful at worst."""
        if self.trip is not None:
            return Outcome.DOUBTFUL if self.rule.action == "warn" else Outcome.FAILED
        if self._worst is not None and self._judged_for_s >= (self.rule.for_s or 0.0) - _A_HAIR_S:
            return Outcome.PASSED
        return Outcome.DOUBTFUL if self.rule.action == "warn" else Outcome.NOT_JUDGED

    def reason(self, result: RunResult | None = None) -> str:
        """One line. `result`: the run, for the names that there were."""
        if self.trip is not None:
            return self.trip.text
        if self._worst is not None and self._judged_for_s >= (self.rule.for_s or 0.0) - _A_HAIR_S:
            return wording.kept(self.rule, self._worst)
        return f"{wording.subject(self.rule)} could not be judged: {self._why_not(result)}"

    def row(self, result: RunResult | None = None) -> dict[str, Any]:
        """A row of the evidence, see docs/hooks.md, `loadhost_verdict`."""
        reading = self.trip.reading if self.trip is not None else self._worst
        outcome = self.outcome
        return {
            "rule": str(self.rule),
            "outcome": outcome.value,
            "observed": None if reading is None else reading.value,
            "limit": self.rule.limit.value,
            "unit": BASE_UNITS[self.rule.quantity.kind],
            "reason": self.reason(result),
            "tripped_at_s": None if self.trip is None else self.trip.time_s,
            "source": self.source,
            "samples": self._busiest if reading is None else reading.samples,
        }

    def status(self) -> str:
        """How it is just now, in one line."""
        if self.trip is not None:
            return self.trip.text
        reading = self.latest
        if reading is None or reading.samples < self.needed:
            samples = 0 if reading is None else reading.samples
            what = wording.what_counts(self.rule)
            return f"{wording.subject(self.rule)}: too few {what}s to judge: {samples:,} of {self.needed:,}"
        return wording.now(self.rule, reading)

    # --- what kind of rule it is

    @property
    def _only_grows(self) -> bool:
        """Of the whole run: a count that is too high stays too high."""
        quantity = self.rule.quantity
        counts = quantity.kind == COUNT or (quantity.kind == METRIC and quantity.figure == "count")
        return counts and self.rule.comparison in ("<", "<=", "==")

    @property
    def _can_fade(self) -> bool:
        """A rate or a count of some seconds, which falls as users are stopped."""
        quantity = self.rule.quantity
        fades = quantity.kind in (RATE, COUNT) or quantity.figure in ("rate", "count") or self._is_counter
        return fades and self.rule.span_s is not None and self.rule.comparison in (">", ">=", "==")

    @property
    def _is_counter(self) -> bool:
        return self.rule.quantity.kind == METRIC and not self.rule.quantity.figure and "counter" in self._seen.kinds

    def _may_still_grow(self, value: float) -> bool:
        """A count that is too low while its stretch is not complete can still get there."""
        quantity = self.rule.quantity
        counts = quantity.kind == COUNT or quantity.figure == "count" or self._is_counter
        return counts and self.rule.comparison in (">", ">=", "==") and value < self.rule.limit.value

    def _is_worse(self, value: float, than: float) -> bool:
        if self.rule.comparison == "==":
            limit = self.rule.limit.value
            return abs(value - limit) > abs(than - limit)
        return value < than if self.rule.comparison in (">", ">=") else value > than

    def _why_not(self, result: RunResult | None) -> str:
        rule = self.rule
        if not self._counted:
            return f"the run was over before its 'after {seconds_text(rule.after_s or 0.0)}'"
        if not self._seen.matched and rule.quantity.metric is not None:
            known = [metric.name for metric in result.metrics] if result else []
            if rule.quantity.metric not in known:
                return wording.no_metric(rule.quantity.metric, known)
            return f"the metric {rule.quantity.metric!r} had no values with these labels"
        if not self._seen.matched and rule.selector:
            entries = result.entries if result else ()
            return wording.nothing_matched(rule, (e.name for e in entries), (e.method for e in entries))
        if rule.quantity.metric is not None and (wrong := misfit(rule, self._seen.kinds)):
            return wrong
        if self._worst is not None:
            return (
                f"it was judged for {self._judged_for_s:.3g} s, and 'for {seconds_text(rule.for_s or 0.0)}' needs more"
            )
        what = wording.what_counts(rule)
        stretch = f"in {seconds_text(rule.span_s)[:-1]} s" if rule.span_s else "in the whole run"
        few = f"never more than {wording.seen(self._busiest, what)} {stretch}, it needs {self.needed:,}"
        return f"{few}; {self._advice}" if self._advice else few
