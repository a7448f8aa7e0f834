"""Steps 4 and 5: find the loadfiles among the arguments, import and register them, and find their user classes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from loadhost._options.convert import did_you_mean
from loadhost.exception import PluginError, UsageError

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager

DEFAULTS = ("loadfile.py", "locustfile.py")


@dataclass(frozen=True)
class Targets:
    """What the positional words mean: loadfiles, in order, and names of user classes."""

    loadfiles: tuple[Path, ...]
    class_names: tuple[str, ...]


def find_targets(words: Sequence[str], flagged: Sequence[str], configured: Sequence[str], folder: Path) -> Targets:
    """Tell loadfiles from names of user classes.

    `flagged`: those given by -f, which come first. `configured`: those to take if the command line names none.
    """
    named = [*flagged, *(word for word in words if is_place(word, folder))]
    names = tuple(word for word in words if not is_place(word, folder))
    files = [file for place in named or configured for file in _expand(place, folder)]
    return Targets(tuple(dict.fromkeys(files or [_default(folder, names)])), names)


def is_place(word: str, folder: Path) -> bool:
    """Whether a positional word means a loadfile or a folder of them."""
    return word.endswith(".py") or "/" in word or (folder / word).is_dir()


def _expand(place: str, folder: Path) -> list[Path]:
    path = folder / place
    if path.is_dir():
        files = sorted(file for file in path.glob("*.py") if not file.name.startswith("_"))
        if not files:
            raise UsageError(f"folder {place} has no loadfile; a loadfile ends in .py and doesn't start with _")
        return [file.resolve() for file in files]
    if not path.exists():
        siblings = sorted(file.name for file in path.parent.glob("*.py")) if path.parent.is_dir() else []
        raise UsageError(f"loadfile {place} does not exist{did_you_mean(path.name, siblings)}")
    if not place.endswith(".py"):
        raise UsageError(f"loadfile {place} is not a Python file; its name must end in .py")
    return [path.resolve()]


def _default(folder: Path, names: Sequence[str]) -> Path:
    for name in DEFAULTS:
        if (folder / name).is_file():
            return (folder / name).resolve()
    if names and (folder / f"{names[0]}.py").is_file():
        raise UsageError(f"there is no loadfile '{names[0]}'; did you mean {names[0]}.py?")
    raise UsageError(
        f"there is no loadfile: name one (loadhost run my_loadfile.py), or create {DEFAULTS[0]} in {folder}"
    )


def load_all(manager: PluginManager, files: Sequence[Path]) -> list[ModuleType]:
    """Import and register every loadfile. Raises LoadfileError for one that raises, UsageError for a wrong one."""
    return [_load(manager, file) for file in files]


def _load(manager: PluginManager, file: Path) -> ModuleType:
    from loadhost._plugins.loading import LoadfileError, load_loadfile

    try:
        return load_loadfile(manager, file)
    except LoadfileError:
        raise
    except PluginError as error:
        # It was imported, so it is no plugin that broke but a hook that is misspelt or takes an unknown argument.
        raise UsageError(str(error)) from error


def choose_user_classes(modules: Sequence[ModuleType], names: Sequence[str]) -> list[type[Any]]:
    """The user classes that the loadfiles have and that are not abstract; with `names`, just those, in their order."""
    found = {name: user_class for module in modules for name, user_class in _user_classes(module)}
    files = ", ".join(str(getattr(module, "__file__", module.__name__)) for module in modules)
    if not found:
        raise UsageError(f"{files} has no user class; write one: class MyUser(HttpUser), with a @task")
    unknown = [name for name in names if name not in found]
    if unknown:
        known = ", ".join(sorted(found))
        hint = did_you_mean(unknown[0], found)
        if Path(f"{unknown[0]}.py").is_file():
            hint = f"; to run the loadfile {unknown[0]}.py, write its whole name"
        raise UsageError(f"{files} has no user class '{unknown[0]}'; it has {known}{hint}")
    return [found[name] for name in dict.fromkeys(names or found)]


def _user_classes(module: ModuleType) -> list[tuple[str, type[Any]]]:
    from loadhost._users.user import User

    return [
        (value.__name__, value)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, User) and not value.abstract
    ]
