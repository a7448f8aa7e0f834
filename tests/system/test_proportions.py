"""A thousand users of four classes on a ramp up and down: the share of each is exact, to one user, at every step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import gevent
from loadhost import Environment, PluginManager, User, constant, task

USERS, PER_SECOND, FIXED = 1000, 400, 25


class Reader(User):
    """Weight 1; the others are of the same kind."""

    wait_time = constant(600)

    @task
    def nothing(self) -> None:
        pass


class Buyer(Reader):
    """Two and a half times as many."""

    weight = 2.5


class Searcher(Reader):
    """Seven times as many."""

    weight = 7


class Watchdog(Reader):
    """A fixed number, before all others."""

    fixed_count = FIXED


WEIGHTS = {"Reader": Fraction(1), "Buyer": Fraction("2.5"), "Searcher": Fraction(7)}


def off_by(counts: dict[str, int]) -> Fraction:
    """How far the class that is farthest is from its exact share, in users."""
    rest = sum(counts.values()) - counts["Watchdog"]
    shares = {name: rest * weight / sum(WEIGHTS.values()) for name, weight in WEIGHTS.items()}
    return max(abs(counts[name] - share) for name, share in shares.items())


def seen_until(runner: Any, target: int) -> dict[int, dict[str, int]]:
    """{users: users by class}, at every step of the ramp that could be seen, until the target is reached."""
    spawner, seen = runner._run.load._spawner, {}
    with gevent.Timeout(60):
        while not (runner.state == "running" and runner.user_count == target):
            counts = dict(runner.user_classes_count)
            if sum(counts.values()) == spawner._wanted:  # else it is in the middle of a step
                seen[spawner._wanted] = counts
            gevent.sleep(0.001)
    return seen


def test_the_share_of_each_class_is_exact_to_one_user_at_every_step_up_and_down(loadhost_manager: PluginManager):
    classes = [Reader, Buyer, Searcher, Watchdog]
    runner = Environment(user_classes=classes, plugin_manager=loadhost_manager).create_local_runner()
    runner.start(USERS, PER_SECOND)
    up = seen_until(runner, USERS)
    at_the_top = dict(runner.user_classes_count)
    runner.start(1, PER_SECOND)
    down = seen_until(runner, 1)
    runner.quit()
    for seen in (up, down):
        assert len(seen) > 100  # a machine that stalls takes larger steps; there are up to 200 a second
        assert max(off_by(counts) for counts in seen.values()) < 1
        assert all(counts["Watchdog"] == min(users, FIXED) for users, counts in seen.items())
    assert at_the_top == {"Reader": 93, "Buyer": 232, "Searcher": 650, "Watchdog": FIXED}
