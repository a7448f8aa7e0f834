"""ReportPlugin: the option --report-dir, and report.html in that folder."""

from __future__ import annotations

from pathlib import Path

from loadhost import OptionSpec, RunResult, hookimpl
from loadhost_hookspecs import Config, Options

from loadhost_builtins._files import writing
from loadhost_builtins._report_folder import OPTION, report_path

FILE = "report.html"


class ReportPlugin:
    """Writes the page; does nothing without --report-dir."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @hookimpl
    def loadhost_add_options(self, options: Options) -> None:
        """--report-dir, which the plugins json, junit and github read too."""
        options.add(
            OptionSpec(
                OPTION,
                type=Path,
                help="Write report.html, report.json, junit.xml and summary.md of the run to this folder.",
            )
        )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a folder that can't be written to, before anything runs."""
        self._path = report_path(config, FILE)

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write the page, in one step."""
        if self._path is None:
            return
        from loadhost_builtins.report._page import report_page  # jinja2 is for those who want a page

        page = report_page(result)
        with writing(self._path, OPTION) as file:
            file.write(page)
