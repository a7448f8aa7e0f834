"""What the system says of this process, and the pauses of the garbage collector."""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path

import pytest
from loadhost_builtins.machine._garbage import GcWatch
from loadhost_builtins.machine._others import Others
from loadhost_builtins.machine._readings import Ports, Readings, read_ports

linux = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


def test_clocks_only_go_forward() -> None:
    """CPU time of this thread grows with its work."""
    readings = Readings()
    before = readings.clocks()
    sum(range(300_000))
    readings.look_around()
    after = readings.clocks()
    assert after.cpu_s > before.cpu_s
    assert after.waited_s >= before.waited_s
    readings.close()


def test_open_files_are_counted_against_their_limit() -> None:
    """One more socket is one more file."""
    readings = Readings()
    before = readings.open_files()
    with socket.socket():
        after = readings.open_files()
    assert before is not None
    assert after is not None
    assert after[0] == before[0] + 1
    assert after[1] >= after[0]
    assert readings.memory_bytes() > 1_000_000
    readings.close()


@linux
def test_ports_are_those_in_use_and_those_that_wait(tmp_path: Path) -> None:
    """By the kernel's own count, with the range that connections get theirs from."""
    (tmp_path / "net").mkdir()
    (tmp_path / "sys/net/ipv4").mkdir(parents=True)
    (tmp_path / "sys/net/ipv4/ip_local_port_range").write_text("32768\t60999\n")
    (tmp_path / "net/sockstat").write_text("sockets: used 35\nTCP: inuse 18 orphan 1 tw 10818 alloc 18 mem 69\n")
    assert read_ports(tmp_path) == Ports(10836, 10818, 28232)
    assert read_ports(Path("/proc")) is not None


@pytest.mark.parametrize("text", [None, "", "sockets: used 35\n", "TCP: inuse x\n"])
def test_a_system_that_does_not_tell_has_no_ports(tmp_path: Path, text: str | None) -> None:
    """Another system, a container that hides it."""
    if text is not None:
        (tmp_path / "net").mkdir()
        (tmp_path / "sys/net/ipv4").mkdir(parents=True)
        (tmp_path / "sys/net/ipv4/ip_local_port_range").write_text("1 2")
        (tmp_path / "net/sockstat").write_text(text)
    assert read_ports(tmp_path) is None


@pytest.mark.parametrize("blind", [False, True])
def test_what_others_took_is_a_share(blind: bool) -> None:
    """Of the time between two looks."""
    others = Others(blind=blind)
    for _ in range(3):
        others.look()
        assert 0.0 <= others.share <= 1.0
    others.close()


def test_pauses_of_the_collector_are_counted_until_it_is_stopped() -> None:
    """The longest one since the last question, too."""
    watch = GcWatch()
    gc.collect()
    assert watch.collections >= 1
    assert 0 < watch.take_longest_ms() / 1000 <= watch.pause_s
    assert watch.take_longest_ms() == 0.0
    watch.stop()
    watch.stop()
    before = watch.collections
    gc.collect()
    assert watch.collections == before
