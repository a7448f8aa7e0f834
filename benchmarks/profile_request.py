"""Where one request's CPU time goes: `python -m benchmarks.profile_request [CLASS] [-u USERS] [-t SECONDS]`.

Samples the real command under load (loadfiles/sampler.py), and prints the share and the microseconds per request of
each function and line. CLASS is one of loadfiles/users.py: Get, Header, PostJson, Cookies, Gzip, Chunked, Http, ...
"""

from __future__ import annotations

import argparse
import json
import linecache
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, NamedTuple

from benchmarks.machine import cores, raise_open_files
from benchmarks.nginx import nginx
from benchmarks.parts import find
from benchmarks.peers import LOADFILES, Job, Loadhost
from benchmarks.processes import ROOT, child


class Wanted(NamedTuple):
    """What to profile."""

    user: str
    users: int
    seconds: float
    listeners: int
    url: str
    core: int


def main() -> int:
    """Run, print."""
    arguments = parse()
    program = find("nginx")
    if program is None:
        print("nginx is missing: apt-get install nginx", file=sys.stderr)
        return 2
    pinned = cores()
    with tempfile.TemporaryDirectory(prefix="loadhost-profile-") as name:
        folder = Path(name)
        with nginx(program, folder, pinned.target, raise_open_files()) as target:
            url = str(target.tls_url) if arguments.tls else target.url
            wanted = Wanted(
                arguments.user, arguments.users, arguments.seconds, arguments.listeners, url, pinned.generator
            )
            found = profile(wanted, folder)
        if found is None:
            print((folder / "run.err").read_text() + (folder / "run.out").read_text(), file=sys.stderr)
            return 1
    print(render(found, arguments.top))
    return 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_request", description="Where the time goes.")
    parser.add_argument("user", nargs="?", default="Get", help="a user class of loadfiles/users.py (default: Get)")
    parser.add_argument("-u", "--users", type=int, default=50)
    parser.add_argument("-t", "--seconds", type=float, default=10.0)
    parser.add_argument("--listeners", type=int, default=0, help="plugins on loadhost_request")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--top", type=int, default=25, help="how many rows of each table")
    return parser.parse_args()


def profile(wanted: Wanted, folder: Path) -> dict[str, Any] | None:
    """The samples of one run; None if there are none. The folder holds what the command printed."""
    out = folder / "profile.json"
    job = Job(
        wanted.url,
        folder,
        wanted.users,
        int(wanted.seconds + 1.5),
        wanted.user,
        listeners=wanted.listeners,
        environ={"BENCH_PROFILE": str(out)},
        more=("-p", str(LOADFILES / "sampler.py")),
    )
    tool = Loadhost(str(Path(sys.executable).with_name("loadhost")))
    with child(tool.command(job), core=wanted.core, output=folder / "run.out", environ=tool.environ(job)) as process:
        try:
            process.wait(job.seconds + 60)
        except TimeoutExpired:
            return None
    if not out.exists():
        return None
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def render(found: dict[str, Any], top: int) -> str:
    """Three tables: functions by their own time, functions with what they call, lines."""
    total, each = weights(found)
    lines = [*rows(found, top), "\nBy function, with the Python functions it calls\n  share  us/req"]
    for file, function, n in found["inclusive"][:top]:
        lines.append(row(n / total, each, f"{short(file)}:{function}"))
    lines.append("\nBy line (a line after a switch holds the time of the loop)\n  share  us/req")
    for file, _, number, n in found["lines"][:top]:
        lines.append(row(n / total, each, f"{short(file)}:{number}  {linecache.getline(file, number).strip()}"))
    return "\n".join(lines)


def rows(found: dict[str, Any], top: int) -> list[str]:
    """One line about the whole, and the functions that take most."""
    total, each = weights(found)
    own: Counter[tuple[str, str]] = Counter()
    for file, function, _, n in found["lines"]:
        own[file, function] += n
    system = found["system_s"] / (found["user_s"] + found["system_s"])
    return [
        f"{found['requests']:,} requests in {found['wall_s']:.1f} s, "
        f"{found['requests'] / found['wall_s']:,.0f}/s while sampled; {each:.2f} us CPU each, of it "
        f"{each * system:.2f} us in the kernel ({system:.0%}); {total:,} samples",
        "\nBy function: its own time, and that of the C it calls\n  share  us/req",
        *(row(n / total, each, f"{short(file)}:{function}") for (file, function), n in own.most_common(top)),
    ]


def weights(found: dict[str, Any]) -> tuple[int, float]:
    """How many samples there are, and the CPU microseconds of one request."""
    cpu_us = (found["user_s"] + found["system_s"]) * 1e6
    return max(1, sum(each[-1] for each in found["lines"])), cpu_us / max(1, found["requests"])


def row(share: float, each: float, what: str) -> str:
    """One line of a table."""
    return f"{share:6.1%} {share * each:8.2f}  {what}"


def short(file: str) -> str:
    """A path one can read: inside the checkout from its source root on, else the last two parts."""
    path = Path(os.path.relpath(file, ROOT))
    return str(Path(*path.parts[1:])) if path.parts[0] in ("core", "benchmarks") else "/".join(Path(file).parts[-2:])


if __name__ == "__main__":
    sys.exit(main())
