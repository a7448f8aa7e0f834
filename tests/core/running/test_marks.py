"""Marks: what happened in a run and when, for charts and exporters."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from loadhost import PluginManager, RunResult, User, hookimpl
from loadhost._running.marks import LIMIT, LIMIT_OF_ONE, Marks
from loadhost_builtins._json_document import document
from loadhost_hookspecs import Mark

MakeRunner = Callable[..., Any]
Until = Callable[..., None]


def of_kind(marks: Any, kind: str) -> list[str]:
    return [mark.text for mark in marks if mark.kind == kind]


def test_a_mark_has_its_time_its_source_its_kind_and_one_line_of_text() -> None:
    """Whatever the text was."""
    marks = Marks()
    marks.add("deploy", "2.1\nis  live", source="ci", time_s=12.5)
    assert list(marks) == [Mark(12.5, "ci", "deploy", "2.1 is live")]


def test_a_long_text_is_cut_short() -> None:
    marks = Marks()
    marks.add("deploy", "x" * 5000)
    assert marks[0].text == "x" * 299 + "…"


def test_new_marks_are_found_by_index() -> None:
    """What an exporter does at each window."""
    marks = Marks()
    marks.add("a", "1")
    seen = len(marks)
    marks.add("b", "2")
    assert [mark.kind for mark in marks[seen:]] == ["b"]


def test_marks_may_be_added_while_somebody_iterates() -> None:
    """Another greenlet may, since exporters give way."""
    marks = Marks()
    marks.add("a", "1")
    for mark in marks:
        marks.add("b", mark.text)
    assert len(marks) == 2


def test_one_source_leaves_room_for_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """With one line in the log, and a count."""
    marks = Marks()
    with caplog.at_level(logging.WARNING):
        for number in range(LIMIT):
            marks.add("load", f"{number} users", source="loadhost")
    assert (len(marks), marks.dropped) == (LIMIT_OF_ONE, LIMIT - LIMIT_OF_ONE)
    assert len(caplog.records) == 1
    marks.add("guard", "tripped", source="failratio")
    assert marks[-1].source == "failratio"


def test_a_run_keeps_so_many_marks_and_its_end() -> None:
    """A loadfile that marks each request does not fill the memory, nor hide why the run ended."""
    marks = Marks()
    for number in range(3 * LIMIT):
        marks.add("step", "again", source=f"plugin{number % 5}")
    assert len(marks) == LIMIT
    marks.add("stop", "run time is over", source="loadhost")
    assert (len(marks), marks[-1].kind) == (LIMIT + 1, "stop")


def test_the_core_marks_the_start_the_load_and_the_stop(
    make_runner: MakeRunner, shopper: type[User], until: Until
) -> None:
    runner = make_runner(shopper)
    runner.start(2, 1000)
    until(lambda: runner.state == "running")
    runner.start(3, 1000)
    until(lambda: runner.user_count == 3)
    runner.stop("enough")
    marks = runner.result.marks
    assert [(mark.kind, mark.text) for mark in marks] == [
        ("start", "the run begins"),
        ("load", "2 users"),
        ("load", "3 users"),
        ("stop", "enough"),
    ]
    assert {mark.source for mark in marks} == {"loadhost"}
    assert [mark.time_s for mark in marks] == sorted(mark.time_s for mark in marks)


def test_arrivals_are_a_load_too(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    runner.start_stages("1m:5/s")
    runner.stop()
    assert of_kind(runner.result.marks, "load") == ["arrivals: 60s:5/s"]


def test_stages_of_users_are_marked_one_by_one(make_runner: MakeRunner, shopper: type[User], until: Until) -> None:
    runner = make_runner(shopper)
    runner.start_stages("50ms:2u, 50ms:1u")
    until(lambda: runner.state == "stopped")
    assert of_kind(runner.result.marks, "load") == ["2 users", "1 user"]


def test_each_run_has_its_own_marks(make_runner: MakeRunner, shopper: type[User]) -> None:
    runner = make_runner(shopper)
    for reason in ("first", "second"):
        runner.start(1, 100)
        runner.stop(reason)
        assert of_kind(runner.result.marks, "stop") == [reason]


def test_a_plugin_that_is_switched_off_is_marked(
    make_runner: MakeRunner, shopper: type[User], until: Until, loadhost_manager: PluginManager
) -> None:
    """With the hook and the last error."""

    class Broken:
        @hookimpl
        def loadhost_request(self) -> None:
            raise ValueError("no")

    loadhost_manager.register(Broken(), "broken")
    runner = make_runner(shopper)
    runner.start(2, 1000)
    until(lambda: of_kind(runner.environment.marks, "plugin"))
    runner.stop()
    [text] = of_kind(runner.result.marks, "plugin")
    assert "broken" in text
    assert text.endswith("is switched off for loadhost_request: ValueError: no")


def test_marks_made_in_test_stop_are_in_the_result_and_in_the_json_report(
    make_runner: MakeRunner, shopper: type[User], loadhost_manager: PluginManager
) -> None:
    results: list[RunResult] = []

    class Deploys:
        @hookimpl
        def loadhost_test_stop(self, environment: Any) -> None:
            environment.marks.add("deploy", "rolled back", source="deploys")

        @hookimpl
        def loadhost_run_finished(self, result: RunResult) -> None:
            results.append(result)

    loadhost_manager.register(Deploys(), "deploys")
    runner = make_runner(shopper)
    runner.start(1, 100)
    runner.stop()
    last = document(results[0])["marks"][-1]
    assert (last["source"], last["kind"], last["text"]) == ("deploys", "deploy", "rolled back")
    assert set(last) == {"time_s", "source", "kind", "text"}
