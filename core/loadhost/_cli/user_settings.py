"""`--config-users`: change attributes of user classes for this run, as Locust does, and refuse what can't be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from loadhost._options import checks
from loadhost._options.convert import did_you_mean
from loadhost._users.wait_time import is_number, prepare_wait_time
from loadhost.exception import UsageError

_NAME = "user_class_name"


def apply_user_settings(settings: Iterable[Mapping[str, Any]], found: Mapping[str, type[Any]]) -> None:
    """Set what each of the settings says on the class that it names. `found`: the user classes of the loadfiles."""
    for each in settings:
        name = each[_NAME]
        if name not in found:
            raise UsageError(
                f"--config-users: there is no user class '{name}'; there are {', '.join(sorted(found))}"
                f"{did_you_mean(name, found)}"
            )
        for key, value in each.items():
            if key != _NAME:
                _set(found[name], key, value)


def _set(user_class: type[Any], key: str, value: Any) -> None:
    label = f"--config-users: {user_class.__name__}.{key} = {value!r}"
    if key == "tasks":
        user_class.tasks = _tasks_named(user_class, value, label)
    elif key == "wait_time":
        if not is_number(value) or value < 0:
            raise UsageError(f"{label}: write seconds, a number of 0 or more")
        user_class.wait_time = value
        prepare_wait_time(user_class)
    elif key == "host":
        user_class.host = _host(value, label)
    else:
        setattr(user_class, key, _plain(user_class, key, value, label))


def _plain(user_class: type[Any], key: str, value: Any, label: str) -> Any:
    """A value for an attribute that the class has already; that it is a weight, say, is checked before the run."""
    known = [name for name in dir(user_class) if not name.startswith("_") and not callable(getattr(user_class, name))]
    if key not in known:
        raise UsageError(
            f"{label}: {user_class.__name__} has no attribute '{key}'"
            f"{did_you_mean(key, [*known, 'wait_time']) or '; such as weight, fixed_count, host, tasks'}"
        )
    before = getattr(user_class, key)
    if is_number(before) and not is_number(value):
        raise UsageError(f"{label}: write a number")
    return value


def _host(value: Any, label: str) -> str | None:
    if value is None:
        return None
    try:
        return checks.host(value)
    except (ValueError, AttributeError) as error:
        reason = error if isinstance(error, ValueError) else "write a text such as http://shop.test:8080"
        raise UsageError(f"{label}: {reason}") from None


def _tasks_named(user_class: type[Any], names: Any, label: str) -> list[Any]:
    """The tasks with these names, each as often as it weighs."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f'{label}: write a list of names, such as ["look", "buy"]')
    known = {_name_of(task): None for task in user_class.tasks}
    for name in names:
        if name not in known:
            raise UsageError(
                f"{label}: there is no task '{name}'; there are {', '.join(known) or 'none'}{did_you_mean(name, known)}"
            )
    if not names:
        raise UsageError(f"{label}: without a task a user can do nothing; name some of {', '.join(known)}")
    return [task for task in user_class.tasks if _name_of(task) in names]


def _name_of(task: Any) -> str:
    return getattr(task, "__name__", repr(task))  # a functools.partial has no name
