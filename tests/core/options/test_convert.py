"""From texts and file values to values: or one line that says what is allowed."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import UsageError
from loadhost._options import checks
from loadhost._options.convert import from_file, from_text, from_texts, from_variable
from loadhost_hookspecs import OptionSpec, duration


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [(int, "3", 3), (float, "1.5", 1.5), (str, "a b", "a b"), (Path, "x/y", Path("x/y")), (duration, "1m30s", 90.0)],
)
def test_a_text_becomes_a_value_of_the_options_type(kind, text, value):
    assert from_text(OptionSpec("--x", type=kind), text, "--x") == value


def _of_argparse(text):
    raise argparse.ArgumentTypeError("only tea")


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (int, "1.5", "--x: '1.5' is not a whole number"),
        (float, "fast", "--x: 'fast' is not a number"),
        (float, "nan", "--x: 'nan' is not a number"),
        (_of_argparse, "coffee", "--x: only tea"),
        (duration, "10x", "--x: '10x' is not a duration"),
    ],
)
def test_what_is_not_allowed_is_one_line(kind, text, says):
    with pytest.raises(UsageError) as refused:
        from_text(OptionSpec("--x", type=kind), text, "--x")
    assert str(refused.value).startswith(says)


def test_choices_are_found_whatever_their_case():
    assert from_text(OptionSpec("--x", choices=("INFO", "DEBUG")), "info", "--x") == "INFO"


def test_an_option_that_is_repeated_is_a_list_and_else_the_last_counts():
    assert from_texts(OptionSpec("--x", type=int, multiple=True), ["1", "2"], "--x") == [1, 2]
    assert from_texts(OptionSpec("--x", type=int), ["1", "2"], "--x") == 2


def test_a_variable_separates_several_values_by_commas_or_spaces():
    assert from_variable(OptionSpec("--x", multiple=True), "a, b c") == ["a", "b", "c"]


def test_a_variable_separates_values_as_the_option_says():
    spec = OptionSpec("--x", multiple=True, separator=";")
    assert from_variable(spec, "a < 1, then stop; b c;") == ["a < 1, then stop", "b c"]


def test_a_variable_switches_a_switch():
    switch = OptionSpec("--x", type=bool)
    assert [from_variable(switch, text) for text in ("1", "true", "on", "0", "no")] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [(int, 3, 3), (float, 2, 2.0), (bool, True, True), (str, "a", "a"), (duration, 90, 90.0), (duration, "1m", 60.0)],
)
def test_a_file_gives_values_in_its_own_types(kind, value, expected):
    assert from_file(OptionSpec("--x", type=kind), value, "f: x") == expected


@pytest.mark.parametrize(
    ("kind", "value"), [(int, "three"), (int, True), (bool, "yes"), (str, 3), (str, ["a"]), (float, {"a": 1})]
)
def test_a_value_of_the_wrong_type_names_the_file_and_the_key(kind, value):
    with pytest.raises(UsageError, match=r"^loadhost\.toml: x: "):
        from_file(OptionSpec("--x", type=kind), value, "loadhost.toml: x")


@given(st.text())
def test_no_text_gets_anything_but_a_value_or_a_usage_error(text):
    for check in (checks.user_count, checks.spawn_rate, checks.run_time, checks.exit_code, checks.host):
        with contextlib.suppress(UsageError):
            from_text(OptionSpec("--x", type=check), text, "--x")


@pytest.mark.parametrize(
    "text", ["http://shop.test", "https://shop.test:8443/path", "http+unix://%2Ftmp%2Fx", "tcp://h:1"]
)
def test_a_host_may_have_any_scheme(text):
    assert checks.host(text) == text


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("shop.test", "write http://shop.test or https://shop.test"),
        ("localhost:8080", "write http://localhost:8080"),
        ("://x", "write http://x"),
        ("http://", "is not an address"),
        ("http:// shop", "is not an address"),
        ("", "write http://example.com"),
    ],
)
def test_a_host_that_is_no_address_is_refused_with_advice(text, advice):
    with pytest.raises(ValueError, match=advice):
        checks.host(text)
