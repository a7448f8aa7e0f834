"""With known options it is known which words are values, which are positional, and which flags are unknown."""

from __future__ import annotations

import pytest
from loadhost._cli.words import asks_for_help, read_words
from loadhost._options.registry import OptionRegistry


@pytest.mark.parametrize(
    ("arguments", "positional"),
    [
        ("run -u 5 f.py A", ("run", "f.py", "A")),
        ("run -u5 f.py", ("run", "f.py")),
        ("run --users=5 f.py", ("run", "f.py")),
        ("run --debug f.py", ("run", "f.py")),
        ("-p x run f.py", ("run", "f.py")),
        ("run -- -u f.py", ("run", "-u", "f.py")),
        ("run - f.py", ("run", "-", "f.py")),
    ],
)
def test_values_of_options_are_not_positional(arguments, positional):
    words = read_words(arguments.split(), OptionRegistry.with_core())
    assert words.positional == positional
    assert words.unknown == ()


def test_a_word_after_an_unknown_flag_is_positional_but_not_certain():
    words = read_words(["run", "f.py", "--mine", "data.py", "--yours=1", "B"], OptionRegistry.with_core())
    assert words.positional == ("run", "f.py", "data.py", "B")
    assert words.certain == ("run", "f.py", "B")
    assert words.unknown == ("--mine", "--yours")


def test_help_is_no_unknown_flag():
    assert read_words(["run", "-h", "--help"], OptionRegistry.with_core()).unknown == ()


def test_help_after_two_dashes_is_a_word():
    assert asks_for_help(["run", "-h"])
    assert not asks_for_help(["run", "--", "-h"])
