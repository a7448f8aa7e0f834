"""`options.add_argument` takes the keywords of argparse and of Locust."""

from __future__ import annotations

import pytest
from loadhost import UsageError
from loadhost._options.argparse_style import spec_from_keywords


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


@pytest.mark.parametrize(
    ("flags", "keywords", "says"),
    [
        (("size",), {}, "an option's name starts with a dash"),
        (("--size",), {"nargs": "+"}, "doesn't know nargs; .*repeat the option instead"),
        (("--size",), {"action": "count"}, "action='count' is not one of store, store_true"),
        (("--verify",), {"action": "store_false"}, "is spelled '--no-...'"),
    ],
)
def test_what_it_does_not_know_is_refused_with_the_plugins_name(flags, keywords, says):
    with pytest.raises(UsageError, match=f"plugin 'mine'.*{says}"):
        spec(*flags, **keywords)
