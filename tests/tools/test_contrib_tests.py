"""The loop over contrib/: each package in a process of its own, all of them also after a failure."""

from __future__ import annotations

import pytest

import contrib_tests

pytestmark = pytest.mark.slow


@pytest.fixture
def contrib(tmp_path, monkeypatch):
    """A folder contrib/ with a package that fails and one that passes; their test files have the same name."""
    for name, body in (("loadhost-a", "assert False"), ("loadhost-b", "pass")):
        tests = tmp_path / "contrib" / name / "tests"
        tests.mkdir(parents=True)
        (tests / "test_it.py").write_text(f"def test_it():\n    {body}\n", encoding="utf-8")
        (tests.parent / "setup.cfg").touch()
    monkeypatch.setattr(contrib_tests, "CONTRIB", tmp_path / "contrib")
    return tmp_path / "contrib"


def test_all_packages_are_tested_also_after_a_failure_which_is_named_at_the_end(contrib, capfd):
    assert contrib_tests.main(["-p", "no:cacheprovider"]) == 1
    output = capfd.readouterr()
    assert "=== contrib/loadhost-a" in output.out
    assert "=== contrib/loadhost-b" in output.out
    assert output.err == "Failed: loadhost-a\n"


def test_if_all_pass_it_is_0(contrib, capfd):
    (contrib / "loadhost-a" / "tests" / "test_it.py").write_text("def test_it(): ...\n", encoding="utf-8")
    assert contrib_tests.main(["-p", "no:cacheprovider"]) == 0
    assert capfd.readouterr().err == ""


def test_a_package_without_a_single_test_fails(contrib):
    (contrib / "loadhost-b" / "tests" / "test_it.py").unlink()
    (contrib / "loadhost-a" / "tests" / "test_it.py").write_text("def test_it(): ...\n", encoding="utf-8")
    assert contrib_tests.main(["-p", "no:cacheprovider"]) == 1
