"""Each fault of a database, by a server that does what it is told: the sum adds up, and nothing is lost unsaid."""

from __future__ import annotations

import json
import logging
from email.utils import formatdate
from time import time

import pytest
from loadhost_influx._account import Account


@pytest.fixture
def said(caplog):
    """What was logged, and how often: the lines that contain a text."""
    caplog.set_level(logging.INFO, "loadhost_influx")
    return lambda text: [record for record in caplog.records if text in record.getMessage()]


def test_what_is_taken_is_acknowledged_and_leaves_nothing_on_disk(deliver, scripted, make_points, tmp_path):
    delivery = deliver(scripted.url)
    delivery.put(make_points(1000))
    assert delivery.drain(10) == Account(produced=1000, acknowledged=1000)
    assert scripted.points == dict.fromkeys(make_points(1000), 1)
    assert list((tmp_path / "spool").iterdir()) == []


def test_points_go_out_while_the_run_goes_on(deliver, scripted, make_points, until):
    delivery = deliver(scripted.url)
    delivery.put(make_points(10))
    until(lambda: delivery.account.acknowledged == 10)
    assert delivery.status() == "10 points acknowledged"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 500, "body": '{"error":"timeout"}'}, "500: timeout"),
        ({"status": 503}, "503"),
        ({"status": 429}, "429"),
        ({"hang_up": True, "status": 0}, "it closed the connection without an answer"),
    ],
)
def test_a_database_that_fails_for_a_while_gets_everything_later(
    deliver, scripted, make_points, until, reply, said, answer, words
):
    scripted.script = [reply(**answer) for _ in range(3)]
    delivery = deliver(scripted.url)
    delivery.put(make_points(10))
    until(lambda: delivery.account.acknowledged)
    assert delivery.drain(10) == Account(produced=10, acknowledged=10)
    assert set(scripted.points.values()) == {1}
    (line,) = said(words)
    assert f"InfluxDB at {scripted.url}: {words}; the run goes on and its points are kept on disk" in line.getMessage()
    assert len(said("takes points again")) == 1


def test_a_lost_acknowledgement_is_a_resend_of_the_same_points(deliver, scripted, make_points, reply):
    scripted.script = [reply(500, stores=True)]
    delivery = deliver(scripted.url)
    delivery.put(make_points(10))
    assert delivery.drain(10) == Account(produced=10, acknowledged=10)
    assert scripted.writes == [make_points(10)] * 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(deliver, scripted, make_points, until, reply, form):
    wanted = "1" if form == "seconds" else formatdate(time() + 2, usegmt=True)
    scripted.script = [reply(429, headers={"Retry-After": wanted})]
    delivery = deliver(scripted.url)
    began = time()
    delivery.put(make_points(3))
    delivery._flush()
    until(lambda: scripted.writes)
    assert delivery.drain(20) == Account(produced=3, acknowledged=3)
    assert time() - began >= 0.95
    assert len(scripted.writes) == 2


def test_a_hanging_database_is_left_after_the_timeout(deliver, scripted, make_points, reply, said):
    scripted.script = [reply(hang_s=30)]
    delivery = deliver(scripted.url, timeout_s=0.2)
    delivery.put(make_points(3))
    assert delivery.drain(10) == Account(produced=3, acknowledged=3)
    assert said("no answer within 0.2 s")


def test_a_batch_that_is_too_large_is_split_until_it_fits(deliver, scripted, make_points, reply):
    scripted.usual = lambda lines: reply(413) if len(lines) > 100 else reply()
    delivery = deliver(scripted.url)
    delivery.put(make_points(1000))
    assert delivery.drain(10) == Account(produced=1000, acknowledged=1000)
    assert set(scripted.points.values()) == {1}
    assert len(scripted.points) == 1000


def test_a_line_that_is_too_large_alone_is_quarantined(deliver, scripted, make_points, reply):
    long = f'm text="{"x" * 5000}" 1'
    scripted.usual = lambda lines: reply(413) if max(map(len, lines)) > 1000 else reply()
    delivery = deliver(scripted.url)
    delivery.put([*make_points(7), long])
    assert delivery.drain(10) == Account(produced=8, acknowledged=7, quarantined=1)


def test_a_wrong_password_is_said_once_and_mended_without_a_restart(deliver, scripted, make_points, until, reply, said):
    wrong = reply(401, '{"error":"authorization failed"}')
    scripted.usual = lambda lines: wrong
    delivery = deliver(scripted.url, user="load", password="geheim")
    delivery.put(make_points(5))
    until(lambda: len(scripted.writes) >= 3)
    assert delivery.status() == "0 points acknowledged, 5 waiting (user 'load' is refused (401: authorization failed))"
    scripted.usual = lambda lines: reply()
    until(lambda: delivery.account.acknowledged == 5)
    (line,) = said("is refused")
    assert line.levelno == logging.ERROR
    assert "check --influx-user and --influx-password" in line.getMessage()
    assert delivery.drain(5) == Account(produced=5, acknowledged=5)


