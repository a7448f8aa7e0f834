"""What a spool remembers of the settings, so that it can be replayed: where to, never a secret."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from loadhost_hookspecs import Config

from loadhost_influx._settings import Settings

_PLACE = ("api", "database", "org", "bucket")
_NAMES = ("url", *_PLACE, "user", "run_id")


def to_store(settings: Settings) -> dict[str, str]:
    """Texts by name."""
    chosen = {name: str(value) for name in _NAMES if (value := getattr(settings, name))}
    chosen["verify"] = "yes" if settings.verify else "no"
    chosen["process"] = f"{os.getpid()} on {platform.node()}"
    chosen["began"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return chosen


def for_replay(stored: Mapping[str, str], config: Config) -> Settings:
    """As stored, but for what is given now; password and token are always given now. Raises UsageError."""

    def given(name: str) -> bool:
        return config.source(f"influx_{name}") != "default"

    def option(name: str) -> Any:
        return getattr(config.options, f"influx_{name}")

    chosen: dict[str, Any] = {name: stored.get(name) for name in ("url", "user", "run_id")}
    # A database of the stored API and a bucket of another one don't mix.
    if any(map(given, _PLACE)):
        chosen |= {name: option(name) for name in _PLACE}
    else:
        chosen |= {name: stored.get(name) for name in _PLACE}
    chosen |= {name: option(name) for name in ("url", "user") if given(name)}
    verify = option("verify") if given("verify") else stored.get("verify") != "no"
    chosen = {name: value for name, value in chosen.items() if value}
    given_now = {name: option(name) for name in ("password", "token", "create_database")}
    return Settings(**chosen, **given_now, verify=verify)
