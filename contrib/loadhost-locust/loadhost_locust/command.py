"""`loadhost locust`: Locust's own command line, from its arguments to its exit code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import loadhost
from loadhost import UsageError
from loadhost.__main__ import main as run_loadhost

from loadhost_locust._command_line import CommandLine, read_command_line
from loadhost_locust._finder import LOCUST_VERSION
from loadhost_locust._options import OPTIONS
from loadhost_locust._run_arguments import run_arguments


def main(arguments: Sequence[str]) -> int:
    """Do what `locust ARGUMENTS` would do. Returns the exit code."""
    line = read_command_line(arguments, os.environ, Path.cwd())
    options = line.options
    if options.version:
        where = Path(__file__).parent
        print(f"locust {LOCUST_VERSION} (loadhost {loadhost.__version__}) from {where} ({_python()})")
        return 0
    _refuse(line)
    files = find_locustfiles(options.locustfile, Path.cwd())
    if files is None:
        return 1
    if options.list_commands or options.show_task_ratio:
        return _show(line, files)
    if options.logfile:
        Path(options.logfile).parent.mkdir(parents=True, exist_ok=True)
    if options.html_file:
        return _run_with_page(line, files)
    return run_loadhost(run_arguments(line, files))


def _run_with_page(line: CommandLine, files: list[Path]) -> int:
    """--html FILE: loadhost's report is a folder of files, of which Locust has but the page."""
    page = html_path(line)
    page.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=page.parent, prefix=".loadhost-") as folder:
        code = run_loadhost(run_arguments(line, files, f"--report-dir={folder}/report"))
        written = Path(folder) / "report" / "report.html"
        if written.is_file():
            written.replace(page)
    return code


def html_path(line: CommandLine) -> Path:
    """What --html names, with users, spawn rate and run time (seconds) in the place of {u}, {r} and {t}."""
    options = line.options
    values = {"{u}": options.num_users or 1, "{r}": f"{options.spawn_rate or 1:g}", "{t}": options.run_time}
    name: str = options.html_file
    for tag, value in values.items():
        name = name.replace(tag, str(value))
    return Path(name)


def run_as_script() -> None:
    """`locust.main.main()`: by the process's own arguments, whose exit code ends it."""
    sys.exit(main(sys.argv[1:]))


def _python() -> str:
    return f"Python {platform.python_version()}"


def _refuse(line: CommandLine) -> None:
    """One line for the first option that can't be had. Raises UsageError."""
    options = line.options
    for option in OPTIONS:
        if option.refused and option.name in line.given:
            raise UsageError(f"{option.long}: {option.refused}")
    shows = options.list_commands or options.show_task_ratio or options.show_task_ratio_json
    if not shows and (options.headful or not options.headless):
        raise UsageError(
            "without --headless Locust serves its web page, and loadhost has none under this command: "
            "add --headless, or set LOCUST_HEADLESS=1"
        )
    if options.stats_history_enabled and options.csv_prefix is None:
        raise UsageError("--csv-full-history is for the files of --csv: add --csv PREFIX")


def find_locustfiles(text: str, folder: Path) -> list[Path] | None:
    """The files that -f names; a folder means all in it, at any depth. None if one is missing, which is said."""
    if text == "-" or "://" in text:
        raise UsageError(f"-f {text}: loadhost downloads no locustfiles; name a file or a folder")
    files: list[Path] = []
    for name in text.split(","):
        path = folder / name.strip()
        found = (
            sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.suffix == ".py" and path.is_file() else []
        )
        found = [file for file in found if not file.name.startswith("_")]
        if not found:
            sys.stderr.write(
                f"Could not find '{name.strip()}'. Ensure your locustfile ends with '.py' or is a directory with "
                "locustfiles. See --help for available options.\n"
            )
            return None
        files += found
    return files


def _show(line: CommandLine, files: list[Path]) -> int:
    """--list and --show-task-ratio, in Locust's form, from the JSON that loadhost gives."""
    line.options.show_task_ratio_json = True
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        code = run_loadhost(run_arguments(line, files))
    if code:
        return code
    ratios: dict[str, Any] = json.loads(written.getvalue())
    if line.options.list_commands:
        print("\n".join(["Available Users:", *(f"    {name}" for name in ratios["per_class"])]))
        return 0
    for title, tree in (("Task ratio per User class", "per_class"), ("Total task ratio", "total")):
        print(f"\n {title}\n{'-' * 80}")
        _print_ratios(ratios[tree], 0)
    return 0


def _print_ratios(ratios: dict[str, Any], level: int) -> None:
    indent = "  " * level
    for name, row in ratios.items():
        print(f" {indent + format(row['ratio'] * 100, '<6.1f'):<10} {indent + name:<50}")
        _print_ratios(row.get("tasks", {}), level + 1)
