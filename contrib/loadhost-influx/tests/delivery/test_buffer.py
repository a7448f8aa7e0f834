"""The buffer before the spool: bounded, and nothing in it goes uncounted."""

from __future__ import annotations

from loadhost_influx._buffer import Buffer, Contents


def test_what_finds_no_room_is_counted():
    buffer = Buffer(most_bytes=10)
    buffer.put(["12345", "12345"])
    buffer.put(["1"])
    assert buffer.produced == 3
    assert buffer.take() == Contents(["12345", "12345"], 1, [], False)
    buffer.put(["1"])
    assert buffer.take() == Contents(["1"], 0, [], False)
    assert not buffer


def test_a_line_feed_never_makes_two_lines_of_one():
    buffer = Buffer()
    buffer.put(['m t="a\nb" 1'])
    assert buffer.take().lines == ['m t="a\\nb" 1']


def test_drafts_that_come_after_forgetting_stay():
    buffer = Buffer()
    buffer.draft(["old"])
    buffer.forget_drafts()
    buffer.draft(["new"])
    assert buffer.produced == 0
    assert buffer.take() == Contents([], 0, ["new"], True)
