"""The import hook: a finder that answers `import locust` and its modules with loadhost's names."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from loadhost_locust._absent import absent_module
from loadhost_locust._modules import StandIn
from loadhost_locust._names import HOMES

LOCUST_VERSION = "2.47.0"
"""The Locust whose names these are; `locust.__version__` says so."""


class LocustFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and makes the modules of `locust`. One of our own that Locust has and loadhost has not says so."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer for `locust`, and for its submodules if `locust` is ours."""
        top, _, rest = fullname.partition(".")
        if top != "locust" or (rest and not isinstance(sys.modules.get("locust"), StandIn)):
            return None
        if fullname not in HOMES:
            raise ModuleNotFoundError(absent_module(fullname), name=fullname)
        is_package = any(name.startswith(fullname + ".") for name in HOMES)
        return importlib.machinery.ModuleSpec(fullname, self, origin="loadhost-locust", is_package=is_package)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """A module that looks its names up when they are used."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
        if module.__name__ == "locust":
            vars(module)["__version__"] = LOCUST_VERSION


_FINDER = LocustFinder()


def install(*, instead: bool = False) -> bool:
    """From now on `import locust` finds loadhost's names, if there is no Locust installed. True if that is new.

    `instead`: also if there is one.
    """
    if instead and not is_ours():
        _forget_modules()
    if _FINDER in sys.meta_path:
        if instead:
            sys.meta_path.remove(_FINDER)
            sys.meta_path.insert(0, _FINDER)
        return False
    # At the end of the path a Locust that is installed is found before.
    sys.meta_path.insert(0 if instead else len(sys.meta_path), _FINDER)
    return True


def uninstall() -> None:
    """End it: `import locust` means what it meant before. What was imported keeps working."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
    if is_ours():
        _forget_modules()


@contextmanager
def installed(*, instead: bool = False) -> Iterator[None]:
    """`with installed(): import my_locustfile`."""
    new = install(instead=instead)
    try:
        yield
    finally:
        if new:
            uninstall()


def is_ours() -> bool:
    """Whether `locust` has been imported, and is loadhost."""
    return isinstance(sys.modules.get("locust"), StandIn)


def _forget_modules() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "locust"]:
        del sys.modules[name]