def test_the_end_of_a_run_does_not_wait_for_a_password_that_nobody_mends(deliver, scripted, make_points, reply):
    scripted.usual = lambda lines: reply(403)
    delivery = deliver(scripted.url)
    delivery.put(make_points(5))
    began = time()
    assert delivery.drain(60) == Account(produced=5, spooled=5)
    assert time() - began < 30


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404, "body": '{"error":"database not found: \\"load\\""}'}, "database 'load' is not found"),
        ({"status": 200, "body": "<html>Welcome to nginx"}, "check --influx-url"),
        ({"status": 400, "body": "<html>The plain HTTP request was sent to HTTPS port"}, "check --influx-url"),
        ({"status": 405}, "check --influx-url"),
        ({"status": 301, "headers": {"Location": "https://db.test/write"}}, "redirects to https://db.test/write"),
    ],
)
def test_what_only_the_user_can_mend_is_said_and_kept(deliver, scripted, make_points, reply, said, answer, words):
    scripted.usual = lambda lines: reply(**answer)
    delivery = deliver(scripted.url)
    delivery.put(make_points(5))
    assert delivery.drain(5) == Account(produced=5, spooled=5)
    assert len(said(words)) == 1


def test_a_database_that_is_missing_is_created_if_that_is_asked_for(deliver, scripted, make_points, reply):
    scripted.script = [reply(404)]
    delivery = deliver(scripted.url, create_database=True, database='my "db"')
    delivery.put(make_points(5))
    assert delivery.drain(5) == Account(produced=5, acknowledged=5)
    assert scripted.queries == [r'CREATE DATABASE "my \"db\""'] * 2


# -- lines that are bad


def influx_1(reply, bad, stores=True):
    """Refuses as InfluxDB 1 does: it takes the good lines, and quotes those it can't parse."""

    def answer(lines):
        wrong = [line for line in lines if bad(line)]
        if not wrong:
            return reply()
        text = "\n".join(f"unable to parse '{line}': invalid number" for line in wrong)
        return reply(400, json.dumps({"error": f"partial write: {text}"}))

    return answer


def conflict(reply, bad):
    """A type conflict: InfluxDB says how many, not which."""

    def answer(lines):
        count = sum(map(bad, lines))
        text = f'partial write: field type conflict: input field "v" on measurement "m" dropped={count}'
        return reply(400, json.dumps({"error": text})) if count else reply()

    return answer


def influx_3(reply, bad):
    """Names the lines by their numbers."""

    def answer(lines):
        data = [
            {"line_number": number, "error_message": "bad value", "original_line": line[:20]}
            for number, line in enumerate(lines, 1)
            if bad(line)
        ]
        error = "partial write of line protocol occurred"
        return reply(400, json.dumps({"error": error, "data": data})) if data else reply()

    return answer


def silent(reply, bad):
    """Says nothing but that something is wrong."""
    return lambda lines: reply(422, "unprocessable") if any(map(bad, lines)) else reply()


@pytest.mark.parametrize(("manner", "most_posts"), [(influx_1, 2), (conflict, 25), (influx_3, 2), (silent, 25)])
def test_one_bad_line_of_a_thousand_is_quarantined_and_the_rest_sent(
    deliver, scripted, make_points, reply, said, manner, most_posts
):
    lines = make_points(1000)
    bad = lines[617]
    scripted.usual = manner(reply, lambda line: line == bad)
    delivery = deliver(scripted.url)
    delivery.put(lines)
    assert delivery.drain(20) == Account(produced=1000, acknowledged=999, quarantined=1)
    assert set(lines) - set(scripted.points) == {bad}
    assert len(scripted.writes) <= most_posts
    (file,) = delivery.spool_dir.glob("*.quarantine.lp")
    comment, line = file.read_text().splitlines()
    assert line == bad
    assert comment.startswith("# ")
    assert len(said("the database refuses 1 points")) == 1


@pytest.mark.parametrize("manner", [influx_1, conflict, influx_3])
def test_where_the_answer_says_that_all_are_bad_nothing_is_sent_twice(deliver, scripted, make_points, reply, manner):
    scripted.usual = manner(reply, lambda line: True)
    delivery = deliver(scripted.url)
    delivery.put(make_points(300))
    assert delivery.drain(20) == Account(produced=300, quarantined=300)
    assert len(scripted.writes) == 1


# -- nothing may stop the run


