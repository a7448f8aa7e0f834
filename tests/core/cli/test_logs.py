"""Log lines: standard error as it is at that moment, or a file; control characters escaped."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from loadhost import UsageError
from loadhost._cli import logs


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_go_to_what_standard_error_is_at_that_moment(monkeypatch):
    logs.set_up("INFO")
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stderr", replaced)
    logging.getLogger("mine").info("hello")
    assert "INFO/mine: hello" in replaced.getvalue()


def test_lines_below_the_level_are_not_written(capsys):
    logs.set_up("WARNING")
    logging.getLogger("mine").info("hello")
    assert capsys.readouterr().err == ""


def test_setting_up_twice_writes_each_line_once(capsys):
    logs.set_up("INFO")
    logs.set_up("INFO")
    logging.getLogger("mine").info("hello")
    assert capsys.readouterr().err.count("hello") == 1


def test_control_characters_are_escaped(capsys):
    logs.set_up("INFO")
    logging.getLogger("mine").info("a\x1b[2Jb\rc")
    assert "a\\x1b[2Jb\\x0dc" in capsys.readouterr().err


def test_a_logfile_that_can_not_be_written_is_refused_with_the_reason(tmp_path):
    with pytest.raises(UsageError, match="can't be written: Is a directory"):
        logs.set_up("INFO", tmp_path)
