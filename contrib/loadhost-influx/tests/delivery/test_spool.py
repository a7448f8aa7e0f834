"""The spool: what is kept, in which order it goes, what the limit and a full disk do, and who may open it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from loadhost_influx._account import Account
from loadhost_influx._quarantine import Refused
from loadhost_influx._spool import FAILURES_IN_A_ROW, Spool
from loadhost_influx._spool_file import NoSpool, SpoolInUse


def sizes(spool):
    """Points of each batch, oldest first."""
    return [row[0] for row in spool._connection.execute("SELECT points FROM batches ORDER BY number")]


def random_lines(count, seed):
    """They can't be made smaller by gzip: 500 bytes each."""
    import random

    source = random.Random(seed)
    return [f"m text={source.randbytes(250).hex()} {seed}{number}" for number in range(count)]


def test_batches_come_back_in_order_with_their_lines(spool, make_points):
    for name in "abc":
        spool.append(make_points(3, name))
    seen = []
    while batch := spool.take():
        seen += batch.lines()
        spool.settle(batch, acknowledged=batch.points)
    assert seen == make_points(3, "a") + make_points(3, "b") + make_points(3, "c")
    assert spool.account == Account(produced=9, acknowledged=9)


def test_a_batch_stays_until_it_is_settled(spool, make_points):
    spool.append(make_points(2))
    assert spool.take() == spool.take()
    assert spool.account == Account(produced=2, spooled=2)


def test_texts_with_odd_characters_come_back_as_they_were(spool):
    lines = ['m t="a\u2028b\x0b\x85\r" 1', 'm t="ü😀" 2']
    spool.append(lines)
    assert spool.take().lines() == lines


def test_the_rest_of_a_batch_goes_before_what_came_later(spool, make_points):
    spool.append(make_points(4, "old"))
    spool.append(make_points(2, "new"))
    batch = spool.take()
    lines = batch.lines()
    spool.settle(batch, rest=[lines[:2], lines[2:]])
    assert spool.take().lines() == lines[:2]
    assert spool.account == Account(produced=6, spooled=6)


def test_a_batch_at_which_the_server_fails_again_and_again_lets_others_go_first(spool, make_points):
    spool.append(make_points(1, "poison"))
    spool.append(make_points(1, "good"))
    for _ in range(FAILURES_IN_A_ROW):
        batch = spool.take()
        assert batch.lines() == make_points(1, "poison")
        spool.postpone(batch)
    assert spool.take().lines() == make_points(1, "good")


def test_refused_lines_are_in_the_file_with_the_reason(spool):
    spool.append(["good 1", "bad 2"])
    spool.settle(spool.take(), acknowledged=1, refused=[Refused("bad 2", "400: unable\nto parse")])
    comment, line = spool.quarantine.read_text().splitlines()
    assert comment.startswith("# 20")
    assert comment.endswith("Z 400: unable to parse")
    assert line == "bad 2"
    assert spool.account == Account(produced=2, acknowledged=1, quarantined=1)


def test_a_quarantine_that_is_full_drops_and_counts(tmp_path):
    spool = Spool.create(tmp_path / "r" / "1.spool", {}, 100)
    spool._limit_bytes = 1 << 30
    spool.append(["x" * 40, "y" * 40])
    reason = spool.settle(spool.take(), refused=[Refused("x" * 40, "400"), Refused("y" * 40, "400")])
    assert "quarantine" in reason
    assert spool.account == Account(produced=2, quarantined=1, dropped=1)
    spool.abandon()


def test_at_the_limit_the_oldest_that_were_never_attempted_go(tmp_path):
    limit = 100_000
    spool = Spool.create(tmp_path / "r" / "1.spool", {}, limit)
    spool.append(random_lines(10, 0))
    attempted = spool.take()
    reasons = [spool.append(random_lines(20, seed)) for seed in range(1, 20)]
    assert spool.used_bytes() <= limit
    assert reasons[0] == ""
    assert reasons[-1] == "the spool is at its limit"
    account = spool.account
    assert account.adds_up
    assert account.dropped > 0
    assert spool.take() == attempted
    assert sizes(spool)[0] == 10
    newest = spool._connection.execute("SELECT max(number) FROM batches").fetchone()[0]
    assert newest == 20
    spool.abandon()


