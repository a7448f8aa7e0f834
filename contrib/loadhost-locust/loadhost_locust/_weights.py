"""--equal-weights: every class as likely as the others, and every task in its class or TaskSet."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from loadhost import TaskSet


def equal_weights(classes: Iterable[Any]) -> None:
    """Set the weights, and leave each task once; a nested TaskSet stays one task of the class it is in."""
    for cls in classes:
        cls.weight = 1
        _once_each(cls)


def _once_each(owner: Any) -> None:
    owner.tasks = list(dict.fromkeys(owner.tasks))
    for task in owner.tasks:
        if inspect.isclass(task) and issubclass(task, TaskSet):
            _once_each(task)
