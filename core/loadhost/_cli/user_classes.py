"""The user classes of the loadfiles: which there are, which of them run, and who has a name already."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from loadhost._options.convert import did_you_mean
from loadhost.exception import UsageError


def choose_user_classes(
    modules: Sequence[ModuleType], names: Sequence[str], *, hint: Callable[[str], str] = lambda name: ""
) -> list[type[Any]]:
    """The user classes that the loadfiles have and that are not abstract; with `names`, just those, in their order.

    `hint(name)`: what to say of a name that none of them has, if nothing better is known.
    """
    found = find_user_classes(modules)
    files = ", ".join(str(getattr(module, "__file__", module.__name__)) for module in modules)
    if not found:
        raise UsageError(f"{files} has no user class; write one: class MyUser(HttpUser), with a @task")
    for name in names:
        if name not in found:
            near = _loadfile_without_ending(name) or did_you_mean(name, found) or hint(name)
            raise UsageError(f"{files} has no user class '{name}'; it has {', '.join(sorted(found))}{near}")
    return [found[name] for name in dict.fromkeys(names or found)]


def find_user_classes(modules: Sequence[ModuleType]) -> dict[str, type[Any]]:
    """All that are not abstract, by name, in the order of the files. Raises UsageError for a name that two have."""
    found: dict[str, type[Any]] = {}
    variables: dict[str, str] = {}
    for module in modules:
        for variable, user_class in _user_classes(module):
            name = user_class.__name__
            other = found.setdefault(name, user_class)
            before = variables.setdefault(name, variable)
            if other is not user_class and (other.__module__ == user_class.__module__ or _differ(other, user_class)):
                raise UsageError(_clash(name, (other, before), (user_class, variable)))
    return found


def file_of(user_class: type) -> str:
    """The file that defines a class, as a person would name it."""
    path = getattr(sys.modules.get(user_class.__module__), "__file__", None)
    if path is None:
        return user_class.__module__
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else str(path)


def _user_classes(module: ModuleType) -> Iterator[tuple[str, type[Any]]]:
    from loadhost._users.user import User

    for variable, value in vars(module).items():
        if inspect.isclass(value) and issubclass(value, User) and not value.abstract:
            yield variable, value


def _differ(one: type, other: type) -> bool:
    """Whether two classes of one name come from different files. One file may have been imported by two names."""
    return file_of(one) != file_of(other)


def _clash(name: str, first: tuple[type, str], second: tuple[type, str]) -> str:
    one, other = file_of(first[0]), file_of(second[0])
    if one == other:
        return f"{one} has two user classes that are named {name} ({first[1]} and {second[1]}); give each its own name"
    return f"two user classes are named {name}, one in {one} and one in {other}; rename one of them"


def _loadfile_without_ending(name: str) -> str:
    return f"; to run the loadfile {name}.py, write its whole name" if Path(f"{name}.py").is_file() else ""