def test_points_that_never_came_are_counted_with_the_next_batch(spool, make_points):
    spool.append(make_points(2), lost=5)
    spool.append([], lost=1)
    assert spool.account == Account(produced=8, spooled=2, dropped=6)


def test_with_everything_acknowledged_nothing_is_left_on_disk(spool, make_points, tmp_path):
    spool.append(make_points(2))
    spool.settle(spool.take(), acknowledged=2)
    assert spool.finish() == Account(produced=2, acknowledged=2)
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_is_found_again_with_its_account(spool, make_points):
    spool.append(make_points(2))
    spool.append(make_points(3, "b"))
    spool.settle(spool.take(), acknowledged=2)
    assert spool.finish() == Account(produced=5, acknowledged=2, spooled=3)
    again = Spool.open(spool.path, 1 << 30)
    assert again.finished
    assert again.account == Account(produced=5, acknowledged=2, spooled=3)
    assert again.take().lines() == make_points(3, "b")
    again.abandon()


def test_a_spool_in_memory_counts_what_it_could_not_send_as_dropped(make_points):
    spool = Spool.create(None, {}, 1 << 30)
    spool.append(make_points(5))
    assert spool.account == Account(produced=5, spooled=5)
    assert spool.finish() == Account(produced=5, dropped=5)


# -- drafts


def test_drafts_are_not_sent_and_not_counted(spool, make_points):
    spool.append(make_points(2), drafts=make_points(3, "draft"))
    spool.settle(spool.take(), acknowledged=2)
    assert spool.take() is None
    assert spool.finish() == Account(produced=2, acknowledged=2)
    assert not spool.path.exists()


def test_drafts_of_a_killed_process_count_when_its_spool_is_opened(spool, make_points):
    spool.append([], drafts=make_points(3, "draft"))
    spool.append([], drafts=make_points(2, "more"))
    spool.abandon()
    again = Spool.open(spool.path, 1 << 30)
    assert again.account == Account(produced=5, spooled=5)
    assert again.take().lines() == make_points(3, "draft")
    again.abandon()
    assert Spool.open(spool.path, 1 << 30).finish(ended=False) == Account(produced=5, spooled=5)


def test_forgotten_drafts_are_gone(spool, make_points):
    spool.append([], drafts=make_points(3, "draft"))
    spool.append(make_points(2), drafts=make_points(1, "next"), forget_drafts=True)
    spool.abandon()
    again = Spool.open(spool.path, 1 << 30)
    assert again.account == Account(produced=3, spooled=3)
    again.abandon()


def test_many_points_are_several_batches(spool, make_points):
    spool.append(make_points(12_000))
    assert sizes(spool) == [5000, 5000, 2000]


# -- who may open it


