"""The plugin `console`: a live table on a terminal, plain lines elsewhere, and the report at the end, on stdout.

rich is imported when there is an environment to run: the commands that only list or help need none of it.
"""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from loadhost import OptionSpec, RunResult, StatsWindow, hookimpl
from loadhost_hookspecs import Config, Environment, Options

from loadhost_builtins._console_lines import progress_line
from loadhost_builtins._rolling import Recent, Totals

if TYPE_CHECKING:
    from loadhost_builtins._console_live import LiveView
    from loadhost_builtins._terminal import Terminal

FIRST_LINE_S, LINE_EVERY_S = 1.0, 5.0
"""When plain lines are printed, in seconds of the run: 1, 5, 10, 15, ... and at the end."""


class ConsolePlugin:
    """Shows the run where it is seen as a whole: in the local process or on the master."""

    def __init__(self) -> None:
        self._wanted = True
        self._only_summary = False
        self._terminal: Terminal | None = None
        self._live: LiveView | None = None
        self._exit_code: int | None = None
        self._warning: str | None = None
        self._recent, self._totals = Recent(), Totals()
        self._seconds, self._next_line_s = 0.0, FIRST_LINE_S

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--only-summary."""
        options.add(
            OptionSpec("--only-summary", type=bool, default=False, help="Print only the report at the end of the run.")
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """A worker is seen through its master."""
        self._wanted = config.node != "worker"
        self._only_summary = bool(getattr(config.options, "only_summary", False))

    @hookimpl
    def loadhost_init(self) -> None:
        """Import rich now: during a run it would hold up the first users."""
        if self._wanted:
            import loadhost_builtins._console_live
            import loadhost_builtins._console_report  # noqa: F401

    @hookimpl
    def loadhost_test_start(self, environment: Environment) -> None:
        """Begin the live view, if somebody watches."""
        from loadhost_builtins._terminal import Terminal, stdout_is_terminal

        self._end_live()
        self._forget()
        self._seconds, self._next_line_s = 0.0, FIRST_LINE_S
        self._exit_code = self._warning = None
        if not self._wanted:
            return
        self._terminal = Terminal()
        if self._only_summary or not stdout_is_terminal():
            return
        from loadhost_builtins._console_live import LiveView

        self._live = LiveView(self._terminal, environment, self._recent)
        self._live.start()
        # If a run never comes to its end, the shell's prompt still gets a line of its own.
        atexit.register(self._end_live)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """The last ten seconds begin anew, like the statistics."""
        self._forget()

    @hookimpl
    def loadhost_stats_window(self, window: StatsWindow) -> None:
        """Draw, or print a line now and then."""
        self._recent.add(window)
        self._totals.add(window)
        self._seconds += window.duration
        if self._live is not None:
            self._live.draw(self._seconds)
        elif window.final or self._seconds >= self._next_line_s:
            self._next_line_s = (self._seconds // LINE_EVERY_S + 1) * LINE_EVERY_S
            self._print_line(window)

    def _print_line(self, window: StatsWindow) -> None:
        if self._terminal is not None and not self._only_summary:
            totals, recent = self._totals.figures(), self._recent
            line = progress_line(self._seconds, window, totals, recent.figures(), recent.seconds)
            self._terminal.say(line)

    @hookimpl
    def loadhost_cpu_warning(self, cpu_usage: float) -> None:
        """The core logs it as it happens; the report says it again, next to the figures it is about."""
        self._warning = (
            f"Warning: loadhost itself used {cpu_usage:.0f} % of a CPU core, so the rate may be its own limit; what "
            "machine says tells which times can be believed"
        )

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """The report takes the place of the live view."""
        self._end_live()
        if not self._wanted:
            return
        from loadhost_builtins._console_report import print_report
        from loadhost_builtins._terminal import Terminal

        self._terminal = self._terminal or Terminal()
        self._exit_code = result.exit_code
        print_report(self._terminal, result, warning=self._warning)

    @hookimpl
    def loadhost_quit(self, exit_code: int) -> None:
        """Say so if a plugin put another exit code in the place of the verdict's."""
        self._end_live()
        if self._terminal is not None and self._exit_code is not None and exit_code != self._exit_code:
            self._terminal.say(
                f"Exit code {exit_code}: a plugin set environment.process_exit_code, in place of {self._exit_code}",
                style="bold",
            )

    def _end_live(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()
            atexit.unregister(self._end_live)

    def _forget(self) -> None:
        self._recent.clear()
        self._totals.clear()
