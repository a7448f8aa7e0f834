"""How late the hub is: seen in a real hub that something holds up, and shared out fairly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadhost_builtins.machine._lateness import Clocks, HubWatch, Tick, own_part, ticks_of

seconds = st.floats(0, 100)


def test_a_hub_that_is_held_up_is_late() -> None:
    """By as long as it was held up, and every look that could not be made counts."""
    ticks: list[Tick] = []
    watch = HubWatch(lambda: Clocks(0.0, 0.0), ticks.extend)
    gevent.sleep(0.01)
    time.sleep(0.7)  # this process is not patched: it blocks
    while not any(tick.late_ms >= 500 for tick in ticks):
        gevent.sleep(0.01)
    watch.stop()
    gevent.sleep(0)
    assert sum(tick.late_ms >= 50 for tick in ticks) >= 5


def test_what_waits_behind_others_in_the_hub_is_late_although_timers_are_not() -> None:
    """As responses are, which wait in sockets."""
    lags: list[Tick] = []
    pipes = [os.pipe() for _ in range(30)]
    hub = gevent.get_hub()

    def busy(reader: int, writer: int) -> None:
        watcher = hub.loop.io(reader, 1)
        try:
            while True:
                os.write(writer, b".")
                hub.wait(watcher)
                os.read(reader, 1)
                time.sleep(0.003)
        finally:
            watcher.close()

    users = [gevent.spawn(busy, *pipe) for pipe in pipes]
    watch = HubWatch(lambda: Clocks(0.0, 0.0), lags.extend)
    while len(lags) < 6:
        gevent.sleep(0.05)
    watch.stop()
    gevent.killall(users)
    for pipe in pipes:
        os.close(pipe[0])
        os.close(pipe[1])
    assert sorted(tick.late_ms for tick in lags)[len(lags) // 2] > 45  # thirty of them, of 3 ms each


def test_stopping_gives_back_its_pipe() -> None:
    """However often it begins anew."""
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(5):
        watch = HubWatch(lambda: Clocks(0.0, 0.0), lambda ticks: None)
        gevent.sleep(0.001)
        watch.stop()
        gevent.sleep(0.001)
    assert len(list(Path("/dev/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("late", "cpu", "waited", "own"),
    [
        (0.1, 0.1, 0.0, 0.1),  # its own work
        (0.1, 0.0, 0.0, 0.1),  # something blocked it, without CPU: its own doing, too
        (0.1, 0.001, 0.099, 0.003),  # others had the CPU
        (0.1, 0.075, 0.075, 0.0625),  # both wanted all of it
    ],
)
def test_own_lateness_is_what_others_did_not_cause(late: float, cpu: float, waited: float, own: float) -> None:
    """By the kernel's word on who ran."""
    assert own_part(late, cpu, waited) == pytest.approx(own, abs=0.002)


@given(late=seconds, cpu=seconds, waited=seconds)
def test_own_lateness_is_a_part_of_the_lateness(late: float, cpu: float, waited: float) -> None:
    """Never negative, never more."""
    assert -1e-9 <= own_part(late, cpu, waited) <= late


def test_a_long_stall_stands_for_the_looks_it_swallowed_within_bounds() -> None:
    """One late by three intervals stands for those that would have been late by two, one, and none."""
    assert [round(tick.late_ms) for tick in ticks_of(0.31, 0.155)] == [310, 210, 110, 10]
    assert [round(tick.own_ms) for tick in ticks_of(0.31, 0.155)] == [155, 105, 55, 5]
    assert ticks_of(0.0, 0.0) == [Tick(0.0, 0.0)]
    assert len(ticks_of(3600.0, 3600.0)) == 101
