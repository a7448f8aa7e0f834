"""Children end with the block that started them, and with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
from benchmarks.processes import ROOT, child, cpu_seconds, memory_kib

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def soon_gone(pid: int) -> bool:
    """The kernel takes a moment for what was killed."""
    limit = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < limit:
        time.sleep(0.05)
    return gone(pid)


def a_core() -> int:
    return min(os.sched_getaffinity(0))


def test_a_child_runs_on_its_core_in_the_folder_of_its_output(tmp_path):
    core = a_core()
    command = [sys.executable, "-c", "import os; print(os.getcwd(), os.sched_getaffinity(0), os.environ['MORE'])"]
    with child(command, core=core, output=tmp_path / "run.out", environ={"MORE": "1"}) as process:
        process.wait(20)
    assert (tmp_path / "run.out").read_text().strip() == f"{tmp_path} {{{core}}} 1"


def test_settings_of_the_tools_are_not_passed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("LOADHOST_USERS", "7")
    command = [sys.executable, "-c", "import os; print('LOADHOST_USERS' in os.environ)"]
    with child(command, core=a_core(), output=tmp_path / "run.out") as process:
        process.wait(20)
    assert (tmp_path / "run.out").read_text().strip() == "False"


def test_a_child_and_what_it_started_end_with_the_block(tmp_path):
    nested = f"import subprocess, sys, time; subprocess.Popen({SLEEP!r}); print('up', flush=True); time.sleep(60)"
    out = tmp_path / "run.out"
    pids: list[int] = []
    with suppress(RuntimeError), child([sys.executable, "-c", nested], core=a_core(), output=out) as process:
        while "up" not in out.read_text():
            time.sleep(0.05)
        pids = [process.pid, *(each.pid for each in psutil.Process(process.pid).children(recursive=True))]
        assert memory_kib(process.pid) > 1000
        assert cpu_seconds(process.pid) >= 0.0
        raise RuntimeError("something went wrong")
    assert len(pids) == 2
    assert all(soon_gone(pid) for pid in pids)


def test_a_child_ends_when_the_harness_is_killed(tmp_path):
    program = (
        "import os, sys, time; from pathlib import Path; from benchmarks.processes import child\n"
        f"with child({SLEEP!r}, core=min(os.sched_getaffinity(0)), output=Path(sys.argv[1])) as process:\n"
        "    print(process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(Path(tmp_path) / "run.out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout is not None
        pid = int(harness.stdout.readline())
        harness.send_signal(signal.SIGKILL)
    assert soon_gone(pid)
