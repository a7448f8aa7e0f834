"""What README.md and docs/ show is real: their examples run, their links lead somewhere, their commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from loadhost import PluginManager
from loadhost.testing import Shop

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += sorted((ROOT / "contrib").glob("*/README.md"))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


# A run that ends when it has seen enough ends in time on any machine.
ENOUGH = """
from loadhost import StopTest, hookimpl


@hookimpl
def loadhost_request(environment):
    if environment.stats.total.num_requests >= 10:
        raise StopTest("enough")
"""


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def hook_examples() -> list[str]:
    return [block for page in PAGES for block in python_blocks(page) if "@hookimpl" in block]


def title(example: str) -> str:
    return "+".join(re.findall(r"def (loadhost_\w+)", example))


@pytest.fixture(scope="module")
def shop():
    with Shop() as running:
        yield running


@pytest.fixture(scope="module")
def readme(tmp_path_factory):
    """A folder with the README's files, by the names in their first lines."""
    folder = tmp_path_factory.mktemp("readme")
    for block in python_blocks(ROOT / "README.md"):
        (folder / block.split("\n", maxsplit=1)[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    (folder / "enough.py").write_text(ENOUGH, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def judged(readme, shop):
    """`judged(limit)`: how a run of the loadfile with the plugin ended, run once for each limit."""

    @cache
    def judged(limit: str) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LOADHOST_")}
        environ["LOADHOST_FITNESS"] = "off"  # machines that run tests are busy
        command = [sys.executable, "-m", "loadhost", "run", "-p", "slow.py", "--slow-limit", limit, "loadfile.py"]
        command += ["--host", shop.url, "--fail-ratio", "20%", "--fail-ratio-min-requests", "1"]
        command += ["-u", "5", "-r", "10", "-t", "30s", "-p", "enough.py"]
        return subprocess.run(command, cwd=readme, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return judged


def test_the_loadfile_of_the_readme_runs(judged):
    done = judged("10000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/product/:id" in done.stdout
    assert "Verdict: passed" in done.stdout


@pytest.mark.parametrize(("limit", "code"), [("10000", 0), ("0.001", 3)])
def test_the_plugin_of_the_readme_judges(judged, limit, code):
    done = judged(limit)
    assert done.returncode == code, done.stdout + done.stderr
    assert "p99" in done.stdout


def test_the_library_example_of_the_readme_runs(readme, shop):
    program = readme / "library.py"
    program.write_text(program.read_text(encoding="utf-8").replace("http://shop.test:8080", shop.url), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program], cwd=readme, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    requests, fail_ratio = done.stdout.split()[-2:]
    assert int(requests) > 0
    assert float(fail_ratio) == 0.0


@pytest.mark.parametrize("example", hook_examples(), ids=title)
def test_every_hook_in_an_example_is_one_with_arguments_that_it_has(example):
    """The manager refuses unknown hooks and unknown arguments."""
    module = ModuleType("example")
    exec(compile(example, "example.py", "exec"), vars(module))
    manager = PluginManager()
    manager.register(module, "example")
    assert manager.check_pending() == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_is_named_exists(page):
    """Names of files and folders in running text, such as tests/hookspecs or tools/debian_parts.py."""
    text = page.read_text(encoding="utf-8")
    roots = "core|hookspecs|builtin_plugins|contrib|tests|tools|docs"
    base = ROOT if page.parent in (ROOT, ROOT / "docs") else page.parent
    named = set(re.findall(rf"(?<![\w/.-])(?:{roots})/[\w./-]*\w", text))
    placeholders = re.compile("NAME|contrib/loadhost-x")
    assert [name for name in sorted(named) if not placeholders.search(name) and not (base / name).exists()] == []


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert named
    assert named <= targets


def test_the_table_of_the_architecture_page_names_files_that_exist():
    """A second file in a row is in the folder of the first one, unless it says otherwise."""
    missing = []
    for row in re.findall(r"^\| .+ \| ((?:core|hookspecs|builtin_plugins)/\S+.*) \|$", ARCHITECTURE, re.MULTILINE):
        first, *others = row.replace("\\", "").split(", ")
        paths = [ROOT / first, *(ROOT / name if "/" in name else (ROOT / first).parent / name for name in others)]
        missing += [str(path.relative_to(ROOT)) for path in paths if not path.exists()]
    assert missing == []


def test_every_room_of_the_core_is_on_the_architecture_page():
    rooms = {init.parent.name for init in (ROOT / "core" / "loadhost").glob("*/__init__.py")}
    assert {room for room in rooms if f"| core/loadhost/{room} |" not in ARCHITECTURE} == set()


def test_every_contrib_package_is_on_the_architecture_page():
    folders = [setup.parent.name for setup in (ROOT / "contrib").glob("*/setup.cfg")]
    assert [name for name in folders if f"contrib/{name}/" not in ARCHITECTURE] == []
