"""The plugin console in whole runs: on a terminal, and where there is none."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun, RunOutcome
from loadhost_builtins.console import ConsolePlugin

LOADFILE = """
from loadhost import User, constant, task

class Shopper(User):
    wait_time = constant(0.02)
    host = "http://127.0.0.1:1"

    @task
    def browse(self):
        self.environment.requests.record("GET", "/[bold]offers", 12.0, 100)
"""
NOISY = """
import logging
from loadhost import hookimpl

@hookimpl
def loadhost_stats_window(window):
    print("a print of a plugin")
    logging.getLogger("noisy").warning("a warning of a plugin")
"""
REPLACES_THE_CODE = """
from loadhost import hookimpl

@hookimpl
def loadhost_quitting(environment):
    environment.process_exit_code = 7
"""
PAIRS = re.compile(r"t_s=\d+ users=\d+ requests=\d+ failures=\d+ rps=[\d.]+ fail_ratio=[\d.]+ p50_ms=[\d.]+ p95_ms=")


class Seen:
    """What a terminal was sent, and how the process ended."""

    def __init__(self, output: str, exit_code: int) -> None:
        self.output, self.exit_code = output, exit_code

    @property
    def text(self) -> str:
        """Without colours and movements of the cursor; a line that was wiped is followed by a new one."""
        lines = self.output.replace("\r", "").replace("\x1b[2K", "\n")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", lines)


def on_terminal(folder: Path, *arguments: str, stderr: Path | None = None, **variables: str) -> Seen:
    """Run a command line on a terminal of 80 columns and 24 lines."""
    (folder / "loadfile.py").write_text(LOADFILE)
    command = [sys.executable, "-m", "loadhost", "run", "loadfile.py", *arguments]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        if stderr is not None:
            os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT), 2)
        os.execve(sys.executable, command, {**os.environ, "TERM": "xterm-256color", **variables})
    output = read_all(terminal)
    return Seen(output, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def read_all(terminal: int, timeout: float = 30.0) -> str:
    parts, end = [], time.monotonic() + timeout
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says EIO when the other side is closed
                break
            parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A run on a terminal, with a plugin that prints and logs."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "noisy.py").write_text(NOISY)
    return on_terminal(folder, "-u", "3", "-r", "10", "-t", "2s", "-p", "noisy.py")


def test_on_a_terminal_there_is_a_live_table_with_progress_and_at_the_end_the_report(live: Seen) -> None:
    """The view is wiped, the cursor was never hidden, the verdict is the last line."""
    assert "loadhost  running  3 users  http://127.0.0.1:1" in live.text
    assert re.search(r"━+  0:0\d of 0:02", live.text)
    assert "GET   /[bold]offers" in live.text
    assert live.text.rstrip().endswith("Verdict: passed, exit code 0")
    assert "\x1b[?25l" not in live.output
    assert "t_s=" not in live.text


def test_prints_and_log_lines_appear_above_the_view(live: Seen) -> None:
    """Each on a line of its own, none within a table."""
    lines = live.text.splitlines()
    assert lines.count("a print of a plugin") >= 2
    assert len([line for line in lines if re.fullmatch(r"\[[^]]*\] WARNING/noisy: a warning of a plugin", line)]) >= 2


def test_what_is_asked_for_is_obeyed_while_the_view_is_shown(live: Seen, tmp_path: Path) -> None:
    """2>file: log lines stay in the file. https://no-color.org: the cursor may move, nothing is coloured."""
    colour = r"\x1b\[(\d+;)*3[0-7]m"
    (tmp_path / "noisy.py").write_text(NOISY)
    seen = on_terminal(tmp_path, "-t", "1s", "-p", "noisy.py", stderr=tmp_path / "err", NO_COLOR="1")
    assert "a warning of a plugin" not in seen.text
    assert "a warning of a plugin" in (tmp_path / "err").read_text()
    assert re.search(colour, live.output)
    assert not re.search(colour, seen.output)


