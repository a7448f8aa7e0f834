"""Errors become one line on standard error and an exit code."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import PluginError, UsageError
from loadhost._cli.errors import one_line, report
from loadhost._cli.typer_command import escape
from rich.text import Text


def reported(error, *, debug=False):
    stream = io.StringIO()
    code = report(error, debug=debug, stream=stream)
    return code, stream.getvalue()


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("no tea"), 2, "loadhost: error: no tea\n"),
        (PluginError("broken cup"), 5, "loadhost: error: broken cup\n"),
        (KeyboardInterrupt(), 130, "loadhost: interrupted\n"),
        (KeyError("x"), 5, "loadhost: error: unexpected KeyError: 'x'; --debug shows where\n"),
    ],
)
def test_each_kind_has_its_exit_code(error, code, line):
    assert reported(error) == (code, line)


def test_debug_puts_the_traceback_first():
    try:
        raise UsageError("no tea")
    except UsageError as error:
        code, text = reported(error, debug=True)
    assert code == 2
    assert text.startswith("Traceback (most recent call last)")
    assert text.endswith("loadhost: error: no tea\n")


def test_several_lines_become_one():
    assert one_line("a\n  b\tc") == "a b c"


@given(st.text())
def test_whatever_an_error_quotes_is_one_printable_line(text):
    assert one_line(text).isprintable()


@given(st.text(alphabet="ab[]/\\#@ =x"))
def test_brackets_in_help_are_shown_as_they_are_written(text):
    assert Text.from_markup(escape(text) + ".").plain == text + "."
