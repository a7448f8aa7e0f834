"""The machine: which core is whose, and what a report says about it."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple


class Cores(NamedTuple):
    """The core of the target (and of this harness, which mostly sleeps), and that of the generator."""

    target: int
    generator: int


def cores() -> Cores:
    """The last two cores this process may use: the first one often serves interrupts. One core serves both, badly."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[-2], usable[-1]) if len(usable) > 1 else Cores(usable[0], usable[0])


def processor() -> str:
    """What /proc/cpuinfo calls the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def raise_open_files() -> int:
    """Allow as many open files as we may, for us and our children; returns how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def describe() -> dict[str, str]:
    """When and where: what belongs above every figure."""
    usable = os.sched_getaffinity(0)
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{processor()}, {len(usable)} cores, {os.sysconf('SC_PHYS_PAGES') * 4096 / 2**30:.0f} GiB",
        "system": f"Linux {platform.release()}, {platform.freedesktop_os_release().get('PRETTY_NAME', '?')}",
        "open files": str(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        "revision": revision(),
    }


def revision() -> str:
    """The commit of this checkout, and whether files differ from it."""
    root = Path(__file__).resolve().parent.parent
    commit = _output(["git", "-C", str(root), "rev-parse", "--short", "HEAD"]) or "unknown"
    changed = _output(["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no", "core", "hookspecs"])
    return f"{commit} with local changes" if changed else commit


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
