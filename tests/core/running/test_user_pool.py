"""The pool meets its targets, up and down, and disturbs nobody who may stay."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import gevent.event
import pytest
from loadhost import Environment, PluginManager, StopUser, User, constant, task
from loadhost._running import user_pool
from loadhost._running.user_pool import UserPool

Until = Callable[..., None]


class Waiting(User):
    """Has long waits, and no tasks yet."""

    abstract = True
    wait_time = constant(60)


class Idler(Waiting):
    """Waits, mostly."""

    @task
    def nothing(self) -> None:
        pass


class Farewell(Idler):
    """Takes a moment to say goodbye."""

    said: list[Any]

    def on_stop(self) -> None:
        gevent.sleep(0.05)
        self.said.append(self)


@pytest.fixture
def pool(loadhost_manager: PluginManager) -> Iterator[UserPool]:
    pool = UserPool(Environment(plugin_manager=loadhost_manager), changed=lambda: None)
    pool.begin([Idler, Farewell])
    yield pool
    with gevent.Timeout(10):
        pool.stop_all(0)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(user_pool, "KILL_GRACE_S", 0.1)
    return 0.1


def test_it_makes_as_many_users_as_are_wanted_of_each_class(pool: UserPool) -> None:
    pool.meet({Idler: 3, Farewell: 2})
    assert pool.counts == {"Idler": 3, "Farewell": 2}
    assert pool.user_count == 5


def test_going_up_leaves_those_that_run_undisturbed(pool: UserPool) -> None:
    pool.meet({Idler: 3})
    before = list(pool.users)
    pool.meet({Idler: 5})
    assert pool.users[:3] == before


def test_going_down_stops_the_surplus_and_leaves_the_others_undisturbed(pool: UserPool, until: Until) -> None:
    pool.meet({Idler: 5})
    gevent.sleep(0)
    users = pool.users
    pool.meet({Idler: 2})
    until(lambda: sum(user.state == "stopped" for user in users) == 3)
    assert pool.users == users[:2]
    assert [user.state for user in pool.users] == ["waiting", "waiting"]


def test_going_down_gives_users_the_stop_timeout_to_finish_their_task(pool: UserPool, until: Until) -> None:
    finished = []

    class Slow(Waiting):
        @task
        def nothing(self) -> None:
            gevent.sleep(0.1)
            finished.append(self)

    pool._environment.stop_timeout = 5
    pool.begin([Slow])
    pool.meet({Slow: 2})
    gevent.sleep(0.01)
    pool.meet({Slow: 0})
    assert pool.user_count == 0
    until(lambda: len(finished) == 2)


def test_a_user_that_stops_by_itself_keeps_its_place(pool: UserPool, until: Until) -> None:
    class Quitter(Waiting):
        @task
        def nothing(self) -> None:
            raise StopUser

    pool.begin([Quitter])
    pool.meet({Quitter: 2})
    until(lambda: pool.departed == 2)
    pool.meet({Quitter: 2})
    assert pool.user_count == 0
    pool.meet({Quitter: 3})
    assert pool.user_count == 1


def test_going_down_takes_the_places_of_those_who_left_first(pool: UserPool, until: Until) -> None:
    class Half(Idler):
        made = 0

        def on_start(self) -> None:
            Half.made += 1
            if Half.made > 2:
                raise StopUser

    pool.begin([Half])
    pool.meet({Half: 4})
    until(lambda: pool.departed == 2)
    pool.meet({Half: 2})
    assert (pool.user_count, pool.departed) == (2, 0)


def test_a_user_that_cannot_be_made_is_counted_as_an_exception_and_takes_its_place(
    pool: UserPool, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Idler):
        def __init__(self, environment: Environment) -> None:
            raise RuntimeError("no licence")

    pool.begin([Broken, Idler])
    with caplog.at_level(logging.ERROR):
        pool.meet({Broken: 2, Idler: 1})
    (row,) = pool._environment.stats.exception_counts()
    assert (row.user_class, row.count) == ("Broken", 2)
    assert (pool.counts, pool.departed) == ({"Broken": 0, "Idler": 1}, 2)
    assert "Broken could not be made: RuntimeError: no licence" in caplog.text


def test_a_timeout_while_a_user_is_made_does_not_end_the_ramp(pool: UserPool) -> None:
    class Late(Idler):
        def __init__(self, environment: Environment) -> None:
            with gevent.Timeout(0.01):
                gevent.sleep(1)

    pool.begin([Late, Idler])
    pool.meet({Late: 1, Idler: 1})
    assert pool.counts == {"Late": 0, "Idler": 1}


def test_two_classes_of_one_name_are_counted_together(pool: UserPool) -> None:
    twin = type("Idler", (Idler,), {})
    pool.begin([Idler, twin])
    pool.meet({Idler: 2, twin: 3})
    assert pool.counts == {"Idler": 5}


def test_stopping_all_at_once_lets_every_on_stop_end(pool: UserPool) -> None:
    Farewell.said = []
    pool.meet({Farewell: 3})
    gevent.sleep(0)
    pool.stop_all(0)
    assert len(Farewell.said) == 3


def test_stopping_all_spares_the_on_stop_of_a_user_that_was_stopped_just_before(pool: UserPool) -> None:
    Farewell.said = []
    pool.meet({Farewell: 1})
    gevent.sleep(0)
    pool.meet({Farewell: 0})
    gevent.sleep(0.02)
    pool.stop_all(0)
    assert len(Farewell.said) == 1


def test_stopping_all_with_a_timeout_lets_tasks_end_within_it(pool: UserPool) -> None:
    finished = []

    class Slow(Waiting):
        @task
        def nothing(self) -> None:
            gevent.sleep(0.1)
            finished.append(self)

    pool.begin([Slow])
    pool.meet({Slow: 2})
    gevent.sleep(0.01)
    pool.stop_all(5)
    assert len(finished) == 2


def test_a_task_that_outlasts_the_timeout_is_cut_short(pool: UserPool) -> None:
    class Endless(Waiting):
        @task
        def nothing(self) -> None:
            gevent.sleep(60)

    pool.begin([Endless])
    pool.meet({Endless: 1})
    gevent.sleep(0.01)
    began = time.monotonic()
    pool.stop_all(0.1)
    assert 0.1 <= time.monotonic() - began < 30  # of the sixty seconds


def test_an_on_stop_that_hangs_is_killed_after_the_grace(
    pool: UserPool, short_grace: float, caplog: pytest.LogCaptureFixture
) -> None:
    class Clinging(Idler):
        def on_stop(self) -> None:
            gevent.sleep(60)

    pool.begin([Clinging])
    pool.meet({Clinging: 1})
    gevent.sleep(0.01)
    (user,) = pool.users
    began = time.monotonic()
    pool.stop_all(0)
    assert short_grace <= time.monotonic() - began < 30  # of the sixty seconds
    assert user.state == "stopped"
    assert "1 users were killed and have not ended" in caplog.text


def test_an_on_stop_that_withstands_even_that_is_left_behind(
    pool: UserPool, short_grace: float, caplog: pytest.LogCaptureFixture
) -> None:
    free = gevent.event.Event()

    class Immortal(Idler):
        def on_stop(self) -> None:
            while not free.is_set():
                with suppress(BaseException):
                    free.wait()

    pool.begin([Immortal])
    pool.meet({Immortal: 1})
    gevent.sleep(0.01)
    (user,) = pool.users
    with gevent.Timeout(5):
        pool.stop_all(0)
    assert user.state == "stopping"
    assert "1 users were killed again and have not ended" in caplog.text
    free.set()
    user.greenlet.join(1)


def test_many_users_are_made_without_keeping_the_hub_from_the_others(pool: UserPool) -> None:
    class Heavy(Idler):
        def __init__(self, environment: Environment) -> None:
            super().__init__(environment)
            time.sleep(0.006)  # a session, say
            made.append(self)

    made: list[Heavy] = []
    turns: list[int] = []

    def look() -> None:
        while True:
            turns.append(len(made))
            gevent.sleep(0)

    looker = gevent.spawn(look)
    pool.begin([Heavy])
    pool.meet({Heavy: 30})
    looker.kill()
    assert max(later - earlier for earlier, later in pairwise([*turns, 30])) * 0.006 < 0.1
    assert pool.user_count == 30
