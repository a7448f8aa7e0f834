"""MachinePlugin: watches the generator on every node, and gives the verdict on the instrument where a run is judged."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from loadhost import OptionSpec, Outcome, RunResult, Status, Verdict, hookimpl
from loadhost_hookspecs import Config, Environment, Options

if TYPE_CHECKING:
    from loadhost_builtins.machine._watch import Watch

FAIL, WARN, OFF = "fail", "warn", "off"


class MachinePlugin:
    """Measures from the first user to the moment at which they are stopped."""

    def __init__(self) -> None:
        self._fitness = FAIL
        self._watch: Watch | None = None

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--fitness."""
        options.add(
            OptionSpec(
                "--fitness",
                default=FAIL,
                choices=(FAIL, WARN, OFF),
                help="What a load generator that was not fit to measure does to the run: fail it (exit code 4), warn, "
                "or nothing (off).",
            )
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Whether there shall be a verdict."""
        self._fitness = str(getattr(config.options, "fitness", FAIL))

    @hookimpl
    def loadhost_init(self) -> None:
        """Import now: during a run it would hold up the first users."""
        import loadhost_builtins.machine._watch  # noqa: F401

    @hookimpl(tryfirst=True)
    def loadhost_test_start(self, environment: Environment) -> None:
        """Begin to measure."""
        from loadhost_builtins.machine._watch import Watch

        self._stop()
        self._watch = Watch(environment)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """Begin anew, like the statistics."""
        if self._watch is not None:
            self._watch.reset()

    @hookimpl
    def loadhost_usage_monitor(self) -> None:
        """Every five seconds: what takes longer to count."""
        if self._watch is not None:
            self._watch.look_at_limits()

    @hookimpl
    def loadhost_test_stopping(self) -> None:
        """The load ends: a hub that is busy with stopping users delays no response."""
        self._stop()

    @hookimpl
    def loadhost_status(self) -> Status | None:
        """One line while the run goes on, and all figures for the reports."""
        from loadhost_builtins.machine._words import status_line

        if self._watch is None or not (line := status_line(self._watch.figures)):
            return None
        return Status(line, dict(self._watch.figures))

    @hookimpl
    def loadhost_verdict(self, result: RunResult) -> Verdict | None:
        """Fit, doubtful or not fit; None for a run without requests, or with --fitness off."""
        if self._watch is None or self._fitness == OFF or result.instrument is None:
            return None
        from loadhost_builtins.machine._evidence import evidence_of
        from loadhost_builtins.machine._judgment import judge
        from loadhost_builtins.machine._words import reason

        evidence = evidence_of(result, self._watch.record, self._watch.figures)
        if not evidence.requests and not evidence.dropped:
            return None
        fitness, findings = judge(evidence)
        outcome = (Outcome.PASSED, Outcome.DOUBTFUL, Outcome.UNFIT)[fitness]
        if outcome is Outcome.UNFIT and self._fitness == WARN:
            outcome = Outcome.DOUBTFUL
        facts = {"fitness": str(fitness), **dataclasses.asdict(evidence), "error_ms": evidence.error_ms}
        return Verdict(outcome, reason(fitness, findings, evidence), facts)

    @hookimpl
    def loadhost_quitting(self) -> None:
        """Whatever ended the process, the collector is not listened to any more."""
        self._stop()

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()
