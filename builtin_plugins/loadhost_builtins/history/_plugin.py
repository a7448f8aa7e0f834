"""HistoryPlugin: its options and commands, and what it does when a run begins, goes on and ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from loadhost import Environment, OptionSpec, RunResult, StatsWindow, UsageError, Verdict, hookimpl
from loadhost_hookspecs import Commands, Config, Options

from loadhost_builtins._files import refuse_unwritable
from loadhost_builtins.history._rules import DEFAULT, RegressionRule, rule

if TYPE_CHECKING:
    from loadhost_builtins.history._recorder import Recorder


class HistoryPlugin:
    """Keeps every run, unless --no-history."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._recorder: Recorder | None = None
        self._tags: Sequence[str] = ()
        self._baselines: Sequence[str] = ()
        self._rules: Sequence[RegressionRule] = ()

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--history, --no-history, --run-tag, --baseline, --max-regression."""
        for spec in OPTIONS:
            options.add(spec)

    @hookimpl
    def loadhost_add_commands(self, commands: Commands) -> None:
        """loadhost history, loadhost compare."""
        from loadhost_builtins.history._commands import compare, history  # here: a run starts without them

        commands.add("history", history, help="List the runs so far; 'history show RUN' shows one.")
        commands.add("compare", compare, help="Set two runs side by side: is the second better or worse?")

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse settings that can't work, before anything runs."""
        options = config.options
        self._path = None
        off = bool(getattr(options, "no_history", False))
        self._baselines = [text.strip() for text in getattr(options, "baseline", None) or () if text.strip()]
        rules = [each if isinstance(each, RegressionRule) else rule(each) for each in _given(options, "max_regression")]
        self._rules = rules or ([rule(DEFAULT)] if self._baselines else [])
        self._tags = _tags(options)
        if rules and not self._baselines:
            raise UsageError("--max-regression needs a run to compare with: add --baseline last, or tag:NAME, or an id")
        if self._baselines and off:
            raise UsageError("--baseline needs the history, which --no-history leaves out; give one of the two")
        if off or config.node == "worker" or not hasattr(options, "history"):
            return
        if options.history is not None:
            refuse_unwritable(Path(options.history), "--history")
        from loadhost_builtins.history._place import history_path

        self._path = history_path(config)

    @hookimpl
    def loadhost_init(self, environment: Environment) -> None:
        """Import now: during a run it would hold up the first users."""
        if self._path is not None and environment.node != "worker":
            from loadhost_builtins.history._recorder import Recorder

            self._recorder = Recorder(self._path, environment)

    @hookimpl
    def loadhost_test_start(self) -> None:
        """From now on the run is in the list."""
        if self._recorder is not None:
            self._recorder.begin(time(), self._tags)

    @hookimpl
    def loadhost_stats_window(self, window: StatsWindow) -> None:
        """Keep it, at once: a process that is killed loses the second it is in, no more."""
        if self._recorder is not None:
            self._recorder.window(window)

    @hookimpl
    def loadhost_reset_stats(self) -> None:
        """What was counted so far counts no more."""
        if self._recorder is not None:
            self._recorder.forget()

    @hookimpl
    def loadhost_verdict(self, environment: Environment, result: RunResult) -> Verdict | None:
        """Whether the run is worse than its baseline."""
        if self._recorder is None or not self._baselines:
            return None
        from loadhost_builtins.history._baseline import unkept, verdict

        self._recorder.settle()
        if self._recorder.problem is not None:
            return unkept(self._rules, str(self._recorder.problem))
        answer: Verdict = environment.background.apply(
            verdict, (self._recorder.path, result.run_id, self._baselines, self._rules)
        )
        return answer

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write the end of the run."""
        if self._recorder is not None:
            self._recorder.end(result)

    @hookimpl
    def loadhost_quitting(self) -> None:
        """Let go of the file."""
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None


_EVERYWHERE = ("run", "web", "demo", "history", "compare")

OPTIONS = (
    OptionSpec(
        "--history",
        type=Path,
        commands=_EVERYWHERE,
        help="The file that keeps the runs; history.db in your data folder if left out.",
    ),
    OptionSpec("--no-history", type=bool, default=False, help="Don't keep this run."),
    OptionSpec(
        "--run-tag", multiple=True, help="A tag for this run, to find it by: tag:NAME. For tasks there is --tags."
    ),
    OptionSpec(
        "--baseline",
        multiple=True,
        help="Compare this run with an earlier one: its id, last, or tag:NAME (all runs of that tag).",
    ),
    OptionSpec(
        "--max-regression",
        type=rule,
        multiple=True,
        separator=";",
        help="By how much the run may be worse than the --baseline, else it fails with exit code 3: 'p95 10%', "
        "'p99{name=/checkout} 15%', 'rps 5%'. p95 10% if left out.",
    ),
)


def _given(options: object, name: str) -> list[RegressionRule | str]:
    values = getattr(options, name, None) or []
    return [values] if isinstance(values, str) else list(values)


def _tags(options: object) -> list[str]:
    tags = [str(tag).strip() for tag in getattr(options, "run_tag", None) or ()]
    for tag in tags:
        if not tag or not tag.isprintable() or any(sign in tag for sign in ", :"):
            raise UsageError(f"--run-tag {tag!r} is no name: write letters, digits, dots and dashes, such as main")
    return tags
