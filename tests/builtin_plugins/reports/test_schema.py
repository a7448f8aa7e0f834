"""The schema of the JSON report: real reports keep to it, and it has every key that there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from loadhost_builtins._json_document import document
from loadhost_builtins.json_report import print_schema, schema
from loadhost_hookspecs import RunResult


def strict(part: Any) -> Any:
    """The schema with no other keys allowed than those it names: what is published lets later versions add some."""
    if isinstance(part, dict):
        closed = {"additionalProperties": False} if "properties" in part else {}
        return {**closed, **{key: strict(value) for key, value in part.items()}}
    return [strict(each) for each in part] if isinstance(part, list) else part


VALIDATOR = Draft202012Validator(strict(json.loads(schema())))


def faults(report: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(report)]


def test_it_is_a_schema_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))


def test_a_real_report_keeps_to_it(real: RunResult) -> None:
    assert faults(document(real)) == []


def test_reports_of_hostile_and_empty_and_interrupted_runs_do_too(hostile: RunResult, run: Any) -> None:
    assert faults(document(hostile)) == []
    result = run.result(interrupted_by="SIGINT")
    assert faults(document(replace(result, reset_s=result.started_s))) == []


def paths(report: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every object of the report."""
    if isinstance(report, dict):
        yield path
        for key, value in report.items():
            yield from paths(value, (*path, key))
    elif isinstance(report, list) and report:
        yield from paths(report[0], (*path, 0))


FREE = {"evidence", "labels", "figures", "capped", "machine", "options", "thresholds"}


def test_a_key_that_is_not_documented_is_found_wherever_it_stands(real: RunResult) -> None:
    """But in objects whose keys are names that somebody gave."""
    whole = document(real)
    text = json.dumps({**whole, "options": dict(list(whole["options"].items())[:1]), "windows": whole["windows"][:1]})
    places = [path for path in paths(json.loads(text)) if not FREE & {str(key) for key in path[-1:]}]
    assert len(places) > 12
    for path in places:
        report = json.loads(text)
        place = report
        for key in path:
            place = place[key]
        place["undocumented"] = {}
        assert faults(report), path


def test_a_key_that_is_missing_is_found(real: RunResult) -> None:
    report = document(real)
    for key in list(report):
        assert faults({name: value for name, value in report.items() if name != key}), key


def test_every_key_says_what_it_is() -> None:
    def undescribed(part: Any, path: str) -> Iterator[str]:
        for name, each in part.get("properties", {}).items():
            if not {"description", "$ref", "const"} & set(each):
                yield f"{path}.{name}"
            yield from undescribed(each, f"{path}.{name}")
            yield from undescribed(each.get("items", {}), f"{path}.{name}[]")

    whole = json.loads(schema())
    assert list(undescribed(whole, "$")) == []
    for name, each in whole["$defs"].items():
        assert list(undescribed(each, name)) == []


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_schema()
    assert json.loads(capsys.readouterr().out)["title"] == "loadhost.report, version 1"
