"""Steps 4 and 5: find the loadfiles among the arguments, import and register them, and find their user classes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

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
    for word in words:
        if word.lstrip()[:1] in ("{", "["):  # Locust takes several behind one --config-users
            raise UsageError(
                f"{word[:40]} is no loadfile and no user class; give each JSON a --config-users of its own"
            )
    named = [
        *(place for text in flagged for place in _split(text, folder)),
        *(word for word in words if is_place(word, folder)),
    ]
    names = tuple(word for word in words if not is_place(word, folder))
    places = named or [place for text in configured for place in _split(text, folder)]
    files = [file for place in places for file in _expand(place, folder)]
    return Targets(tuple(dict.fromkeys(files or [_default(folder, names)])), names)


def is_place(word: str, folder: Path) -> bool:
    """Whether a positional word means a loadfile or a folder of them."""
    return word.endswith(".py") or "/" in word or (folder / word).is_dir()


def _split(text: str, folder: Path) -> list[str]:
    """`-f a.py,b.py`, as Locust takes it. A file may have a comma in its name."""
    return [text] if (folder / text).exists() else [place.strip() for place in text.split(",") if place.strip()]


def _expand(place: str, folder: Path) -> list[Path]:
    if "://" in place:
        raise UsageError(f"loadfile {place} is an address; download it first, and give the path of the file")
    path = folder / place
    if path.is_dir():
        files = list(_files_below(path.resolve()))
        if not files:
            raise UsageError(f"folder {place} has no loadfile; a loadfile ends in .py and doesn't start with _")
        return files
    if not path.exists():
        siblings = sorted(file.name for file in path.parent.glob("*.py")) if path.parent.is_dir() else []
        raise UsageError(f"loadfile {place} does not exist{did_you_mean(path.name, siblings)}")
    if not place.endswith(".py"):
        raise UsageError(f"loadfile {place} is not a Python file; its name must end in .py")
    return [path.resolve()]


def _files_below(folder: Path) -> Iterator[Path]:
    """The loadfiles of a folder in the order of their names, then those of its folders. Virtual environments are not
    looked into, nor are folders that begin with _ or a dot."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    visible = [entry for entry in entries if not entry.name.startswith(("_", "."))]
    for entry in visible:
        if entry.name.endswith(".py") and entry.is_file():
            yield Path(entry.path).resolve()
    for entry in visible:
        if entry.is_dir(follow_symlinks=False) and not Path(entry.path, "pyvenv.cfg").exists():
            yield from _files_below(Path(entry.path))


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
    known = set(sys.modules)
    return [_load(manager, file, known) for file in files]


def _load(manager: PluginManager, file: Path, known: set[str]) -> ModuleType:
    from loadhost._plugins.loading import LoadfileError, load_loadfile

    try:
        imported = _imported_by_another(file, known)
        if imported is None:
            return load_loadfile(manager, file)
        manager.register(imported, manager.free_name(file.name), origin="loadfile")
        return imported
    except LoadfileError:
        raise
    except PluginError as error:
        # It was imported, so it is no plugin that broke but a hook that is misspelt or takes an unknown argument.
        raise UsageError(str(error)) from error


def _imported_by_another(file: Path, known: set[str]) -> ModuleType | None:
    """What one loadfile imports from another is not run again: its classes and listeners would be there twice."""
    for name, module in list(sys.modules.items()):
        if name not in known and getattr(module, "__file__", None) == str(file):
            return module
    return None
