"""Runs the tests of every package of contrib/, one pytest process per package; arguments go to each pytest."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

CONTRIB = Path(__file__).resolve().parent.parent / "contrib"

AT_A_TIME = 2
"""They wait for databases, browsers and children more than they work."""


def main(arguments: list[str]) -> int:
    """Run them all, also after a failure; what each wrote comes whole. Returns 0 if all passed, else 1."""
    failed = []
    packages = sorted(setup.parent for setup in CONTRIB.glob("*/setup.cfg"))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for package, ended in zip(packages, pool.map(partial(_test, arguments), packages), strict=True):
            print(f"=== contrib/{package.name}\n{ended.stdout}", flush=True)
            if ended.returncode:
                failed.append(package.name)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _test(arguments: list[str], package: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", f"contrib/{package.name}/tests", *arguments]
    return subprocess.run(
        command, cwd=CONTRIB.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