def test_what_nobody_took_until_the_deadline_stays_on_disk(deliver, scripted, make_points, until):
    scripted.close()  # nobody listens
    delivery = deliver(scripted.url)
    delivery.put(make_points(4))
    until(lambda: delivery._troubles.current == "connection refused")
    assert delivery.drain(0.3) == Account(produced=4, spooled=4)
    assert sorted(path.suffix for path in delivery.spool_dir.iterdir()) == [".spool", ".sum"]


def test_a_disk_that_is_full_for_a_while_costs_what_came_meanwhile(
    deliver, scripted, make_points, background, reply, said
):
    scripted.usual = lambda lines: reply(503)
    delivery = deliver(scripted.url)
    delivery.put(make_points(10, "before"))
    delivery._flush()

    def room(pages):
        background.apply(delivery._spool._connection.execute, (f"PRAGMA max_page_count = {pages}",))

    room(1)  # which means: no more than there are
    delivery.put([f'm,n={number} t="{hash(str(number)) ** 9}" 1' for number in range(2000)])
    delivery._flush()
    assert delivery.account == Account(produced=2010, spooled=10, dropped=2000)
    (line,) = said("the spool can't be written")
    assert line.levelno == logging.ERROR
    room(100_000)
    scripted.usual = lambda lines: reply()
    delivery.put(make_points(10, "after"))
    assert delivery.drain(10) == Account(produced=2020, acknowledged=20, dropped=2000)


def test_a_process_that_is_not_patched_is_told_so(deliver, scripted, said):
    deliver(scripted.url)
    assert said("this process is not patched, so users stand still while points are sent: call loadhost.patch()")


def test_put_never_raises_and_never_waits_even_without_a_disk(deliver, scripted, make_points, tmp_path, said):
    (tmp_path / "file").write_text("")
    delivery = deliver(scripted.url, spool=tmp_path / "file" / "spool")
    delivery.put(make_points(10))
    assert delivery.drain(10) == Account(produced=10, acknowledged=10)
    assert said("no spool can be kept in")


def test_without_a_disk_and_without_a_database_it_is_dropped_and_counted(deliver, scripted, make_points, tmp_path):
    scripted.close()
    (tmp_path / "file").write_text("")
    delivery = deliver(scripted.url, spool=tmp_path / "file" / "spool")
    delivery.put(make_points(10))
    assert delivery.drain(0.2) == Account(produced=10, dropped=10)


def test_what_comes_after_the_end_is_counted_as_dropped(deliver, scripted, make_points):
    delivery = deliver(scripted.url)
    delivery.put(make_points(3))
    delivery.drain(5)
    delivery.put(make_points(2))
    assert delivery.account == Account(produced=5, acknowledged=3, dropped=2)


def test_no_secret_is_in_the_spool_in_a_log_or_in_the_status(deliver, scripted, make_points, reply, caplog, until):
    caplog.set_level(logging.DEBUG)
    echo = '{"error":"authorization failed for load:ge heim, Basic bG9hZDpnZSBoZWlt"}'
    scripted.usual = lambda lines: reply(401, echo)
    delivery = deliver(scripted.url, user="load", password="ge heim", token=None)
    delivery.put(make_points(3))
    until(lambda: delivery._troubles.current)
    texts = [caplog.text, delivery.status(), repr(delivery._settings)]
    delivery.drain(1)
    texts += [path.read_bytes().decode("latin-1") for path in delivery.spool_dir.iterdir()]
    assert len(texts) == 5
    assert [text for text in texts if "ge heim" in text or "bG9hZDpnZSBoZWlt" in text] == []


@pytest.mark.parametrize(
    ("settings", "path", "query", "header"),
    [
        ({}, "/write", {"db": ["load"]}, None),
        ({"user": "load", "password": "geheim"}, "/write", {"db": ["load"]}, "Basic bG9hZDpnZWhlaW0="),
        ({"token": "t0k"}, "/write", {"db": ["load"]}, "Token t0k"),
        ({"token": "t0k", "bucket": "b"}, "/api/v2/write", {"bucket": ["b"]}, "Token t0k"),
        ({"token": "t0k", "bucket": "b", "org": "o"}, "/api/v2/write", {"org": ["o"], "bucket": ["b"]}, "Token t0k"),
    ],
)
def test_place_and_credentials_are_those_of_the_settings(
    deliver, scripted, make_points, settings, path, query, header, monkeypatch, tmp_path
):
    """And not those that requests would find in ~/.netrc."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password wrong")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    delivery = deliver(scripted.url, **settings)
    delivery.put(make_points(1))
    assert delivery.drain(5).acknowledged == 1
    (seen,) = scripted.seen
    assert seen[:2] == (path, {**query, "precision": ["ns"]})
    assert seen[2].get("Authorization") == header
