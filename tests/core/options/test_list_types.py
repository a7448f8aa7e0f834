"""Types of which one text gives several values: nothing but a list or a line comes out of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost import UsageError
from loadhost._options.convert import from_file, from_texts, from_variable
from loadhost._options.list_types import TAGS, USER_SETTINGS
from loadhost_hookspecs import OptionSpec

TAG_OPTION = OptionSpec("--tags", type=TAGS, multiple=True)
USERS_OPTION = OptionSpec("--config-users", type=USER_SETTINGS, multiple=True)
ANN = {"user_class_name": "Ann", "weight": 2}
BOB = {"user_class_name": "Bob"}


def test_several_texts_and_names_in_each_are_one_flat_list():
    assert from_texts(TAG_OPTION, ["a,b", "c d", "e"], "--tags") == ["a", "b", "c", "d", "e"]
    assert from_variable(TAG_OPTION, "a, b c") == ["a", "b", "c"]
    assert from_file(TAG_OPTION, ["a,b", "c"], "file") == ["a", "b", "c"]


def test_settings_of_several_texts_and_lists_are_one_flat_list():
    texts = [json.dumps([ANN, BOB]), json.dumps(ANN)]
    assert from_texts(USERS_OPTION, texts, "--config-users") == [ANN, BOB, ANN]
    assert from_variable(USERS_OPTION, texts[0]) == [ANN, BOB]
    assert from_file(USERS_OPTION, [ANN, texts[0]], "file") == [ANN, ANN, BOB]


@pytest.mark.parametrize("option", [TAG_OPTION, USERS_OPTION])
@given(text=st.one_of(st.text(max_size=40), st.text('[]{}\\",:1a ', max_size=40), st.just("[" * 100_000)))
def test_any_text_is_a_list_or_one_line(option, text):
    said = ""
    try:
        value = from_texts(option, [text], "--x")
    except UsageError as error:
        said = str(error)
    assert said.startswith("--x: ") or isinstance(value, list)
