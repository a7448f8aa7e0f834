"""The `@task` decorator, and how a class's tasks are gathered into one flat list."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, TypeVar, overload

from loadhost.exception import UsageError

_T = TypeVar("_T", bound=Callable[..., Any])

_WEIGHT = "loadhost_task_weight"

logger = logging.getLogger(__name__)


@overload
def task(weight: _T) -> _T: ...
@overload
def task(weight: int = 1) -> Callable[[_T], _T]: ...
def task(weight: Any = 1) -> Any:
    """Make a method of a User or TaskSet, or a TaskSet class inside one, a task: `@task`, or `@task(3)`.

    A task of weight 3 is chosen three times as often as one of weight 1; one of weight 0 never.
    """
    if callable(weight):
        return _mark(weight, 1)
    return lambda function: _mark(function, weight)


def _mark(function: Any, weight: Any) -> Any:
    name = getattr(function, "__name__", repr(function))
    _check_weight(weight, f"@task({weight!r}) of {name}")
    if name in ("on_start", "on_stop"):
        logger.warning("%s is marked with @task: it will be called as a task, too. Take the @task away.", name)
    setattr(function, _WEIGHT, weight)
    return function


def weight_of(candidate: object) -> int | None:
    """The weight that `@task` gave to this, None if it isn't marked."""
    weight = getattr(candidate, _WEIGHT, None) if callable(candidate) else None
    return weight if isinstance(weight, int) else None


def gather_tasks(owner: type) -> list[Any]:
    """All tasks of a class, each as often as it weighs: those of its bases, of its `tasks`, then those of `@task`.

    As in Locust a base's task stays in the list when a subclass defines a task of the same name.
    """
    found = [each for base in owner.__bases__ for each in getattr(base, "tasks", None) or ()]
    found += expand_tasks(owner.__name__, vars(owner).get("tasks"))
    for name, value in vars(owner).items():
        found += [value] * _weight_in(owner, name, value)
    return found


def gather_in_order(owner: type) -> list[Any]:
    """As `gather_tasks`, but what `tasks` lists stands at the place where the class body sets it."""
    found = [each for base in owner.__bases__ for each in getattr(base, "tasks", None) or ()]
    for name, value in vars(owner).items():
        found += expand_tasks(owner.__name__, value) if name == "tasks" else [value] * _weight_in(owner, name, value)
    return found


def expand_tasks(owner: str, tasks: Any) -> list[Any]:
    """A flat list from what `tasks` may be: a list of tasks or (task, weight) pairs, a {task: weight} dict, None."""
    if tasks is None:
        return []
    pairs = tasks.items() if isinstance(tasks, Mapping) else tasks
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise UsageError(f"{owner}.tasks = {tasks!r}: give a list of functions or TaskSets, or {{task: weight}}")
    found: list[Any] = []
    for entry in pairs:
        each, weight = entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, 1)
        if not callable(each):
            raise UsageError(f"{owner}.tasks holds {each!r}: a task is a function or a TaskSet class")
        _check_weight(weight, f"The weight {weight!r} of {getattr(each, '__name__', each)} in {owner}.tasks")
        found += [each] * weight
    return found


def refuse_unawaited(owner: type, functions: Iterable[Any]) -> None:
    """Refuse functions that a call alone doesn't run, with UsageError: the test would pass, having done nothing."""
    for function in functions:
        has_yield = isgeneratorfunction(function)
        if has_yield or iscoroutinefunction(function) or isasyncgenfunction(function):
            raise UsageError(
                f"{owner.__name__}.{getattr(function, '__name__', function)} "
                f"{'has a yield' if has_yield else 'is async'}, so that nothing would run it: write a plain function; "
                "a user that waits for an answer lets others go on by itself"
            )


def _weight_in(owner: type, name: str, value: object) -> int:
    weight = weight_of(value)
    if weight is not None and name in owner._reserved:  # type: ignore[attr-defined]  # TaskLoop has it; `type` doesn't know
        raise UsageError(f"{owner.__name__}.{name} is marked with @task, but {name!r} is loadhost's own: rename it")
    return weight or 0


def _check_weight(weight: object, what: str) -> None:
    if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0:
        raise UsageError(f"{what} is not possible: a weight is a whole number, 0 or more")
