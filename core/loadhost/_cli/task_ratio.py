"""`--show-task-ratio`: how often each user class and each task runs, as a tree or in Locust's JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadhost._running.allocation import Allocation
from loadhost._users.markov import MarkovTaskSet, shares_of
from loadhost._users.tag import TagFilter, is_holder, tags_of

Ratios = dict[str, dict[str, Any]]
"""{name: {"ratio": 0..1, "tasks": Ratios of what is inside, if it is no plain task}}."""


def class_shares(user_classes: Sequence[Any], users: int | None) -> dict[Any, float]:
    """The part of all users that each class has. Without a number of users: by weight, or what is fixed, if any is."""
    fixed = sum(cls.fixed_count for cls in user_classes)
    if users is None and not fixed:
        parts = {cls: float(cls.weight) for cls in user_classes}
    else:
        parts = {cls: float(n) for cls, n in Allocation(user_classes).counts(users or fixed).items()}
    whole = sum(parts.values()) or 1.0
    return {cls: part / whole for cls, part in parts.items()}


def ratios(shares: Mapping[Any, float], tags: TagFilter, *, total: bool) -> Ratios:
    """Each class with its tasks: as parts of what they are in, or (`total`) as parts of everything."""
    return {
        cls.__name__: {"ratio": share, "tasks": _inside(_Holder(cls), share if total else 1.0, tags, total)}
        for cls, share in shares.items()
    }


@dataclass(frozen=True)
class _Holder:
    """A User or TaskSet class where it stands: the tags it has from there, and what it is nested in."""

    cls: Any
    tags: frozenset[str] = frozenset()
    within: tuple[Any, ...] = ()

    def shares(self, tags: TagFilter) -> dict[Any, float]:
        """{task: its part}. Parts of 0 are shown as well."""
        if issubclass(self.cls, MarkovTaskSet):
            return shares_of(self.cls)
        tasks = tags.tasks_of(self.cls, self.tags)
        return {task: tasks.count(task) / len(tasks) for task in tasks}

    def nested(self, task: Any) -> _Holder:
        return _Holder(task, tags_of(task, self.cls, self.tags), (*self.within, self.cls))


def _inside(holder: _Holder, whole: float, tags: TagFilter, total: bool) -> Ratios:
    found: Ratios = {}
    for task, share in holder.shares(tags).items():
        ratio = whole * share
        row: dict[str, Any] = {"ratio": ratio}
        if is_holder(task) and task not in (*holder.within, holder.cls):  # one that holds itself would have no end
            row["tasks"] = _inside(holder.nested(task), ratio if total else 1.0, tags, total)
        found[getattr(task, "__name__", str(task))] = row
    return found


def as_json(shares: Mapping[Any, float], tags: TagFilter) -> str:
    """Locust's document: {"per_class": Ratios, "total": Ratios}."""
    document = {"per_class": ratios(shares, tags, total=False), "total": ratios(shares, tags, total=True)}
    return json.dumps(document, indent=4)


def as_tree(shares: Mapping[Any, float], tags: TagFilter) -> str:
    """One line per class and task: its part of all, its part of what it is in, and its name."""
    rows = list(_rows(ratios(shares, tags, total=False), ratios(shares, tags, total=True), 0))
    lines = ["of all   of its parent", *rows]
    return "\n".join(lines)


def _rows(per_class: Ratios, total: Ratios, depth: int) -> Iterator[str]:
    for name, row in per_class.items():
        yield f"{_percent(total[name]['ratio'])}  {_percent(row['ratio'])}  {'    ' * depth}{name}"
        yield from _rows(row.get("tasks", {}), total[name].get("tasks", {}), depth + 1)


def _percent(ratio: float) -> str:
    return f"{ratio * 100:6.2f} %"
