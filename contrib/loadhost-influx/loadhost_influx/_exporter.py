"""Exporter: the hooks of a run, passed on to the export of that run; each run of a process has one of its own."""

from __future__ import annotations

import logging
import shlex

from loadhost import Outcome, RunResult, StatsWindow, Status, Verdict, hookimpl
from loadhost_hookspecs import Environment

from loadhost_influx._account import Account
from loadhost_influx._export import Export
from loadhost_influx._settings import Settings

logger = logging.getLogger("loadhost_influx")


class Exporter:
    """Inert as long as `settings` is None."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._export: Export | None = None

    def begin(self, environment: Environment) -> None:
        """A run begins, or is under way already."""
        self._close()
        writes = environment.node != "worker" or (self._settings is not None and self._settings.mode == "raw")
        if self._settings is not None and writes:
            self._export = Export(self._settings, environment)

    @hookimpl
    def loadhost_init(self) -> None:
        """Import now what a run needs: in its midst that would hold up the first users."""
        if self._settings is not None:
            import requests  # noqa: F401

            import loadhost_influx._sender  # noqa: F401

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """Each run has an export of its own."""
        self.begin(environment)

    @hookimpl
    def loadhost_usage_monitor(self, cpu_usage: float, memory_usage: int) -> None:
        """A reading of this process."""
        if self._export is not None:
            self._export.usage(cpu_usage, memory_usage)

    @hookimpl
    def loadhost_stats_window(self, window: StatsWindow) -> None:
        """The next second."""
        if self._export is not None:
            self._export.window(window)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """What was counted before is written as it was."""
        if self._export is not None:
            self._export.reset()

    @hookimpl(trylast=True)
    def loadhost_test_stop(self) -> None:
        """Drain, and say how it went. Last, so that what other plugins do at the end of the run is written, too."""
        if self._export is not None:
            account = self._export.end()
            log = logger.info if account.acknowledged == account.produced else logger.warning
            log("%s", self._sum(account))

    @hookimpl
    def loadhost_status(self) -> Status | None:
        """How the delivery goes."""
        if self._export is None:
            return None
        account = self._export.account
        if account is None:
            return Status(self._export.delivery.status(), self._export.delivery.account.figures())
        return Status(self._sum(account), account.figures())

    @hookimpl
    def loadhost_verdict(self) -> Verdict | None:
        """The sum of the run: failed if it does not add up, doubtful if points are lost for good."""
        if self._export is None or self._export.account is None:
            return None
        account = self._export.account
        outcome = Outcome.PASSED
        if account.dropped or account.quarantined:
            outcome = Outcome.DOUBTFUL
        if not account.adds_up:
            outcome = Outcome.FAILED
        return Verdict(
            outcome, self._sum(account), {**account.figures(), "spool": str(self._export.delivery.spool_dir.absolute())}
        )

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write the verdict, which comes after the sum."""
        if self._export is not None:
            account = self._export.verdict(result)
            if account.acknowledged < account.produced:
                logger.warning("the verdict of the run is not in InfluxDB yet: %s", account)

    @hookimpl
    def loadhost_quitting(self) -> None:
        """The process is about to end."""
        self._close()

    def _sum(self, account: Account) -> str:
        text = f"points in InfluxDB: {account}"
        if not account.adds_up:
            return f"the sum of points does not add up, please report this: {text}"
        if account.spooled and self._export is not None:
            folder = shlex.quote(str(self._export.delivery.spool_dir.absolute()))
            text += f"; send the rest with: loadhost influx replay {folder}"
        return text

    def _close(self) -> None:
        if self._export is not None:
            self._export.close()
            self._export = None
