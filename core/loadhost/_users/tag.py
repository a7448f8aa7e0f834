"""The `@tag` decorator, and which tasks are left by --tags and --exclude-tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from loadhost.exception import UsageError

_T = TypeVar("_T", bound=Callable[..., Any])
Tags = frozenset[str]

_TAGS = "loadhost_tags"
NO_TAGS: Tags = frozenset()


def tag(*tags: str) -> Callable[[_T], _T]:
    """Give a task, or all tasks of a TaskSet or User, names to choose them by: `@tag("slow", "checkout")`.

    With --tags only tasks run that have one of those; with --exclude-tags none that has one of those.
    """
    if not tags or not all(isinstance(each, str) and each for each in tags):
        given = ", ".join(getattr(each, "__name__", repr(each)) for each in tags)
        raise UsageError(f"@tag({given}) has no name: write @tag('checkout'), with one name or several")
    return lambda decorated: _mark(decorated, frozenset(tags))


def _mark(decorated: _T, tags: Tags) -> _T:
    setattr(decorated, _TAGS, own_tags(decorated) | tags)
    return decorated


def own_tags(candidate: object) -> Tags:
    """What `@tag` gave to this very function or class; a base's tags belong to the base."""
    tags = getattr(candidate, "__dict__", {}).get(_TAGS, NO_TAGS)
    return tags if isinstance(tags, frozenset) else NO_TAGS


def inherited_tags(owner: type) -> dict[Any, Tags]:
    """{task: tags} for the tasks that a class has from bases that are tagged: the class itself is not."""
    found: dict[Any, Tags] = {}
    for base in owner.__bases__:
        handed_on = getattr(base, "_inherited_tags", {})
        for task in getattr(base, "tasks", None) or ():
            if tags := own_tags(base) | handed_on.get(task, NO_TAGS):
                found[task] = found.get(task, NO_TAGS) | tags
    return found


class TagFilter:
    """Which tasks a class has left. Classes stay as they are, so that a run with other tags can follow.

    A task's tags are its own, and those of every TaskSet that it is in; a TaskSet is left if one of its tasks is. A
    MarkovTaskSet is one task, for a chain with a link missing is none.
    """

    def __init__(self, include: Iterable[str] | None, exclude: Iterable[str] | None) -> None:
        """None, or nothing, to `include` is any task; tasks without a tag are included by no name."""
        self.include, self.exclude = frozenset(include or ()), frozenset(exclude or ())
        self._left: dict[tuple[type, Tags], list[Any]] = {}

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)

    def __str__(self) -> str:
        """As on the command line."""
        return " ".join(
            f"{option} {','.join(sorted(tags))}"
            for option, tags in (("--tags", self.include), ("--exclude-tags", self.exclude))
            if tags
        )

    def forget(self) -> None:
        """Look at the classes again: their tasks may have been changed since the last run."""
        self._left.clear()

    def tasks_of(self, holder: Any, above: Tags = NO_TAGS) -> list[Any]:
        """The tasks that are left of a User or TaskSet class, each as often as it weighs.

        `above`: the tags that it has from where it is nested.
        """
        if not self:
            return list(holder.tasks)
        key = (holder, above)
        if key not in self._left:
            self._left[key] = [task for task in holder.tasks if self._passes(task, tags_of(task, holder, above), set())]
        return self._left[key]

    def _passes(self, task: Any, tags: Tags, seen: set[tuple[Any, Tags]]) -> bool:
        """Whether a task is left, a TaskSet for one in it. `seen`: those looked into, for they may hold each other."""
        if is_holder(task) and task.tasks and not task._is_one_task:
            if (task, tags) in seen:
                return False
            seen.add((task, tags))
            return any(self._passes(inner, tags_of(inner, task, tags), seen) for inner in task.tasks)
        return not (self.include and not tags & self.include) and not tags & self.exclude


def is_holder(task: Any) -> bool:
    """Whether a task is a TaskSet class, not a function."""
    return isinstance(task, type) and hasattr(task, "tasks")


def tags_of(task: Any, holder: Any, above: Tags = NO_TAGS) -> Tags:
    """All tags of a task, as it stands in `holder`, which has those `above` from where it is nested."""
    inherited: Tags = holder._inherited_tags.get(task, NO_TAGS)
    return own_tags(task) | own_tags(holder) | above | inherited


def known_tags(holder: Any) -> set[str]:
    """Every tag that a task of this class has."""
    found: set[str] = set()
    seen, coming = {holder}, [holder]
    while coming:
        each = coming.pop()
        for task in dict.fromkeys(each.tasks):
            found |= tags_of(task, each)
            if is_holder(task) and task not in seen:  # two TaskSets may hold each other
                seen.add(task)
                coming.append(task)
    return found
