"""Installs the Debian parts that the tests need, where it can; says what will be skipped, where it can't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

# program -> (Debian package, the tests that need it)
PARTS = {
    "nginx": ("nginx", "tests/system"),
    "chromium": ("chromium", "tests/browser"),
    "influxd": ("influxdb", "contrib/loadhost-influx"),
    "victoria-metrics": ("victoria-metrics", "contrib/loadhost-influx"),
}


def find(program: str) -> str | None:
    """The path of a program. Debian keeps servers in /usr/sbin, which is not on everybody's PATH."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def in_ci(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a missing part is an error: CI is set, and not to a word for no."""
    return environ.get("CI", "").lower() not in ("", "0", "false", "no")


def missing() -> list[str]:
    """The programs that are not there."""
    return [program for program in PARTS if not find(program)]


def obstacle() -> str | None:
    """Why nothing can be installed here, or None."""
    if not shutil.which("apt-get"):
        return "there is no apt-get"
    if os.geteuid() != 0:
        return "only root can"
    return None


def install(programs: list[str]) -> None:
    """Install the packages of these programs with apt-get."""
    packages = [PARTS[program][0] for program in programs]
    print(f"Installing {', '.join(packages)} with apt-get for the tests ...", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"apt-get {' '.join(command)} failed:\n{done.stdout}{done.stderr}", file=sys.stderr)
            return


def main() -> int:
    """Install what is missing, or say why not. Returns 1 in CI if something is missing still, else 0."""
    if not (absent := missing()):
        return 0
    reason = obstacle()
    if reason is None:
        install(absent)
        absent = missing()
        reason = "apt-get failed, see above"
    for program in absent:
        package, tests = PARTS[program]
        fate = "which CI does not allow" if in_ci() else f"so tests in {tests} will be skipped"
        print(f"{program} is missing and could not be installed ({reason}), {fate}: apt-get install {package}")
    return 1 if absent and in_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
