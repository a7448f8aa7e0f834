"""OptionSpec: one option by all its names."""

from __future__ import annotations

import dataclasses

import pytest
from loadhost_hookspecs import OptionSpec


def test_a_single_flag_gives_the_attribute_and_the_variable():
    option = OptionSpec("--fail-ratio")
    assert (option.name, option.variable) == ("fail_ratio", "LOADHOST_FAIL_RATIO")


def test_the_long_flag_names_the_option_wherever_it_stands():
    assert OptionSpec(("-u", "--users")).name == OptionSpec(("--users", "-u")).name == "users"


def test_of_two_long_flags_the_first_one_names_the_option():
    assert OptionSpec(("--processes", "--workers")).long_flag == "--processes"


def test_an_option_with_a_short_flag_only_is_named_by_it():
    option = OptionSpec("-x")
    assert (option.long_flag, option.name, option.variable) == ("-x", "x", "LOADHOST_X")


def test_a_variable_of_ones_own_replaces_the_derived_one():
    assert OptionSpec("--token", env="MY_TOKEN").variable == "MY_TOKEN"


def test_spellings_are_all_flags_one_by_one():
    assert OptionSpec(("-u", "--users")).spellings == ("-u", "--users")


def test_a_switch_with_a_negative_form_has_three_spellings_and_its_positive_name():
    option = OptionSpec(("-v", "--verify/--no-verify"), type=bool)
    assert option.spellings == ("-v", "--verify", "--no-verify")
    assert option.name == "verify"


def test_blanks_around_a_slash_dont_matter():
    assert OptionSpec("--verify / --no-verify", type=bool).spellings == ("--verify", "--no-verify")


def test_only_a_switch_takes_no_value():
    assert OptionSpec("--users", type=int).takes_value
    assert not OptionSpec("--verify", type=bool).takes_value


@pytest.mark.parametrize("flags", ["fail-ratio", (), ("--good", "bad")])
def test_a_flag_without_a_dash_is_refused_with_an_example(flags):
    with pytest.raises(ValueError, match="start with a dash, such as '--fail-ratio'"):
        OptionSpec(flags)


def test_an_option_is_for_run_web_and_demo_unless_it_says_otherwise():
    assert OptionSpec("--x").commands == ("run", "web", "demo")


def test_an_option_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        OptionSpec("--x").default = 1
