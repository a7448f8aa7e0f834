"""The plugin: options in, a judgement at each window, a verdict out."""

from __future__ import annotations

import logging
from argparse import Namespace

from loadhost import OptionSpec, Outcome, StatsWindow, Status, UsageError, Verdict, hookimpl
from loadhost_hookspecs import Config, Environment, Options, duration, ratio

from loadhost_failratio._rule import Reading, RollingRatio, Rule, exact_percent

logger = logging.getLogger("loadhost_failratio")

DEFAULTS = Rule(limit=1.0)


class FailRatio:
    """Stops the run when its rolling ratio of failed requests is above --fail-ratio. Inert without that option.

    It judges at `loadhost_stats_window`, which is told where the whole run is seen: in the local process, or on the
    master over the merged figures of all workers.
    """

    def __init__(self) -> None:
        self._rule: Rule | None = None
        self._rearm()

    def _rearm(self) -> None:
        self._rolling = RollingRatio((self._rule or DEFAULTS).window_s)
        self._highest: Reading | None = None
        self._tripped: Reading | None = None
        self._busiest = 0

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """Three options, all for the same rule."""
        options.add(
            OptionSpec(
                "--fail-ratio",
                type=ratio,
                web_editable=True,
                help="Stop the run, with exit code 3, when more than this share of the requests of the rolling window "
                "fails: 0.2 or 20%. Off if not given.",
            )
        )
        options.add(
            OptionSpec(
                "--fail-ratio-window",
                type=duration,
                default=DEFAULTS.window_s,
                web_editable=True,
                help="How far back --fail-ratio looks, at least 1s.",
            )
        )
        options.add(
            OptionSpec(
                "--fail-ratio-min-requests",
                type=int,
                default=DEFAULTS.min_requests,
                web_editable=True,
                help="Fewer requests than this in the window are too few for --fail-ratio to judge.",
            )
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse settings that can't work; with a rule, this rule is the judge of failures."""
        self._rule = _rule_of(config.options)
        self._rearm()
        if self._rule is not None:
            # Else a single failed request would give exit code 1, however generous the rule.
            config.set_default("exit_code_on_error", 0)
        else:
            _warn_of_idle_options(config)

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """Each run is judged by itself, by the settings of its own start (a page may have changed them)."""
        self._rule = _rule_of(environment.config.options)
        self._rearm()

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """What was counted before the reset is no longer judged; a trip stays a trip."""
        self._rolling.clear()
        self._highest = None
        self._busiest = 0

    @hookimpl
    def loadhost_stats_window(self, environment: Environment, window: StatsWindow) -> None:
        """Judge; the last, partial window too, when there is nothing left to stop."""
        if self._rule is None or self._tripped is not None:
            return
        reading = self._rolling.add(window)
        self._busiest = max(self._busiest, reading.requests)
        if reading.requests < self._rule.min_requests:
            return
        if self._highest is None or reading.ratio > self._highest.ratio:
            self._highest = reading
        if reading.ratio > self._rule.limit:
            self._trip(environment, reading, over=window.final)

    def _trip(self, environment: Environment, reading: Reading, *, over: bool) -> None:
        self._tripped = reading
        reason = self._trip_text(reading)
        logger.error("%s%s", reason, "" if over else ": stopping the run")
        if not over:
            environment.runner.stop(reason)

    def _trip_text(self, reading: Reading) -> str:
        return f"fail ratio {reading} is above {self._limit}"

    @property
    def _limit(self) -> str:
        return exact_percent(self._rule.limit) if self._rule is not None else ""

    @hookimpl
    def loadhost_verdict(self) -> Verdict | None:
        """Failed if it tripped, passed if it could judge and did not, else not judged, which counts as failed."""
        if self._rule is None:
            return None
        rule = {
            "limit": self._rule.limit,
            "window_s": self._rule.window_s,
            "min_requests": self._rule.min_requests,
        }
        if self._tripped is not None:
            return Verdict(Outcome.FAILED, self._trip_text(self._tripped), {**rule, **self._tripped.evidence()})
        if self._highest is not None:
            text = f"highest fail ratio {self._highest}, limit {self._limit}"
            return Verdict(Outcome.PASSED, text, {**rule, **self._highest.evidence()})
        text = (
            f"fail ratio could not be judged: never more than {self._busiest:,} requests in "
            f"{self._rule.window_s:g} s, it needs {self._rule.min_requests:,}; "
            "lower --fail-ratio-min-requests or widen --fail-ratio-window"
        )
        return Verdict(Outcome.NOT_JUDGED, text, {**rule, "requests": self._busiest})

    @hookimpl
    def loadhost_status(self) -> Status | None:
        """The ratio now, and what is allowed."""
        if self._rule is None:
            return None
        if self._tripped is not None:
            return Status(self._trip_text(self._tripped), {**self._tripped.evidence(), "limit": self._rule.limit})
        reading = self._rolling.reading()
        if reading.requests < self._rule.min_requests:
            text = f"too few requests to judge: {reading.requests:,} of {self._rule.min_requests:,}"
        else:
            text = f"fail ratio {reading.short}, limit {self._limit}"
        return Status(text, {**reading.evidence(), "limit": self._rule.limit})


def _rule_of(options: Namespace) -> Rule | None:
    """The rule that the options describe, None if there is none; UsageError if it can't work."""
    limit = getattr(options, "fail_ratio", None)
    rule = Rule(
        limit=DEFAULTS.limit if limit is None else limit,
        window_s=getattr(options, "fail_ratio_window", DEFAULTS.window_s),
        min_requests=getattr(options, "fail_ratio_min_requests", DEFAULTS.min_requests),
    )
    if rule.window_s < 1:
        raise UsageError(
            f"--fail-ratio-window {rule.window_s:g}s is too short: figures come once a second, so give at least 1s"
        )
    if rule.min_requests < 1:
        raise UsageError(f"--fail-ratio-min-requests {rule.min_requests} is no number of requests: give at least 1")
    return None if limit is None else rule


def _warn_of_idle_options(config: Config) -> None:
    for name in ("fail_ratio_window", "fail_ratio_min_requests"):
        if config.source(name) == "command line":
            flag = "--" + name.replace("_", "-")
            logger.warning("%s does nothing without --fail-ratio: add for example --fail-ratio 20%%", flag)
