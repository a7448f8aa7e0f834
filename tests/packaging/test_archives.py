"""What is in the wheels and in the source distribution: all that is needed, and nothing else."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRIB = sorted(setup.parent.name for setup in (ROOT / "contrib").glob("*/setup.cfg"))


def wheel_of(wheels, name):
    (path,) = wheels.glob(f"{name.replace('-', '_')}-[0-9]*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture
def names(wheels):
    """The files in the wheel of loadhost."""
    with wheel_of(wheels, "loadhost") as wheel:
        return wheel.namelist()


def test_there_is_a_wheel_of_every_distribution(wheels):
    built = {path.name.split("-")[0].replace("_", "-") for path in wheels.iterdir()}
    assert built == {"loadhost", *CONTRIB}


def test_the_wheel_holds_every_package(names):
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    packages = config["options"]["packages"].split()
    assert [package for package in packages if f"{package.replace('.', '/')}/__init__.py" not in names] == []


def test_the_wheel_holds_every_file_of_the_sources(names, sources):
    """Data files too: a template that is missing from package_data works in a checkout only."""
    roots = [sources / name for name in ("core", "hookspecs", "builtin_plugins")]
    expected = {
        path.relative_to(root).as_posix()
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path)
    }
    assert expected - set(names) == set()


def test_the_wheel_promises_types(names):
    assert {f"{name}/py.typed" for name in ("loadhost", "loadhost_hookspecs", "loadhost_builtins")} <= set(names)


def test_the_wheel_has_nothing_at_the_top_but_its_three_packages_and_metadata(names):
    top = {PurePosixPath(name).parts[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "loadhost",
        "loadhost_hookspecs",
        "loadhost_builtins",
    }


def test_the_wheel_carries_the_licence_and_the_readme(wheels):
    with wheel_of(wheels, "loadhost") as wheel:
        (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        headers = Parser().parsestr(wheel.read(metadata).decode())
        assert any(name.endswith("/LICENSE") for name in wheel.namelist())
    assert headers.get_payload().startswith("# loadhost")
    assert headers["Requires-Python"] == ">=3.11"


@pytest.mark.parametrize("name", CONTRIB)
def test_the_wheel_of_a_contrib_package_has_types_and_no_tests(wheels, name):
    package = name.replace("-", "_")
    with wheel_of(wheels, name) as wheel:
        names = wheel.namelist()
    assert f"{package}/py.typed" in names
    assert {PurePosixPath(entry).parts[0] for entry in names if ".dist-info" not in entry} == {package}


def test_the_source_distribution_holds_the_sources_and_no_tests(sdist):
    with tarfile.open(sdist) as archive:
        names = {PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix() for name in archive.getnames()}
    assert {"setup.cfg", "pyproject.toml", "LICENSE", "core/loadhost/__init__.py", "core/loadhost/py.typed"} <= names
    strangers = ("tests", "contrib", "tools", "benchmarks", "conftest.py")
    assert {name for name in names if name.split("/")[0] in strangers} == set()
