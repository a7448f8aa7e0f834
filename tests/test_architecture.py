"""Which way imports run, and what importing may not do: the rules of docs/architecture.md, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import loadhost
import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core" / "loadhost"
HOOKSPECS = ROOT / "hookspecs" / "loadhost_hookspecs"
BUILTINS = ROOT / "builtin_plugins" / "loadhost_builtins"
CONTRIB = sorted(init.parent for init in (ROOT / "contrib").glob("*/loadhost_*/__init__.py"))
ALL = [CORE, HOOKSPECS, BUILTINS, *CONTRIB]
MAX_LINES = 400


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_source_file = pytest.mark.parametrize("path", files(*ALL, ROOT / "tools"), ids=shown)


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it, `from x import y` as both x and x.y."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno}: imports are absolute here"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def top(name: str) -> str:
    return name.split(".")[0]


def run_python(code: str) -> str:
    """What a fresh interpreter prints, in which every warning is an error."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- which way imports run


def test_hookspecs_import_pluggy_and_the_standard_library_only():
    allowed = {*sys.stdlib_module_names, "pluggy", "loadhost_hookspecs"}
    strangers = {
        f"{shown(path)}: {name}" for path in files(HOOKSPECS) for name in imports(path) if top(name) not in allowed
    }
    assert strangers == set()


def test_the_core_imports_no_builtin_and_no_contrib_package():
    """It knows its builtins by their dotted names."""
    names = {"loadhost_builtins", *(folder.name for folder in CONTRIB)}
    assert {f"{shown(path)}: {name}" for path in files(CORE) for name in imports(path) if top(name) in names} == set()


def test_builtins_and_contrib_packages_dont_import_each_other():
    found = {
        f"{shown(path)}: {name}"
        for folder in (BUILTINS, *CONTRIB)
        for path in files(folder)
        for name in imports(path)
        if top(name).startswith("loadhost_") and top(name) not in (folder.name, "loadhost_hookspecs")
    }
    assert found == set()


def test_nobody_imports_what_is_private_to_another_package():
    """So builtins and contrib use nothing of loadhost that a stranger's plugin could not use."""
    found = {
        f"{shown(path)}: {name}"
        for folder in ALL
        for path in files(folder)
        for name in imports(path)
        if top(name).startswith("loadhost") and top(name) != folder.name and is_private(name)
    }
    assert found == set()


def test_stevedore_is_imported_in_one_module():
    users = [shown(path) for path in files(*ALL) if "stevedore" in {top(name) for name in imports(path)}]
    assert users == ["core/loadhost/_plugins/discovery.py"]


def test_gevent_patches_in_one_module():
    """`loadhost.patch()` is the only door; `loadhost.__main__` goes through it first thing."""
    patchers = [
        shown(path)
        for path in files(*ALL)
        if any(isinstance(node, ast.Attribute) and node.attr.startswith("patch_") for node in ast.walk(parse(path)))
    ]
    assert patchers == ["core/loadhost/_patch.py"]


# -- what importing does


@every_source_file
def test_a_module_does_nothing_at_import(path):
    """At the top level there are definitions: no bare calls, loops, with-blocks, and nothing under `if` but imports."""

    def active(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in statements:
            if isinstance(node, ast.If):
                if ast.unparse(node.test) != "__name__ == '__main__'":
                    yield from active([*node.body, *node.orelse])
            elif isinstance(node, ast.Try):
                yield from active([*node.body, *node.orelse, *node.finalbody])
            elif isinstance(node, ast.Expr):
                if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, (str, type(...)))):
                    yield node
            elif isinstance(node, (ast.For, ast.While, ast.With)):
                yield node

    assert [f"{shown(path)}:{node.lineno}" for node in active(parse(path).body)] == []


HEAVY = ("requests", "flask", "ssl", "socket", "gevent", "stevedore", "typer", "rich", "pluggy")


def test_importing_loadhost_imports_nothing_heavy():
    """What imports ssl before gevent has patched breaks; and a lazy name costs only those who use it."""
    assert run_python(f"import loadhost, sys; print([name for name in {HEAVY} if name in sys.modules])") == "[]\n"


def test_the_pytest_plugin_imports_nothing_heavy():
    """Every pytest process in the environment loads it, those of strangers too."""
    code = (
        "import loadhost.testing.plugin, sys; heavy = ('requests', 'flask', 'gevent', 'stevedore', 'typer', 'rich'); "
    )
    code = f"import pytest; {code}" + "print([name for name in heavy if name in sys.modules])"
    assert run_python(code) == "[]\n"


def test_importing_the_pluginmanager_registers_nothing():
    code = "import loadhost; print([info.name for info in loadhost.PluginManager().plugins()])"
    assert run_python(code) == "[]\n"


def test_importing_the_users_imports_neither_requests_nor_flask():
    code = "import loadhost, sys; loadhost.User, loadhost.task, loadhost.between, loadhost.hookimpl; "
    assert run_python(code + "print([name for name in ('requests', 'flask') if name in sys.modules])") == "[]\n"


# -- the public names


def test_all_is_sorted():
    assert loadhost.__all__ == sorted(loadhost.__all__)


def test_all_is_what_can_be_imported_lazily():
    assert sorted(loadhost._HOMES) == loadhost.__all__


def test_all_is_what_type_checkers_see():
    block = next(node for node in parse(CORE / "__init__.py").body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    seen = {
        alias.asname or alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == loadhost._HOMES


def test_every_public_name_can_be_imported():
    code = (
        "import loadhost; loadhost.patch(); print([name for name in loadhost.__all__ if not hasattr(loadhost, name)])"
    )
    assert run_python(code) == "[]\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'loadhost' has no attribute 'Usr'"):
        loadhost.Usr  # noqa: B018  # the access is the test


# -- how files look


@every_source_file
def test_a_file_begins_with_a_sentence_that_says_what_it_is(path):
    docstring = ast.get_docstring(parse(path))
    assert docstring, f"{shown(path)} has no docstring"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", "!", "?", ":"))


@every_source_file
def test_a_file_is_one_idea_and_not_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
