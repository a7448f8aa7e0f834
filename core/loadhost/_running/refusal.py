"""What a runner refuses to start: numbers that can't be, and users that can't run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from loadhost._patch import is_patched
from loadhost._users.tag import TagFilter, known_tags
from loadhost.exception import UsageError


def check_load(user_count: Any, spawn_rate: Any) -> None:
    """Raise UsageError for a number of users or a spawn rate that is not possible."""
    if not isinstance(user_count, int) or isinstance(user_count, bool) or user_count < 0:
        raise UsageError(f"users: {user_count!r} is not possible; give a whole number, 0 or more")
    is_number = isinstance(spawn_rate, int | float) and not isinstance(spawn_rate, bool)
    if not (is_number and spawn_rate > 0 and math.isfinite(spawn_rate)):
        raise UsageError(f"spawn rate: {spawn_rate!r} is not possible; give a number of users per second above 0")


def check_users(user_classes: Sequence[Any], user_count: int) -> None:
    """Raise UsageError if no such user can be made, or if they would block each other."""
    if user_count and not any(cls.weight > 0 or cls.fixed_count for cls in user_classes):
        names = ", ".join(cls.__name__ for cls in user_classes)
        raise UsageError(
            f"no user can be made of {names}: give one of them a weight above 0, or a fixed_count"
            if names
            else "there is no user class: give Environment(user_classes=[...])"
        )
    _check_patch(user_classes, user_count)


def check_chosen(user_classes: Sequence[Any], known: Sequence[Any], user_count: int) -> None:
    """Raise UsageError for a class that is none of the run's, and if no user can be made of those chosen."""
    for cls in user_classes:
        if cls not in known:
            names = ", ".join(each.__name__ for each in known)
            raise UsageError(
                f"user_classes: {cls!r} is none of those of the Environment: {names}; give it those as well"
            )
    if not user_classes:
        raise UsageError("user_classes is empty: name some of the Environment's, or leave it out for all of them")
    check_users(user_classes, user_count)


def check_max_users(max_users: Any) -> None:
    """Raise UsageError for a limit of users that is not possible."""
    if not isinstance(max_users, int) or isinstance(max_users, bool) or max_users < 1:
        raise UsageError(f"max users: {max_users!r} is not possible; give a whole number, 1 or more")


def classes_with_tasks(user_classes: Sequence[Any], tags: TagFilter) -> list[type]:
    """The user classes that have tasks left. Raises UsageError if there are classes, and none has.

    A class that has no tasks at all chooses them in a way of its own (`get_next_task`): it stays.
    """
    if not tags:
        return list(user_classes)
    left = [cls for cls in user_classes if not cls.tasks or tags.tasks_of(cls)]
    if user_classes and not left:
        names = ", ".join(cls.__name__ for cls in user_classes)
        known = ", ".join(sorted(set().union(*map(known_tags, user_classes)))) or "none"
        raise UsageError(f"no task is left of {names} with {tags}; tags in use: {known}")
    return left


def check_weights(user_classes: Sequence[Any]) -> None:
    """Raise UsageError if there is no class that an arrival could be given to."""
    check_users(user_classes, 2)
    if not any(cls.weight > 0 for cls in user_classes):
        names = ", ".join(cls.__name__ for cls in user_classes)
        raise UsageError(f"arrivals are shared out by weight, and {names} has none: give one class a weight above 0")


def _check_patch(user_classes: Sequence[Any], user_count: int) -> None:
    if user_count > 1 and not is_patched() and any(getattr(cls, "needs_patch", False) for cls in user_classes):
        raise UsageError(
            "more than one HttpUser needs gevent's patching: call loadhost.patch() as the first line of the "
            "program, before requests or anything else that does networking is imported"
        )
