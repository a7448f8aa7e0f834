"""`options.add_argument` takes the keywords of argparse and of Locust."""

from __future__ import annotations

import argparse

import pytest
from loadhost import UsageError
from loadhost._options.argparse_style import spec_from_keywords
from loadhost._options.registry import OptionRegistry
from loadhost._plugins.refs import PluginRef


def spec(*flags, **keywords):
    return spec_from_keywords(flags, keywords, "plugin 'mine'")[0]


def test_locusts_keywords_become_fields():
    made = spec("--key", env_var="KEY", is_secret=True, is_required=True, include_in_web_ui=True, help="A key.")
    assert (made.variable, made.secret, made.required, made.web_editable) == ("KEY", True, True, True)


def test_store_true_is_a_switch_that_is_off():
    made = spec("--fast", action="store_true")
    assert (made.type, made.default) == (bool, False)


def test_store_false_gets_a_positive_form():
    made = spec("--no-verify", action="store_false", dest="verify")
    assert made.spellings == ("--verify", "--no-verify")
    assert made.default is True


def test_append_may_be_repeated():
    assert spec("--tag", action="append").multiple


def test_dest_is_the_attribute_name():
    assert spec_from_keywords(("--db",), {"dest": "database"}, "plugin 'mine'")[1] == "database"


def test_a_default_that_is_a_text_is_converted_as_argparse_does():
    assert spec("--size", type=int, default="3").default == 3


def test_choices_are_kept_as_texts():
    assert spec("--size", type=int, choices=[1, 2]).choices == ("1", "2")


def test_the_default_is_filled_into_the_help():
    assert spec("--size", type=int, default=3, help="Size, %(default)s is 100%%.").help == "Size, 3 is 100%."


def test_nargs_and_is_multiple_make_an_option_that_may_be_repeated():
    assert spec("--tag", nargs="+").multiple
    assert spec("--tag", nargs="*", default="x").default == ["x"]
    assert spec("--tag", is_multiple=True, choices=["a", "b"]).multiple


def test_store_false_turns_off_what_dest_names():
    made, name = spec_from_keywords(("--skip-login",), {"action": "store_false", "dest": "login"}, "plugin 'mine'")
    assert (made.spellings, made.default, name) == (("--login", "--skip-login"), True, "login")


def test_store_false_without_a_dest_has_the_name_that_argparse_gives_it():
    assert spec_from_keywords(("--no-verify",), {"action": "store_false"}, "plugin 'mine'")[1] == "no_verify"


def test_a_boolean_optional_action_has_both_forms():
    made = spec("-v", "--verify", action=argparse.BooleanOptionalAction, default=True)
    assert (made.spellings, made.default) == (("-v", "--verify", "--no-verify"), True)


@pytest.mark.parametrize("keywords", [{"type": bool}, {"default": True}])
def test_a_truth_that_is_given_as_a_value_is_read_as_one(keywords):
    """argparse reads any text but the empty one as True."""
    made = spec("--verify", **keywords)
    assert made.takes_value
    assert [made.type(text) for text in ("false", "0", "True", "yes")] == [False, False, True, True]


def test_the_default_of_a_secret_is_not_filled_into_the_help():
    assert spec("--key", is_secret=True, default="k9", help="Now %(default)s.").help == "Now ***."


def test_a_help_that_is_suppressed_is_no_text():
    assert spec("--key", help=argparse.SUPPRESS).help == ""


def test_the_page_may_change_what_a_loadfile_adds_and_of_a_plugin_what_it_says():
    registry = OptionRegistry()
    registry.for_plugin(PluginRef("loadfile.py", origin="loadfile")).add_argument("--mine")
    registry.for_plugin(PluginRef("loadfile.py", origin="loadfile")).add_argument("--not", include_in_web_ui=False)
    registry.for_plugin(PluginRef("loadfile:f", origin="code")).add_argument("--listener")
    registry.for_plugin(PluginRef("influx", origin="entry-point")).add_argument("--theirs")
    registry.for_plugin(PluginRef("influx", origin="entry-point")).add_argument("--asked", include_in_web_ui=True)
    assert [option.name for option in registry if option.spec.web_editable] == ["mine", "listener", "asked"]


def test_a_group_has_a_heading_of_its_own():
    registry = OptionRegistry()
    registry.for_plugin(PluginRef("mine", origin="loadfile")).add_argument_group("Login").add_argument("--user")
    assert next(iter(registry)).panel == "Loadfile: mine: Login"


@pytest.mark.parametrize(
    ("flags", "keywords", "says"),
    [
        (("size",), {}, "an option's name starts with a dash"),
        (("--size",), {"nargs": 2}, "nargs=2 is not possible; an option has one value"),
        (("--size",), {"konst": 2}, "doesn't know konst; it knows action, choices"),
        (("--size",), {"type": int, "default": "big"}, "the default 'big' is not of its type"),
        (("--size",), {"action": "count"}, "action='count' is not one of store, store_true"),
        (("--verify",), {"action": "store_false"}, "is spelled '--no-...'"),
    ],
)
def test_what_it_does_not_know_is_refused_with_the_plugins_name(flags, keywords, says):
    with pytest.raises(UsageError, match=f"plugin 'mine'.*{says}"):
        spec(*flags, **keywords)
