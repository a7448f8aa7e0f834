"""Step 1 reads -p, -f, --config and the switches off the raw arguments, without knowing any option."""

from __future__ import annotations

import pytest
from loadhost._cli.scan import effective_arguments, scan


@pytest.mark.parametrize(
    "arguments", [["-p", "x"], ["-px"], ["--plugin", "x"], ["--plugin=x"], ["run", "-u", "5", "-p", "x", "f.py"]]
)
def test_every_spelling_of_p_is_found_anywhere(arguments):
    assert scan(arguments).plugins == ("x",)


def test_p_and_f_may_be_repeated():
    found = scan(["-p", "a", "-p", "no:b", "-f", "one.py", "-ftwo.py"])
    assert found.plugins == ("a", "no:b")
    assert found.loadfiles == ("one.py", "two.py")


def test_switches_and_the_last_config_are_found():
    found = scan(["--config", "a", "--config=b", "--no-plugins", "--strict-plugins", "--debug"])
    assert (found.config, found.no_plugins, found.strict_plugins, found.debug) == ("b", True, True, True)


def test_two_dashes_end_the_search():
    assert scan(["run", "--", "-p", "x"]).plugins == ()


def test_a_missing_value_is_left_to_the_parser():
    assert scan(["run", "-p"]).plugins == ()


def test_a_long_option_that_begins_alike_is_another():
    assert scan(["--plugins=x", "--configure=y"]) == scan([])


def test_under_completion_the_words_typed_so_far_count():
    environ = {"_LOADHOST_COMPLETE": "complete_bash", "COMP_WORDS": "loadhost run -p x --us"}
    assert scan(effective_arguments([], environ)).plugins == ("x",)


def test_an_open_quote_under_completion_is_no_error():
    environ = {"_LOADHOST_COMPLETE": "complete_bash", "COMP_WORDS": 'loadhost run "a'}
    assert effective_arguments([], environ) == ["run", '"a']
