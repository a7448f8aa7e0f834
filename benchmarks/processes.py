"""Child processes that are pinned to a core, bounded in time, and gone when a `with` block ends, whatever happens."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def child(
    command: Sequence[str], *, core: int, output: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command on one core, in a session of its own and in the folder of `output`.

    What it prints goes to that file, its errors to the one with `.err`. Settings of the tools that lie in our
    environment (LOADHOST_USERS, LOCUST_...) are not passed on.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LOADHOST_", "LOCUST_"))}
    with output.open("wb") as stdout, output.with_suffix(".err").open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=output.parent,
            env={**inherited, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=lambda: settle(core),
        )
    try:
        yield process
    finally:
        end(process)


def settle(core: int) -> None:
    """In the child, before it becomes the command: on its core, and told to end if we are killed."""
    os.sched_setaffinity(0, {core})
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], patience_s: float = 5.0) -> None:
    """Ask a child to end, then make it and whatever it started."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its living children so far, in steps of 10 ms."""
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
    return total


def memory_kib(pid: int) -> float:
    """Resident memory of a process in KiB."""
    return float(psutil.Process(pid).memory_info().rss) / 1024
