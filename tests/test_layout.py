"""The lists that are kept by hand, compared with the folders they speak of."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    "loadhost": ROOT / "core" / "loadhost",
    "loadhost_hookspecs": ROOT / "hookspecs" / "loadhost_hookspecs",
    "loadhost_builtins": ROOT / "builtin_plugins" / "loadhost_builtins",
}
CONTRIB = sorted(setup.parent for setup in (ROOT / "contrib").glob("*/setup.cfg"))


def read_config(path: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read(path, encoding="utf-8")
    return config


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


SETUP = read_config(ROOT / "setup.cfg")


def test_every_package_is_listed_in_setup_cfg():
    """A package that is missing from `packages` is missing from the wheel."""
    found = {
        ".".join([name, *init.parent.relative_to(folder).parts])
        for name, folder in SOURCES.items()
        for init in folder.rglob("__init__.py")
    }
    assert lines_of(SETUP["options"]["packages"]) == sorted(found)


def test_every_folder_with_python_files_is_a_package():
    bare = {
        file.parent
        for folder in SOURCES.values()
        for file in folder.rglob("*.py")
        if not (file.parent / "__init__.py").exists()
    }
    assert bare == set()


@pytest.mark.parametrize("name", SOURCES)
def test_each_import_package_promises_types(name):
    assert (SOURCES[name] / "py.typed").is_file()
    assert "py.typed" in SETUP["options.package_data"][name]


def test_every_data_file_is_in_package_data():
    """Whatever is neither Python nor a cache must be named, or it is missing from the wheel."""
    missing = []
    for name, folder in SOURCES.items():
        patterns = [pattern.strip() for pattern in re.split(r"[,\n]", SETUP["options.package_data"][name])]
        for file in folder.rglob("*"):
            if file.is_dir() or file.suffix in (".py", ".pyc"):
                continue
            if not any(file.relative_to(folder).match(pattern) for pattern in patterns if pattern):
                missing.append(str(file.relative_to(ROOT)))
    assert missing == []


def test_pyproject_names_the_build_system_only():
    """Tools are configured in tox.ini, ruff.toml and mypy.ini; metadata is in setup.cfg."""
    tables = re.findall(r"^\[(.+)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert tables == ["build-system"]


def test_contrib_is_not_empty():
    assert CONTRIB


@pytest.mark.parametrize("folder", CONTRIB, ids=lambda folder: folder.name)
def test_each_contrib_package_is_a_distribution_of_its_own(folder):
    """Its metadata, a README, tests, a build-system, types, and an entry point named like it."""
    config = read_config(folder / "setup.cfg")
    assert config["metadata"]["name"] == folder.name
    for part in ("README.md", "pyproject.toml", "tests"):
        assert (folder / part).exists(), f"{folder.name} lacks {part}"
    assert (folder / folder.name.replace("-", "_") / "py.typed").is_file()
    entries = lines_of(config["options.entry_points"]["loadhost"])
    assert [entry.split("=")[0].strip() for entry in entries] == [folder.name.removeprefix("loadhost-")]


def test_tox_installs_every_contrib_package():
    deps = lines_of(read_config(ROOT / "tox.ini")["testenv"]["deps"])
    assert deps == ["-e .[test]", *(f"-e contrib/{folder.name}" for folder in CONTRIB)]


def test_ci_runs_make_test_and_nothing_else():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert lines_of(script.read_text(encoding="utf-8")) == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "make test",
    ]


def test_the_version_is_stated_once_per_place_and_alike():
    """setup.cfg, loadhost.__version__ and the newest heading of the changelog agree."""
    version = SETUP["metadata"]["version"]
    init = (SOURCES["loadhost"] / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{version}"' in init
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings[0] == version
