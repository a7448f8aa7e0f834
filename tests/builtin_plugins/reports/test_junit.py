"""junit.xml: one case for each thing the run was judged by; broken if, and only if, the run is; well-formed always."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from loadhost import Outcome, Verdict
from loadhost_builtins.junit import JunitReport, document
from loadhost_hookspecs import RunResult, VerdictPart

from .conftest import RULES

# What the schema of Jenkins' xunit plugin (and with it GitLab and GitHub's actions) allows: attributes, and children in
# this order.
ALLOWED = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, ["testsuite"]),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
        ["properties", "testcase"],
    ),
    "properties": (set(), ["property"]),
    "property": ({"name", "value"}, []),
    "testcase": ({"classname", "name", "time"}, ["error", "failure", "system-out"]),
    "failure": ({"message", "type"}, []),
    "error": ({"message", "type"}, []),
    "system-out": (set(), []),
}


def suite(result: RunResult) -> ElementTree.Element:
    root = ElementTree.fromstring(document(result))
    check(root)
    [only] = root
    return only


def check(element: ElementTree.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    tags = [child.tag for child in element]
    assert tags == sorted(tags, key=children.index)
    for child in element:
        check(child)


def judged(run: Any, *parts: tuple[str, Outcome, str, dict[str, Any]], **changes: Any) -> RunResult:
    made = tuple(VerdictPart(plugin, Verdict(outcome, why, evidence)) for plugin, outcome, why, evidence in parts)
    result: RunResult = run.result(parts=made, **changes)
    return result


def names(element: ElementTree.Element, tag: str) -> list[str]:
    return [case.attrib["name"] for case in element.iter("testcase") if case.find(tag) is not None]


def test_each_threshold_is_a_case(real: RunResult) -> None:
    found = suite(real)
    cases = [case for case in found.iter("testcase") if case.attrib["classname"] == "loadhost.thresholds"]
    assert [case.attrib["name"] for case in cases] == [rule["rule"] for rule in RULES]
    failed = cases[0].find("failure")
    assert failed is not None
    assert failed.attrib == {"message": "p95 412 ms is not below 300 ms", "type": "failed"}


def test_a_rule_that_was_not_judged_has_failed(real: RunResult) -> None:
    assert "p99{name=/x} < 1s" in names(suite(real), "failure")


def test_the_instrument_is_a_case(shopping: Any) -> None:
    fit = suite(judged(shopping, ("machine", Outcome.PASSED, "fit", {})))
    assert [case.attrib["classname"] for case in fit.iter("testcase")] == ["loadhost.instrument", "loadhost.verdict"]
    unfit = suite(judged(shopping, ("machine", Outcome.UNFIT, "its own queue", {}), outcome=Outcome.UNFIT))
    assert names(unfit, "failure") == ["the load generator was fit to measure"]


def test_doubtful_breaks_no_build(shopping: Any) -> None:
    found = suite(judged(shopping, ("machine", Outcome.DOUBTFUL, "busy", {}), outcome=Outcome.DOUBTFUL))
    assert found.attrib["failures"] == found.attrib["errors"] == "0"
    assert "doubtful: busy" in [each.text for each in found.iter("system-out")]


def test_failed_requests_and_other_plugins_are_cases(shopping: Any) -> None:
    found = suite(judged(
        shopping, ("loadhost", Outcome.REQUESTS_FAILED, "2 of 12", {}), ("mine", Outcome.FAILED, "no", {}),
        outcome=Outcome.FAILED,
    ))  # fmt: skip
    assert names(found, "failure") == ["loadhost", "mine"]
    assert found.attrib["failures"] == found.attrib["tests"] == "2"


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.INTERRUPTED])
def test_an_error_and_an_interruption_are_errors(outcome: Outcome, shopping: Any) -> None:
    found = suite(judged(shopping, ("loadhost", outcome, "why", {}), outcome=outcome))
    assert found.attrib["errors"] == "1"
    assert found.attrib["failures"] == "0"


@pytest.mark.parametrize("outcome", Outcome)
def test_some_case_is_broken_exactly_if_the_run_is(outcome: Outcome, shopping: Any) -> None:
    for evidence in ({}, {"thresholds": [RULES[1]]}):
        found = suite(judged(shopping, ("p", outcome, "why", evidence), outcome=outcome, verdict="why"))
        broken = int(found.attrib["failures"]) + int(found.attrib["errors"])
        assert bool(broken) is (outcome not in (Outcome.PASSED, Outcome.DOUBTFUL))


def test_a_run_that_nobody_judged_has_one_case(shopping: Any) -> None:
    found = suite(shopping.result())
    assert [case.attrib["name"] for case in found.iter("testcase")] == ["the run came to its end"]
    assert found.attrib["tests"] == "1"


def test_it_is_well_formed_whatever_names_hold(hostile: RunResult) -> None:
    """XML has no way to write most control characters: they are shown as text."""
    found = suite(hostile)
    assert "\\x1b[31m" in next(found.iter("testcase")).attrib["name"]
    document(hostile).encode("utf-8")


def test_it_is_written_into_the_folder(written: Callable[..., Path], real: RunResult) -> None:
    assert ElementTree.parse(written(JunitReport(), real) / "junit.xml").getroot().tag == "testsuites"
