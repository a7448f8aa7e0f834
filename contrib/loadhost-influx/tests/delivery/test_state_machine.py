"""Any sequence of points, answers, full disks and kills: the sum adds up, and at the end nothing is missing."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
import pytest
from gevent.threadpool import ThreadPool
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from loadhost_influx._http import Http
from loadhost_influx._sender import Sender
from loadhost_influx._settings import Settings
from loadhost_influx._spool import Spool
from loadhost_influx._troubles import Troubles

NO_LIMIT = 1 << 30
STATUSES = (204, 204, 204, 401, 404, 413, 429, 500, 500, 503, 0)


def make_machine(server, reply):
    """The state machine, over this server."""

    def strict(lines):
        """Refuses bad lines, without a word about which they are."""
        return reply(400, "no") if any("bad" in line for line in lines) else reply()

    class Machine(RuleBasedStateMachine):
        @initialize(limit=st.sampled_from([NO_LIMIT, NO_LIMIT, 60_000]), may_fill=st.sampled_from([False, False, True]))
        def begin(self, limit, may_fill):
            server.points, server.usual = Counter(), strict
            self.folder = Path(tempfile.mkdtemp())
            self.pool = ThreadPool(1)
            self.limit, self.may_fill = limit, may_fill
            self.lines, self.drafts = [], []
            self.full = self.was_full = False
            self.files = 0
            self.spool = Spool.create(self.folder / "0" / "0.spool", {}, limit)
            self.employ()

        def employ(self):
            """A sender for the spool."""
            self.http = Http(Settings(url=server.url, database="load"))
            self.sender = Sender(self.spool, self.http, self.pool, Troubles("the database"))

        def points(self, count, bad, size):
            start = len(self.lines) + len(self.drafts) + 1000 * self.files
            names = ["bad" if number == bad else "m" for number in range(count)]
            return [f'{name},n={start + number} t="{"x" * size}" 1' for number, name in enumerate(names)]

        @rule(count=st.integers(1, 12), bad=st.none() | st.integers(0, 11), lost=st.integers(0, 2))
        def put(self, count, bad, lost):
            lines = self.points(count, bad, 10)
            self.lines += lines + [f"lost {lost}"] * lost
            self.spool.append(lines, lost)

        @rule(count=st.integers(50, 200))
        def put_much(self, count):
            import random

            lines = [f'm t="{random.randbytes(100).hex()}" {len(self.lines) + number}' for number in range(count)]
            self.lines += lines
            self.spool.append(lines)

        @precondition(lambda self: not self.full)
        @rule(count=st.integers(1, 5))
        def draft(self, count):
            lines = self.points(count, None, 5)
            self.drafts += lines
            self.spool.append([], drafts=lines)

        @precondition(lambda self: not self.full)
        @rule()
        def keep_what_was_drafted(self):
            self.lines += self.drafts
            self.spool.append(self.drafts, forget_drafts=True)
            self.drafts = []

        @rule(answers=st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), min_size=1, max_size=6))
        def send(self, answers):
            for status, stores in answers:
                if status == 0:
                    server.script = [reply(0, hang_up=True, stores=stores)]
                elif status == 413:
                    server.usual = lambda lines: reply(413) if len(lines) > 2 else strict(lines)
                elif status not in (204, 400):
                    server.script = [reply(status, stores=stores)]
                self.sender.step()
                server.script, server.usual = [], strict

        @precondition(lambda self: self.may_fill)
        @rule()
        def fill_the_disk_or_free_it(self):
            self.full = not self.full
            self.was_full = True
            pages = self.spool._connection.execute("PRAGMA page_count").fetchone()[0]
            self.spool._connection.execute(f"PRAGMA max_page_count = {pages if self.full else 1_000_000}")

        @rule()
        def kill(self):
            """What the disk has at this moment is opened by another process."""
            before = self.spool.account
            self.files += 1
            folder = self.folder / str(self.files)
            shutil.copytree(self.spool.path.parent, folder)
            self.spool.abandon()
            self.http.close()
            (path,) = folder.glob("*.spool")
            self.spool = Spool.open(path, self.limit)
            after = self.spool.account
            if not self.was_full:
                assert after.produced == before.produced + len(self.drafts)
                assert after.spooled == before.spooled + len(self.drafts)
                assert (after.acknowledged, after.dropped) == (before.acknowledged, before.dropped)
            self.lines += self.drafts
            self.drafts = []
            self.full = False
            self.employ()

        @invariant()
        def it_adds_up(self):
            assert self.spool.account.adds_up, self.spool.account

        @invariant()
        def the_limit_holds(self):
            """One batch may be on its way out."""
            assert self.spool.used_bytes() <= self.limit + 40_000

        def teardown(self):
            if not hasattr(self, "spool"):
                return
            self.spool._connection.execute("PRAGMA max_page_count = 1000000")
            server.usual = strict
            for _ in range(10_000):
                if self.sender.step() is None:
                    break
            quarantined = self.quarantined()
            account = self.spool.finish()
            self.http.close()
            self.pool.kill()
            shutil.rmtree(self.folder)
            assert account.adds_up
            assert account.spooled == 0
            missing = Counter(self.lines) - Counter(dict.fromkeys(server.points, 1)) - quarantined
            if not self.was_full:
                assert account.produced == len(self.lines)
                assert missing.total() == account.dropped
                if self.limit == NO_LIMIT:
                    assert set(missing) <= {"lost 1", "lost 2"}

        def quarantined(self):
            path = self.spool.quarantine
            lines = path.read_text().splitlines() if path.exists() else []
            return Counter(dict.fromkeys((line for line in lines if not line.startswith("#")), 1))

    return Machine


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_whatever_happens_the_sum_adds_up_and_nothing_is_missing(scripted, reply, examples):
    run_state_machine_as_test(
        make_machine(scripted, reply),
        settings=settings(
            max_examples=examples, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
