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
from typing import Any

from benchmarks.machine import cores, raise_open_files
from benchmarks.nginx import nginx
from benchmarks.parts import find
from benchmarks.processes import ROOT, child

LOADFILES = ROOT / "benchmarks" / "loadfiles"


def main() -> int:
    """Run, print."""
    arguments = parse()
    program = find("nginx")
    if program is None:
        print("nginx is missing: apt-get install nginx", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="loadhost-profile-") as folder:
        profile = sample(arguments, program, Path(folder))
    print(render(profile, arguments.top))
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


def sample(arguments: argparse.Namespace, program: str, folder: Path) -> dict[str, Any]:
    """The samples of one run."""
    pinned = cores()
    out = folder / "profile.json"
    with nginx(program, folder, pinned.target, raise_open_files()) as target:
        environ = {
            "BENCH_TOOL": "loadhost",
            "BENCH_HOST": str(target.tls_url) if arguments.tls else target.url,
            "BENCH_LISTENERS": str(arguments.listeners),
            "BENCH_PROFILE": str(out),
        }
        users = ["-u", str(arguments.users), "-r", str(arguments.users)]
        command = [sys.executable, "-m", "loadhost", "run", str(LOADFILES / "users.py"), arguments.user, *users]
        command += ["-t", f"{arguments.seconds + 1}s", "--only-summary", "-p", str(LOADFILES / "sampler.py")]
        with child(command, core=pinned.generator, output=folder / "run.out", environ=environ) as process:
            process.wait(arguments.seconds + 60)
    if not out.exists():
        sys.exit((folder / "run.err").read_text() + (folder / "run.out").read_text())
    profile: dict[str, Any] = json.loads(out.read_text())
    return profile


def render(profile: dict[str, Any], top: int) -> str:
    """Three tables: functions by their own time, functions with what they call, lines."""
    cpu_us = (profile["user_s"] + profile["system_s"]) * 1e6
    requests = max(1, profile["requests"])
    total = max(1, sum(row[-1] for row in profile["lines"]))
    each = cpu_us / requests
    own: Counter[tuple[str, str]] = Counter()
    for file, function, _, n in profile["lines"]:
        own[file, function] += n

    def row(n: int, what: str) -> str:
        return f"{n / total:6.1%} {n / total * each:8.2f}  {what}"

    system = profile["system_s"] / (profile["user_s"] + profile["system_s"])
    lines = [
        f"{requests:,} requests in {profile['wall_s']:.1f} s, {requests / profile['wall_s']:,.0f}/s; "
        f"{each:.2f} us CPU each, of it {each * system:.2f} us in the kernel ({system:.0%}); {total:,} samples",
        "\nBy function, its own time and that of the C it calls\n  share  us/req",
        *(row(n, f"{short(file)}:{function}") for (file, function), n in own.most_common(top)),
        "\nBy function, with the Python functions it calls\n  share  us/req",
        *(row(n, f"{short(file)}:{function}") for file, function, n in profile["inclusive"][:top]),
        "\nBy line (a line after a switch holds the time of the loop)\n  share  us/req",
    ]
    for file, _, number, n in profile["lines"][:top]:
        lines.append(row(n, f"{short(file)}:{number}  {linecache.getline(file, number).strip()}"))
    return "\n".join(lines)


def short(file: str) -> str:
    """A path one can read: inside the checkout from its source root on, else the last two parts."""
    path = Path(os.path.relpath(file, ROOT))
    return str(Path(*path.parts[1:])) if path.parts[0] in ("core", "benchmarks") else "/".join(Path(file).parts[-2:])


if __name__ == "__main__":
    sys.exit(main())
