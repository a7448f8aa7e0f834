"""Runs the tests of every package of contrib/, one pytest process per package; arguments go to each pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONTRIB = Path(__file__).resolve().parent.parent / "contrib"


def main(arguments: list[str]) -> int:
    """Run them all, also after a failure. Returns 0 if all passed, else 1."""
    failed = []
    for package in sorted(setup.parent for setup in CONTRIB.glob("*/setup.cfg")):
        print(f"=== contrib/{package.name}", flush=True)
        command = [sys.executable, "-m", "pytest", f"contrib/{package.name}/tests", *arguments]
        if subprocess.run(command, cwd=CONTRIB.parent, check=False).returncode:
            failed.append(package.name)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