def test_another_process_can_not_open_it(spool):
    code = (
        f"from loadhost_influx._spool import Spool; from pathlib import Path; Spool.open(Path({str(spool.path)!r}), 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "SpoolInUse" in done.stderr
    assert "is in use: its run still goes on, or it is being replayed" in done.stderr


def test_nor_the_same_one(spool):
    with pytest.raises(SpoolInUse):
        Spool.open(spool.path, 1)


def test_one_that_is_just_being_made_is_left_alone(tmp_path):
    (tmp_path / "1.spool").touch()
    with pytest.raises(SpoolInUse, match="is empty: its run is just beginning"):
        Spool.open(tmp_path / "1.spool", 1)


def test_others_can_not_read_it(spool):
    spool.append(["x 1"])
    spool.settle(spool.take(), refused=[Refused("x 1", "400")])
    assert spool.path.stat().st_mode & 0o077 == 0
    assert spool.quarantine.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_spool_is_refused_in_one_line(tmp_path):
    (tmp_path / "x.spool").write_text("nonsense " * 1000)
    with pytest.raises(NoSpool, match=r"x\.spool is no spool, or damaged: file is not a database"):
        Spool.open(tmp_path / "x.spool", 1)


def test_a_spool_of_another_format_is_refused(spool):
    spool.append(["x 1"])
    spool.finish()
    connection = sqlite3.connect(spool.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NoSpool, match="format 99, not 1"):
        Spool.open(spool.path, 1)


# -- a full disk


@pytest.fixture
def full(spool, make_points):
    """A spool with a batch on a disk that has no room any more; `.free()` makes some."""
    spool.append(make_points(10, "kept"))
    pages = spool._connection.execute("PRAGMA page_count").fetchone()[0]
    spool._connection.execute(f"PRAGMA max_page_count = {pages}")
    spool.free = lambda: spool._connection.execute("PRAGMA max_page_count = 100000")
    return spool


def test_what_a_full_disk_can_not_take_is_dropped_and_counted(full, make_points):
    assert full.append(random_lines(100, 1)) == "the spool can't be written: database or disk is full"
    assert full.account == Account(produced=110, spooled=10, dropped=100)


def test_once_there_is_room_again_it_goes_on_and_the_file_adds_up(full, make_points):
    full.append(random_lines(100, 1))
    full.free()
    full.append(random_lines(100, 2))
    assert full.finish() == Account(produced=210, spooled=110, dropped=100)
    again = Spool.open(full.path, 1)
    assert again.account == Account(produced=210, spooled=110, dropped=100)
    again.abandon()


def test_what_can_not_be_deleted_from_a_read_only_disk_is_not_sent_twice(spool, make_points):
    spool.append(make_points(3, "a"))
    spool.append(make_points(4, "b"))
    batch = spool.take()
    spool._connection.execute("PRAGMA query_only = 1")
    spool.settle(batch, acknowledged=3)
    assert spool.take().lines() == make_points(4, "b")
    assert spool.account == Account(produced=7, acknowledged=3, spooled=4)
    spool._connection.execute("PRAGMA query_only = 0")
    spool.append(make_points(1, "c"))
    assert sizes(spool) == [4, 1]
    assert spool.finish() == Account(produced=8, acknowledged=3, spooled=5)


FULL_FILES = """
import resource, sys
from pathlib import Path
from loadhost_influx._spool import Spool
spool = Spool.create(Path(sys.argv[1]) / "1.spool", {}, 1 << 30)
lines = [f"m,n={n} v={n}.0 1" for n in range(1000)]
spool.append(lines)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
import random
source = random.Random(1)
reasons = [spool.append([f"m t={source.randbytes(200).hex()} {n}" for n in range(50)]) for _ in range(20)]
print(reasons[-1])
first = spool.take()
spool.settle(first, acknowledged=first.points)
assert spool.account.adds_up, spool.account
print(spool.finish())
"""


def test_files_that_may_not_grow_are_a_full_disk(tmp_path):
    """RLIMIT_FSIZE is as real as it gets without a disk of our own. To the end, nothing more could be written."""
    done = subprocess.run([sys.executable, "-c", FULL_FILES, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    reason, account = done.stdout.splitlines()
    assert "the spool can't be written" in reason
    assert account == "2,000 produced = 1,000 acknowledged + 500 spooled + 0 quarantined + 500 dropped"
    again = Spool.open(tmp_path / "1.spool", 1)
    assert str(again.account) == account
    assert again.finished
    assert again.take().points == 50
    again.abandon()
    again = Spool.open(tmp_path / "1.spool", 1)
    assert str(again.account) == account
    again.abandon()


def test_several_processes_of_a_run_share_a_folder_and_no_file(deliver, scripted, make_points):
    first, second = deliver(scripted.url), deliver(scripted.url)
    first.put(make_points(3, "a"))
    second.put(make_points(4, "b"))
    assert len(list(first.spool_dir.glob("*.spool"))) == 2
    assert first.drain(10) == Account(produced=3, acknowledged=3)
    assert second.drain(10) == Account(produced=4, acknowledged=4)
    assert not first.spool_dir.exists()
