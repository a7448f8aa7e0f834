"""The wheels of all distributions, built once from a copy of the checkout, and a fresh environment for them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = (".*", "build", "dist", "*.egg-info", "__pycache__", "venv")


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints. Nothing of this process's settings reaches it: neither plugins nor paths."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LOADHOST_", "PYTHON"))}
    environ |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class FreshEnvironment:
    """A virtual environment with nothing but pip, and the folder of wheels it may install from beside PyPI."""

    folder: Path
    wheels: Path

    def pip(self, *arguments: str) -> None:
        """Run its own pip."""
        run(self.folder / "bin" / "python", "-m", "pip", *arguments, cwd=self.folder)

    def install(self, name: str) -> None:
        """Install a distribution by its name."""
        self.pip("install", "--quiet", "--find-links", str(self.wheels), name)

    def loadhost(self, *arguments: str) -> str:
        """What its `loadhost` command prints."""
        return run(self.folder / "bin" / "loadhost", *arguments, cwd=self.folder)

    def plugins(self) -> dict[str, dict[str, Any]]:
        """`loadhost plugins --json`, by name."""
        return {row["name"]: row for row in json.loads(self.loadhost("plugins", "--json"))}


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout without anything that was built: setuptools would pack a stale build/ into wheels."""
    copy = tmp_path_factory.mktemp("sources") / "loadhost"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return copy


@pytest.fixture(scope="session")
def wheels(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheels of loadhost and of every package of contrib/."""
    folder = tmp_path_factory.mktemp("wheels")
    projects = [sources, *sorted(setup.parent for setup in sources.glob("contrib/*/setup.cfg"))]
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, *projects, cwd=sources)
    return folder


@pytest.fixture(scope="session")
def sdist(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of loadhost."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, sources, cwd=sources)
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="session")
def fresh(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """An environment in which nothing is installed yet."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True)
    return FreshEnvironment(folder, wheels)


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """None of these is for every day."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("slow")
