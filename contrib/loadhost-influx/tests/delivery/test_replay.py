"""`loadhost influx replay`: what was left is sent once, with the settings of its run, and the sum is said."""

from __future__ import annotations

import sqlite3
from argparse import Namespace

import pytest
from loadhost import UsageError
from loadhost_influx._replay import replay
from loadhost_influx._spool import Spool

DEFAULTS = {
    "url": None,
    "database": None,
    "org": None,
    "bucket": None,
    "user": None,
    "password": None,
    "token": None,
    "api": "auto",
    "verify": True,
    "create_database": False,
    "drain": 1.0,
    "spool_limit": 1 << 30,
}


class Settings:
    """A Config with the options of the command."""

    def __init__(self, **given):
        self._given = given
        self.options = Namespace(**{f"influx_{name}": value for name, value in {**DEFAULTS, **given}.items()})

    def source(self, name):
        return "command line" if name.removeprefix("influx_") in self._given else "default"


@pytest.fixture
def left(deliver, scripted, make_points, reply):
    """The spool folder of a run whose database refused everything; from now on it takes everything."""
    usual, scripted.usual = scripted.usual, lambda lines: reply(401)
    delivery = deliver(scripted.url, user="load", password="geheim")
    delivery.put(make_points(20))
    assert delivery.drain(5).spooled == 20
    scripted.usual = usual
    scripted.seen.clear()
    return delivery.spool_dir


def test_what_is_left_is_sent_and_the_spool_is_gone(left, scripted, make_points, capsys):
    assert replay(left, Settings(password="geheim")) == 0
    assert scripted.points == dict.fromkeys(make_points(20), 1)
    said = capsys.readouterr()
    assert said.out.startswith("run r1 (process ")
    assert said.out.endswith("): 20 produced = 20 acknowledged + 0 spooled + 0 quarantined + 0 dropped\n")
    assert not left.exists()


def test_it_goes_where_the_run_went_with_the_password_given_now(left, scripted):
    replay(left.parent, Settings(password="geheim"))
    path, query, headers = scripted.seen[0]
    assert (path, query["db"]) == ("/write", ["load"])
    assert headers["Authorization"] == "Basic bG9hZDpnZWhlaW0="


def test_what_is_given_now_wins(left, scripted):
    assert replay(left, Settings(bucket="b", org="o", token="t")) == 0
    path, query, headers = scripted.seen[0]
    assert (path, query["bucket"], query["org"]) == ("/api/v2/write", ["b"], ["o"])
    assert headers["Authorization"] == "Token t"


def test_a_second_time_there_is_nothing_to_send(left, capsys):
    replay(left.parent, Settings())
    capsys.readouterr()
    assert replay(left.parent, Settings()) == 0
    assert capsys.readouterr().out == f"no spool in {left.parent}: nothing to send\n"


def test_what_is_refused_again_stays_and_the_exit_code_says_so(left, scripted, reply, capsys):
    scripted.usual = lambda lines: reply(401)
    assert replay(left, Settings(password="wrong")) == 1
    said = capsys.readouterr()
    assert "20 produced = 0 acknowledged + 20 spooled" in said.out
    assert "20 points are left in" in said.err
    scripted.usual = lambda lines: reply()
    assert replay(left, Settings(password="geheim")) == 0


def test_it_gives_up_when_nothing_goes_for_a_while(left, scripted):
    scripted.close()
    assert replay(left, Settings(drain=0.2)) == 1


def test_the_spool_of_a_run_that_goes_on_is_left_alone_in_one_line(deliver, scripted, make_points, reply, capsys, left):
    scripted.usual = lambda lines: reply(503)
    alive = deliver(scripted.url, run_id="r2")
    alive.put(make_points(3, "alive"))
    alive._flush()
    scripted.usual = lambda lines: reply(503) if "alive" in lines[0] else reply()
    assert replay(left.parent, Settings(password="geheim")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{alive.spool_dir}/")
    assert line.endswith(".spool is in use: its run still goes on, or it is being replayed; left as it is")
    assert not left.exists()
    assert alive.account.produced == 3


def test_a_damaged_spool_does_not_keep_the_others_from_being_sent(left, scripted, capsys):
    damaged = left.parent / "r0"
    damaged.mkdir()
    (damaged / "1.spool").write_bytes(b"\0" * 5000)
    assert replay(left.parent, Settings()) == 1
    assert "is no spool, or damaged" in capsys.readouterr().err
    assert len(scripted.points) == 20


def test_a_spool_that_was_never_ended_says_that_its_process_was_killed(tmp_path, scripted, make_points, capsys):
    path = tmp_path / "r9" / "1.spool"
    spool = Spool.create(path, {"url": scripted.url, "database": "load", "run_id": "r9", "process": "1 on h"}, 1 << 30)
    spool.append(make_points(4))
    spool.abandon()
    assert replay(tmp_path, Settings()) == 0
    assert capsys.readouterr().out == (
        "run r9 (process 1 on h): 4 produced = 4 acknowledged + 0 spooled + 0 quarantined + 0 dropped; it was killed, "
        "and its last two seconds may be missing\n"
    )


def test_what_the_database_refuses_is_named_with_its_file(left, scripted, reply, make_points, capsys):
    scripted.usual = lambda lines: reply(400, "bad") if make_points(20)[7] in lines else reply()
    assert replay(left, Settings()) == 0
    assert "20 produced = 19 acknowledged + 0 spooled + 1 quarantined" in (said := capsys.readouterr().out)
    (file,) = left.glob("*.quarantine.lp")
    assert f"what the database refused is in {file}" in said
    assert file.read_text().endswith(make_points(20)[7] + "\n")


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no folder: all that was in it is sent already"):
        replay(tmp_path / "x", Settings())


def test_the_spool_holds_no_secret_but_says_where_to(left):
    (path,) = left.glob("*.spool")
    (text,) = sqlite3.connect(path).execute("SELECT value FROM about WHERE name = 'settings'").fetchone()
    assert '"database": "load"' in text
    assert '"user": "load"' in text
    assert "geheim" not in text
