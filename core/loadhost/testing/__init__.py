"""The test kit for plugin authors, and for loadhost itself: run loadfiles, record hook calls, and a shop to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadhost.testing._outcome import RunOutcome
    from loadhost.testing._recorder import HookCall, Recorder
    from loadhost.testing._run import LoadhostRun
    from loadhost.testing._running import RunningLoadhost
    from loadhost.testing._shop import Shop, ShopError, ShopRequest

# Name -> module, imported on first use: pytest loads this package in every run of everybody who installed loadhost.
_HOMES = {
    "HookCall": "loadhost.testing._recorder",
    "LoadhostRun": "loadhost.testing._run",
    "Recorder": "loadhost.testing._recorder",
    "RunOutcome": "loadhost.testing._outcome",
    "RunningLoadhost": "loadhost.testing._running",
    "Shop": "loadhost.testing._shop",
    "ShopError": "loadhost.testing._shop",
    "ShopRequest": "loadhost.testing._shop",
}

__all__ = [
    "HookCall",
    "LoadhostRun",
    "Recorder",
    "RunOutcome",
    "RunningLoadhost",
    "Shop",
    "ShopError",
    "ShopRequest",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'loadhost.testing' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
