"""The buffer before the spool: bounded, and nothing in it goes uncounted."""

from __future__ import annotations

from loadhost import StatsWindow
from loadhost.stats import Histogram
from loadhost_hookspecs import EntryFigures
from loadhost_influx._bounds import BOUNDS_MS
from loadhost_influx._buffer import Buffer, Contents
from loadhost_influx._points import Run, window_lines


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


def test_one_stretch_of_as_many_names_as_are_kept_with_all_their_buckets_has_room():
    """It goes to disk in one piece, so nothing of it can be taken before all of it is there."""
    run = Run.of("20261122T183857Z-b4f2da", "a_loadfile_of_some_length", (("build", "12345"), ("env", "staging")))
    times = Histogram()
    for bound in BOUNDS_MS:
        times.record(bound)
    entry = EntryFigures("/a/name/of/some/length/in/a/shop/" + 20 * "x", "GET", 61, 3, times, times, 0, 0, 0)
    window = StatsWindow(1.7e9, 5.0, entry, {(entry.name, entry.method): entry})
    lines = list(window_lines(run, window, 1, 1.7e9))
    buffer = Buffer()
    for _ in range(2000):
        buffer.put(lines)
    assert buffer.produced > 100_000
    assert buffer.lost == 0


def test_drafts_that_come_after_forgetting_stay():
    buffer = Buffer()
    buffer.draft(["old"])
    buffer.forget_drafts()
    buffer.draft(["new"])
    assert buffer.produced == 0
    assert buffer.take() == Contents([], 0, ["new"], True)
