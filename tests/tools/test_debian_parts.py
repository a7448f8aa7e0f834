"""What happens if a Debian part is missing: installed, or said; in CI an error."""

from __future__ import annotations

import pytest

import debian_parts


@pytest.fixture
def nothing_there(monkeypatch):
    """A machine without nginx, on which nothing can be installed."""
    monkeypatch.setattr(debian_parts, "PARTS", {"nginx": ("nginx", "tests/system")})
    monkeypatch.setattr(debian_parts, "find", lambda program: None)
    monkeypatch.setattr(debian_parts, "obstacle", lambda: "only root can")
    monkeypatch.delenv("CI", raising=False)


def test_if_everything_is_there_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(debian_parts, "find", lambda program: "/usr/sbin/nginx")
    assert debian_parts.main() == 0
    assert capsys.readouterr().out == ""


def test_what_is_missing_is_named_with_the_tests_that_will_be_skipped_and_the_command(nothing_there, capsys):
    assert debian_parts.main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line == (
        "nginx is missing and could not be installed (only root can), so tests in tests/system will be skipped: "
        "apt-get install nginx"
    )


def test_in_ci_what_is_missing_is_an_error(nothing_there, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    assert debian_parts.main() == 1
    assert "which CI does not allow" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "answer"), [("true", True), ("1", True), ("", False), ("false", False), ("0", False)]
)
def test_ci_is_known_by_its_variable(value, answer):
    assert debian_parts.in_ci({"CI": value}) is answer


def test_without_the_variable_it_is_not_ci():
    assert debian_parts.in_ci({}) is False


def test_servers_are_found_off_the_path_too(monkeypatch, tmp_path):
    """Debian's nginx is in /usr/sbin, which people who are not root don't have on their PATH."""
    program = tmp_path / "nginx"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert debian_parts.find("nginx") == str(program)
    assert debian_parts.find("no-such-server") is None


# -- the marker needs_debian, in a pytest of its own


@pytest.fixture
def marked(pytester, pytestconfig, monkeypatch):
    """A test that needs a program which is nowhere, under this project's conftest."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setitem(debian_parts.PARTS, "no-such-server", ("no-such-package", "tests/system"))
    monkeypatch.syspath_prepend(pytestconfig.rootpath / "tools")
    pytester.makeini("[pytest]\nmarkers =\n    needs_debian(*names): ...\n")
    pytester.makeconftest((pytestconfig.rootpath / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.needs_debian("no-such-server")
        def test_it(): ...
        """
    )
    return pytester


def test_a_test_is_skipped_for_want_of_a_part(marked):
    result = marked.runpytest_inprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no-such-server is not installed: apt-get install no-such-package"])


def test_in_ci_it_fails_instead(marked, monkeypatch):
    monkeypatch.setenv("CI", "true")
    result = marked.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*no-such-server is not installed*CI allows no such skip*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
