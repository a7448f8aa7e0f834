"""The test kit for plugin authors, and for loadhost itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadhost.testing._shop import Shop, ShopError, ShopRequest

_HOMES = {
    "Shop": "loadhost.testing._shop",
    "ShopError": "loadhost.testing._shop",
    "ShopRequest": "loadhost.testing._shop",
}

__all__ = ["Shop", "ShopError", "ShopRequest"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'loadhost.testing' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
