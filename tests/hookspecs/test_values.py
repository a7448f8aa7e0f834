"""Durations and ratios: what people type, and errors that show the allowed forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost_hookspecs import duration, ratio


def answer_to(function, text):
    """The value, or the text of the ValueError; any other exception is a fault."""
    try:
        return function(text)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("0", 0),
        ("1.5", 1.5),
        ("90s", 90),
        ("1m30s", 90),
        ("1m 30s", 90),
        ("1.5h", 5400),
        ("2D", 172800),
        ("250ms", 0.25),
        (" 1h30m ", 5400),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_parts_with_units(text, seconds):
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", " ", "soon", "-5", "-5s", "5x", "s", "1m-30s", "1e3", "nan", "inf", "1,5s"])
def test_anything_else_is_no_duration_and_the_error_shows_examples(text):
    with pytest.raises(ValueError, match="is not a duration; write for example 90s, 1m30s") as error:
        duration(text)
    assert repr(text) in str(error.value)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(hours, minutes, seconds, milliseconds):
    expected = hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    assert duration(f"{hours}h{minutes}m{seconds}s{milliseconds}ms") == pytest.approx(expected)


@given(st.text())
def test_whatever_is_typed_a_duration_is_seconds_or_a_value_error(text):
    answer = answer_to(duration, text)
    assert "write for example" in answer if isinstance(answer, str) else answer >= 0


@pytest.mark.parametrize(
    ("text", "value"), [("0.2", 0.2), ("20%", 0.2), ("0", 0), ("1", 1), ("100%", 1), (" 5 % ", 0.05), (".5", 0.5)]
)
def test_a_ratio_is_a_number_from_0_to_1_or_a_percentage(text, value):
    assert ratio(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "%", "1.1", "-0.1", "101%", "half", "nan", "inf", "0.2%%"])
def test_anything_else_is_no_ratio_and_the_error_shows_both_forms(text):
    with pytest.raises(ValueError, match="a number from 0 to 1, or a percentage such as 20%") as error:
        ratio(text)
    assert repr(text) in str(error.value)


@given(st.floats(0, 1))
def test_a_ratio_and_its_percentage_are_the_same(value):
    assert ratio(f"{value * 100!r}%") == pytest.approx(ratio(repr(value)), abs=1e-12) or value * 100 > 100


@given(st.text())
def test_whatever_is_typed_a_ratio_is_within_0_and_1_or_a_value_error(text):
    answer = answer_to(ratio, text)
    assert "is not a ratio" in answer if isinstance(answer, str) else 0 <= answer <= 1