@pytest.mark.parametrize("arguments", [["--only-summary"], []])
def test_only_summary_prints_nothing_but_the_report(tmp_path: Path, arguments: list[str]) -> None:
    """No view, on a terminal; with TERM=dumb neither."""
    variables = {} if arguments else {"TERM": "dumb"}
    seen = on_terminal(tmp_path, "-t", "500ms", *arguments, **variables)
    assert "loadhost  running" not in seen.text
    assert ("t_s=" in seen.text) == (not arguments)
    assert seen.text.rstrip().endswith("Verdict: passed, exit code 0")


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    """A run whose output is a file in ASCII, though colours are asked for, as CI systems do."""
    run = LoadhostRun(tmp_path_factory.mktemp("piped"))
    variables = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "FORCE_COLOR": "1"}
    return run(LOADFILE.replace("/[bold]offers", "/größe"), users=2, run_time=2, env=variables)


def test_elsewhere_there_are_lines_that_a_script_can_read(piped: RunOutcome) -> None:
    """After one second, every five seconds and at the end."""
    lines = [line for line in piped.stdout.splitlines() if line.startswith("t_s=")]
    assert len(lines) >= 2
    assert all(PAIRS.match(line) for line in lines)
    totals = dict(pair.split("=") for pair in lines[-1].split())
    assert piped.report is not None
    assert int(totals["requests"]) == piped.report["totals"]["requests"]


def test_force_color_makes_no_terminal_of_a_pipe(piped: RunOutcome) -> None:
    """A live view in a log file is rubbish: no control characters."""
    assert "\x1b" not in piped.stdout


def test_a_name_that_the_terminal_cannot_show_does_not_cost_the_report(piped: RunOutcome) -> None:
    """In an ASCII environment it is shown as an escape."""
    assert "/gr\\xf6\\xdfe" in piped.stdout
    assert piped.stdout.rstrip().endswith("Verdict: passed, exit code 0")


def test_only_summary_prints_no_lines_into_a_pipe_and_a_plugins_exit_code_is_pointed_out(loadhost_run: Any) -> None:
    """Nothing before the report; and the verdict line and the shell would contradict each other otherwise."""
    outcome = loadhost_run(LOADFILE, "--only-summary", run_time=0.5, plugins=[REPLACES_THE_CODE])
    assert outcome.stdout.lstrip().startswith("Requests (times in ms)")
    assert outcome.exit_code == 7
    assert outcome.stdout.splitlines()[-1] == ("Exit code 7: a plugin set environment.process_exit_code, in place of 0")


def test_a_reader_that_goes_away_does_not_spoil_the_run(loadhost_run: Any) -> None:
    """`loadhost run ... | head -1` ends well, and the reports are written."""
    (loadhost_run.folder / "loadfile.py").write_text(LOADFILE)
    command = f"{sys.executable} -m loadhost run loadfile.py -t 1s --json-file r.json 2>err | head -1"
    script = f"{command}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=loadhost_run.folder, capture_output=True, timeout=60, check=False)
    assert (done.returncode, (loadhost_run.folder / "err").read_text()) == (0, "")
    assert json.loads((loadhost_run.folder / "r.json").read_text())["plugins"][0]["failures"] == 0


def test_a_cpu_warning_is_one_line_of_the_report(
    loadhost_manager: Any, capsys: pytest.CaptureFixture[str], run: Any
) -> None:
    """With what to do about it; the next run begins without."""
    loadhost_manager.register(ConsolePlugin, "console")
    loadhost_manager.tell("loadhost_test_start", environment=run)
    loadhost_manager.tell("loadhost_cpu_warning", environment=run, cpu_usage=97.4)
    loadhost_manager.tell("loadhost_run_finished", environment=run, result=run.result())
    assert capsys.readouterr().out.count("\nWarning: loadhost itself used 97 % of a CPU core, so") == 1
    loadhost_manager.tell("loadhost_test_start", environment=run)
    loadhost_manager.tell("loadhost_run_finished", environment=run, result=run.result())
    assert "Warning" not in capsys.readouterr().out
