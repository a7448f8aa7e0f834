"""Words and numbers for people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from loadhost_builtins import _texts as texts


@given(st.text())
def test_no_text_moves_the_cursor_or_breaks_the_line(text: str) -> None:
    """Whatever a server sends, what is printed is printable."""
    assert texts.clean(text).isprintable()


def test_control_characters_are_shown_as_escapes() -> None:
    """So that one sees that there was something."""
    assert texts.clean("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb\\nc\\u202ed"


def test_ordinary_text_of_any_language_stays_as_it_is() -> None:
    """No escapes for what can be read."""
    assert texts.clean("/größe/日本?q=[x]") == "/größe/日本?q=[x]"


def test_a_small_ratio_never_reads_as_none_and_a_large_one_never_as_all() -> None:
    """One failure in a million is not 0.0 %."""
    assert [texts.percent(ratio) for ratio in (0, 1e-6, 0.034, 0.9999, 1)] == [
        "0.0 %",
        "<0.1 %",
        "3.4 %",
        ">99.9 %",
        "100.0 %",
    ]


def test_durations_read_as_on_a_clock() -> None:
    """Minutes and seconds, hours if there are any."""
    assert [texts.clock(seconds) for seconds in (0, 5.9, 75, 3675)] == ["0:00", "0:05", "1:15", "1:01:15"]


def test_counts_have_separators_and_nouns_their_plural() -> None:
    """1 user, 1,000 users."""
    assert (texts.plural(1, "user"), texts.plural(1000, "user")) == ("1 user", "1,000 users")


def test_times_below_a_millisecond_get_a_second_decimal() -> None:
    """0.3 ms and 0.34 ms are told apart."""
    assert texts.milliseconds(0.344, texts.decimals_for(0.344)) == "0.34"
    assert texts.milliseconds(1234.56, texts.decimals_for(12.0)) == "1,234.6"


def test_text_that_is_too_long_says_so() -> None:
    """It ends in dots."""
    assert texts.shorten("abcdefgh", 6) == "abc..."
    assert texts.shorten("abcdef", 6) == "abcdef"
