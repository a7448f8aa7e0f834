"""Every hook has a spec that reads like a contract, a heading in docs/hooks.md, and a test named after it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loadhost import PluginManager
from loadhost_hookspecs import SPEC_MODULES, kind_of

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")


def own_functions(module: str) -> list[Callable[..., Any]]:
    """The functions that a module defines, in its order."""
    return [
        function
        for function in vars(importlib.import_module(module)).values()
        if inspect.isfunction(function) and function.__module__ == module
    ]


SPECS = {spec.__name__: spec for module in SPEC_MODULES for spec in own_functions(module)}
every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def signature(spec: Callable[..., Any]) -> str:
    """As `loadhost hooks` and the headings of docs/hooks.md write it."""
    return f"{spec.__name__}({', '.join(inspect.signature(spec).parameters)})"


def doc_of(spec: Callable[..., Any]) -> str:
    return inspect.getdoc(spec) or ""


# -- the spec


@every_spec
def test_every_function_of_a_spec_module_is_a_hook(spec):
    """pytest would collect a bare `test_start` in a plugin's test file as a test: hence the prefix."""
    assert spec.__name__.startswith("loadhost_")
    assert hasattr(spec, "loadhost_spec")


@every_spec
def test_every_spec_has_a_kind(spec):
    assert kind_of(spec) is not None


def test_only_add_hookspecs_is_historic():
    assert [name for name, spec in SPECS.items() if kind_of(spec).historic] == ["loadhost_add_hookspecs"]


@every_spec
def test_every_spec_names_its_parameters_without_defaults_or_stars(spec):
    """A default is how an argument is added later; at the beginning there is none."""
    for parameter in inspect.signature(spec).parameters.values():
        assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        assert parameter.default is parameter.empty
        assert parameter.annotation is not parameter.empty


@every_spec
def test_every_spec_but_the_earliest_has_the_environment(spec):
    early = {"loadhost_add_hookspecs", "loadhost_add_options", "loadhost_add_commands", "loadhost_configure"}
    assert ("environment" in inspect.signature(spec).parameters) is (spec.__name__ not in early)


@every_spec
def test_every_docstring_begins_with_a_sentence(spec):
    first = doc_of(spec).split("\n\n")[0]
    assert first[0].isupper()
    assert first.endswith(".")


@every_spec
def test_every_docstring_says_on_which_nodes(spec):
    (nodes,) = re.findall(r"Node: ([\w, ]+)", re.sub(r"\s+", " ", doc_of(spec)))
    assert set(re.split(r"[, ]+", nodes.strip())) <= {"all", "local", "master", "worker"}


@every_spec
def test_every_docstring_says_what_happens_if_an_implementation_raises(spec):
    assert re.search(r"raises:|raises,|failures as for", doc_of(spec))


@every_spec
def test_every_docstring_says_in_which_greenlet(spec):
    """Before there is an environment, there is only the main one."""
    assert "Greenlet:" in doc_of(spec) or "environment" not in inspect.signature(spec).parameters


@every_spec
def test_every_docstring_says_since_which_version(spec):
    assert re.search(r"^\.\. versionadded:: \d+\.\d+$", doc_of(spec), flags=re.MULTILINE)


# -- the heading


def headings() -> list[str]:
    return re.findall(r"^### (.+)$", DOCS, flags=re.MULTILINE)


def test_docs_hooks_has_a_heading_equal_to_each_signature_in_the_order_of_the_specs():
    assert headings() == [signature(spec) for spec in SPECS.values()]


def test_the_hooks_command_shows_the_same_signatures():
    """`loadhost hooks` prints what the manager says."""
    assert [info.signature for info in PluginManager().hooks()] == headings()


@every_spec
def test_docs_hooks_agrees_on_the_kind(spec):
    """Below the heading, in italics: *Ask, all nodes.*"""
    below = DOCS.split(f"### {signature(spec)}\n\n", maxsplit=1)[1]
    assert below.startswith(f"*{kind_of(spec).kind.capitalize()}, ")


@every_spec
def test_docs_hooks_agrees_on_the_nodes(spec):
    below = re.sub(r"\s+", " ", DOCS.split(f"### {signature(spec)}\n\n", maxsplit=1)[1])
    shown = below[1:].split(".", maxsplit=1)[0].split(", ", maxsplit=1)[1]
    (nodes,) = re.findall(r"Node: ([\w, ]+)", re.sub(r"\s+", " ", doc_of(spec)))
    named = {"all"} if shown == "all nodes" else set(shown.split(" and "))
    said = set(re.split(r"[, ]+", nodes.strip()))
    assert named == ({"all"} if said == {"local", "master", "worker"} else said)


# -- the test


def hooks_with_a_test() -> set[str]:
    """The hooks after which a test function of tests/ is named: test_<hook>, or test_<hook>_<what it does>.

    The longest name counts: test_loadhost_request_success is no test of loadhost_request.
    """
    found = set()
    by_length = sorted(SPECS, key=len, reverse=True)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_loadhost_"):
                name = f"{node.name.removeprefix('test_')}_"
                found |= {next((hook for hook in by_length if name.startswith(f"{hook}_")), name)}
    return found


def test_every_hook_has_a_test_named_after_it():
    assert set(SPECS) - hooks_with_a_test() == set()
