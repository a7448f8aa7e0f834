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


def test_on_a_terminal_there_is_a_live_table_with_progress_and_at_the_end_the_report(tmp_path: Path) -> None:
    """The view is wiped, the cursor was never hidden, the verdict is the last line."""
    seen = on_terminal(tmp_path, "-u", "3", "-r", "10", "-t", "2s")
    assert "loadhost  running  3 users  http://127.0.0.1:1" in seen.text
    assert re.search(r"━+  0:0\d of 0:02", seen.text)
    assert "GET   /[bold]offers" in seen.text
    assert seen.text.rstrip().endswith("Verdict: passed, exit code 0")
    assert "\x1b[?25l" not in seen.output
    assert "t_s=" not in seen.text


def test_prints_and_log_lines_appear_above_the_view(tmp_path: Path) -> None:
    """Each on a line of its own, none within a table."""
    (tmp_path / "noisy.py").write_text(NOISY)
    seen = on_terminal(tmp_path, "-t", "2s", "-p", "noisy.py")
    lines = seen.text.splitlines()
    assert lines.count("a print of a plugin") >= 2
    assert len([line for line in lines if re.fullmatch(r"\[[^]]*\] WARNING/noisy: a warning of a plugin", line)]) >= 2


def test_log_lines_that_go_to_a_file_stay_in_the_file(tmp_path: Path) -> None:
    """2>file is obeyed while the view is shown."""
    (tmp_path / "noisy.py").write_text(NOISY)
    seen = on_terminal(tmp_path, "-t", "2s", "-p", "noisy.py", stderr=tmp_path / "err")
    assert "a warning of a plugin" not in seen.text
    assert "a warning of a plugin" in (tmp_path / "err").read_text()


@pytest.mark.parametrize("arguments", [["--only-summary"], []])
def test_only_summary_prints_nothing_but_the_report(tmp_path: Path, arguments: list[str]) -> None:
    """No view, on a terminal; with TERM=dumb neither."""
    variables = {} if arguments else {"TERM": "dumb"}
    seen = on_terminal(tmp_path, "-t", "2s", *arguments, **variables)
    assert "loadhost  running" not in seen.text
    assert ("t_s=" in seen.text) == (not arguments)
    assert seen.text.rstrip().endswith("Verdict: passed, exit code 0")


def test_no_color_is_obeyed(tmp_path: Path) -> None:
    """https://no-color.org: the cursor may move, nothing is coloured."""
    seen = on_terminal(tmp_path, "-t", "2s", NO_COLOR="1")
    assert not re.search(r"\x1b\[(\d+;)*3[0-7]m", seen.output)


def test_elsewhere_there_are_lines_that_a_script_can_read(loadhost_run: Any) -> None:
    """After one second, every five seconds and at the end; no control characters."""
    outcome = loadhost_run(LOADFILE, users=2, run_time=2)
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("t_s=")]
    assert len(lines) >= 2
    assert all(PAIRS.match(line) for line in lines)
    assert "\x1b" not in outcome.stdout
    totals = dict(pair.split("=") for pair in lines[-1].split())
    assert int(totals["requests"]) == outcome.report["totals"]["requests"]


def test_force_color_makes_no_terminal_of_a_pipe(loadhost_run: Any) -> None:
    """CI systems set it; a live view in a log file is rubbish."""
    outcome = loadhost_run(LOADFILE, run_time=1, env={"FORCE_COLOR": "1"})
    assert "\x1b" not in outcome.stdout


def test_only_summary_prints_no_lines_into_a_pipe(loadhost_run: Any) -> None:
    """Nothing before the report."""
    outcome = loadhost_run(LOADFILE, "--only-summary", run_time=1)
    assert outcome.stdout.lstrip().startswith("Requests (times in ms)")


def test_a_reader_that_goes_away_does_not_spoil_the_run(loadhost_run: Any) -> None:
    """`loadhost run ... | head -1` ends well, and the reports are written."""
    (loadhost_run.folder / "loadfile.py").write_text(LOADFILE)
    command = f"{sys.executable} -m loadhost run loadfile.py -t 2s --json-file r.json 2>err | head -1"
    script = f"{command}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=loadhost_run.folder, capture_output=True, timeout=60, check=False)
    assert (done.returncode, (loadhost_run.folder / "err").read_text()) == (0, "")
    assert json.loads((loadhost_run.folder / "r.json").read_text())["plugins"][0]["failures"] == 0


def test_a_name_that_the_terminal_cannot_show_does_not_cost_the_report(loadhost_run: Any) -> None:
    """In an ASCII environment it is shown as an escape."""
    outcome = loadhost_run(
        LOADFILE.replace("/[bold]offers", "/größe"), run_time=1, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert "/gr\\xf6\\xdfe" in outcome.stdout
    assert outcome.stdout.rstrip().endswith("Verdict: passed, exit code 0")


def test_an_exit_code_that_a_plugin_set_is_pointed_out(loadhost_run: Any) -> None:
    """Else the verdict line and the shell would contradict each other."""
    outcome = loadhost_run(LOADFILE, run_time=1, plugins=[REPLACES_THE_CODE])
    assert outcome.exit_code == 7
    assert outcome.stdout.splitlines()[-1] == ("Exit code 7: a plugin set environment.process_exit_code, in place of 0")


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
