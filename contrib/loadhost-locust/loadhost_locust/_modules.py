"""StandIn: a module of Locust's name whose contents are loadhost's, looked up when they are first used."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from types import ModuleType
from typing import Any

from loadhost_locust._absent import NO_EFFECT, absent_name, is_known
from loadhost_locust._names import HOMES

logger = logging.getLogger("loadhost.locust")


class StandIn(ModuleType):
    """Says by name what loadhost does not have, and warns of a setting that would have no effect."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"{name}, as far as loadhost has it.")
        vars(self)["__all__"] = sorted(name for name in HOMES[name] if not name.startswith("_"))

    def __getattr__(self, name: str) -> Any:
        home = HOMES[self.__name__].get(name)
        if home is not None:
            value = vars(self)[name] = pkgutil.resolve_name(home)
            return value
        if f"{self.__name__}.{name}" in HOMES:  # Locust imports its modules by itself, so that locust.stats is there
            return importlib.import_module(f"{self.__name__}.{name}")
        if is_known(self.__name__, name):
            # An ImportError, because that is what `from locust import x` lets through with its text: of an
            # AttributeError it makes one of its own, which only says that there is no such name.
            raise ImportError(absent_name(self.__name__, name), name=self.__name__)
        raise AttributeError(f"module '{self.__name__}' (of loadhost-locust) has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, StandIn) and name in HOMES[self.__name__]:
            return  # the import system sets locust.user.task, the module; in Locust, too, the decorator has the name
        advice = NO_EFFECT.get(f"{self.__name__}.{name}")
        if advice:
            logger.warning("%s.%s has no effect in loadhost: %s", self.__name__, name, advice)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *HOMES[self.__name__]})
