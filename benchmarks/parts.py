"""The peers: where they are, what is installed when they are not, and what is left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import ROOT

ENVIRONMENT = ROOT / ".bench-venv"
AIOLOCUST_ENVIRONMENT = ROOT / ".bench-venv-aiolocust"
DEBIAN = ("nginx", "wrk", "hey")
PYPI = ("locust", "uvloop")
"""uvloop serves the delays of the accuracy case."""


@dataclass
class Parts:
    """What there is to measure with."""

    programs: dict[str, str] = field(default_factory=dict)
    """By name: loadhost, locust, wrk, hey, nginx, aiolocust, python (of the peers' environment)."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By name: why it is missing, and what to type."""
    versions: dict[str, str] = field(default_factory=dict)


def find(program: str) -> str | None:
    """The path of a program. Debian keeps servers in /usr/sbin, which is not on everybody's PATH."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def gather(*, install: bool = True) -> Parts:
    """Install what is missing, where we can, and say what there is."""
    parts = Parts(programs={"loadhost": str(Path(sys.executable).with_name("loadhost"))})
    if install and (absent := [name for name in DEBIAN if not find(name)]):
        install_debian(absent)
    for name in DEBIAN:
        if path := find(name):
            parts.programs[name] = path
        else:
            parts.left_out[name] = f"apt-get install {name}, as root"
    if install and not (ENVIRONMENT / "bin" / "locust").exists():
        install_pypi(ENVIRONMENT, sys.executable, PYPI)
    if (ENVIRONMENT / "bin" / "locust").exists():
        parts.programs["locust"] = str(ENVIRONMENT / "bin" / "locust")
        parts.programs["python"] = str(ENVIRONMENT / "bin" / "python")
    else:
        parts.left_out["locust"] = f"pip could not install it into {ENVIRONMENT.name}"
    gather_aiolocust(parts, install)
    parts.versions = versions(parts)
    return parts


def gather_aiolocust(parts: Parts, install: bool) -> None:
    """It needs a Python of its own: 3.14, at best the one without a global lock."""
    program = AIOLOCUST_ENVIRONMENT / "bin" / "aiolocust"
    python = find("python3.14t") or find("python3.14")
    if install and python and not program.exists():
        install_pypi(AIOLOCUST_ENVIRONMENT, python, ["aiolocust"])
    if program.exists():
        parts.programs["aiolocust"] = str(program)
    else:
        parts.left_out["aiolocust"] = "it needs Python 3.14, which is not here" if not python else "pip failed"


def install_debian(names: Sequence[str]) -> None:
    """With apt-get, if we are root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"Installing {', '.join(names)} with apt-get ...", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # One by one: a package that this Debian lacks must not keep the others out.
    for arguments in (["update"], *(["install", "-y", "--no-install-recommends", name] for name in names)):
        done = subprocess.run(["apt-get", "-qq", *arguments], env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"apt-get {' '.join(arguments)} failed:\n{done.stderr}", file=sys.stderr)


def install_pypi(folder: Path, python: str, names: Sequence[str]) -> None:
    """Into an environment of their own: peers may not change what loadhost runs with."""
    print(f"Installing {', '.join(names)} into {folder.name} ...", flush=True)
    environ = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *names]
    for command in ([python, "-m", "venv", str(folder)], pip):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed:\n{done.stderr}", file=sys.stderr)
            return


def versions(parts: Parts) -> dict[str, str]:
    """Of all that takes part."""
    found = {"loadhost": python_versions(sys.executable, "loadhost")}
    if "locust" in parts.programs:
        found["locust"] = python_versions(parts.programs["python"], "locust")
    if "aiolocust" in parts.programs:
        found["aiolocust"] = output([parts.programs["aiolocust"], "--version"])
    if "nginx" in parts.programs:
        found["nginx"] = output([parts.programs["nginx"], "-v"]).removeprefix("nginx version: ")
    for name in ("wrk", "hey"):
        if name in parts.programs and shutil.which("dpkg-query"):
            found[name] = output(["dpkg-query", "--show", "--showformat=${Version}", name]) or "?"
    return found


def python_versions(python: str, package: str) -> str:
    """Of a package, its gevent and its Python."""
    code = (
        "import sys; from importlib.metadata import version as v; "
        f"print(v({package!r}), 'with gevent', v('gevent'), 'on Python', sys.version.split()[0])"
    )
    return output([python, "-c", code])


def output(command: list[str]) -> str:
    """What a command prints, on either channel; nothing if it can't be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip()
