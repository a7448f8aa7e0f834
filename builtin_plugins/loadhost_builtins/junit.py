"""The plugin `junit`: junit.xml in the folder of --report-dir, a test case for each thing that the run was judged by.

CI servers know this format: a broken rule is a failed test with a name and a reason, and has a history there.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from loadhost import Outcome, RunResult, hookimpl
from loadhost_hookspecs import Config

from loadhost_builtins._files import writing
from loadhost_builtins._junit_cases import Case, cases
from loadhost_builtins._report_folder import OPTION, report_path
from loadhost_builtins._texts import clean
from loadhost_builtins._tones import iso

FILE = "junit.xml"
_ERRORS = (Outcome.ERROR, Outcome.INTERRUPTED)


class JunitReport:
    """Writes junit.xml; does nothing without --report-dir."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Refuse a file that can't be written, before anything runs."""
        self._path = report_path(config, FILE)

    @hookimpl
    def loadhost_run_finished(self, result: RunResult) -> None:
        """Write it, in one step."""
        if self._path is not None:
            with writing(self._path, OPTION) as file:
                file.write(document(result))


def document(result: RunResult) -> str:
    """The XML, as Jenkins, GitLab and others read it. Control characters, which XML can't hold, are shown as text."""
    found = cases(result)
    seconds = f"{result.duration_s:.3f}"
    counts = {
        "tests": str(len(found)),
        "failures": str(sum(case.broken and case.outcome not in _ERRORS for case in found)),
        "errors": str(sum(case.broken and case.outcome in _ERRORS for case in found)),
        "time": seconds,
    }
    suites = ElementTree.Element("testsuites", {"name": "loadhost", **counts})
    suite = ElementTree.SubElement(
        suites, "testsuite", {"name": "loadhost", **counts, "skipped": "0", "timestamp": iso(result.started_s)}
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(result).items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": clean(value)})
    for case in found:
        _add(suite, case, seconds)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add(suite: ElementTree.Element, case: Case, seconds: str) -> None:
    attributes = {"classname": f"loadhost.{clean(case.group)}", "name": clean(case.name), "time": seconds}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    reason = clean(case.reason)
    if case.broken:
        tag = "error" if case.outcome in _ERRORS else "failure"
        ElementTree.SubElement(element, tag, {"message": reason, "type": case.outcome.value}).text = reason
    elif reason:
        ElementTree.SubElement(element, "system-out").text = f"{case.outcome.value}: {reason}"


def _properties(result: RunResult) -> dict[str, str]:
    return {
        "run": result.run_id,
        "outcome": result.outcome.value,
        "exit_code": str(result.exit_code),
        "command": result.command,
        "requests": str(result.totals.requests),
        "failures": str(result.totals.failures),
    }
