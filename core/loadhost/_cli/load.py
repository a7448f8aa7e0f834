"""Which load the settings ask for: users, stages, an arrival rate, or a shape of the loadfile; and its start."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._config import Config
    from loadhost.runners import LocalRunner

logger = logging.getLogger("loadhost.runners")

# Options that each ask for a load of their own kind: two of them can't both be had.
_KINDS = {"rate": ("users", "spawn_rate", "stages"), "stages": ("users", "spawn_rate")}


def choose_shape(modules: Sequence[ModuleType], config: Config) -> Any:
    """An instance of the LoadTestShape that the loadfiles have, or None. Raises UsageError for more than one."""
    from loadhost._users.shape import LoadTestShape

    shapes = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, LoadTestShape) and not value.abstract
    }
    if not shapes:
        return None
    if len(shapes) > 1:
        names = ", ".join(sorted(shape.__name__ for shape in shapes))
        raise UsageError(f"there is more than one shape: {names}; set abstract = True on all but one")
    shape = shapes.pop()
    if shape.tick is LoadTestShape.tick and shape.arrival_rate is LoadTestShape.arrival_rate:
        raise UsageError(f"{shape.__name__} is empty: define tick (users, spawn rate) or arrival_rate")
    given = [name for name in ("users", "spawn_rate", "rate", "stages") if _is_set(config, name)]
    if given and not shape.use_common_options:
        raise UsageError(
            f"{shape.__name__} decides on the load, so {_flag(given[0])} does not go with it; "
            "leave it out, or set use_common_options = True on the shape and read it there"
        )
    return shape()


def check_load_options(config: Config) -> None:
    """Refuse options that ask for two kinds of load at once, with UsageError."""
    for kind, others in _KINDS.items():
        for other in others:
            if _is_set(config, kind) and _is_set(config, other):
                raise UsageError(f"{_flag(kind)} and {_flag(other)} don't go together; give one of them")
    if _is_set(config, "max_users") and not _is_open(config):
        raise UsageError("--max-users is for arrivals; give it together with --rate 500/s or --stages '1m:500/s'")


def start_load(runner: LocalRunner, config: Config) -> None:
    """Begin the run."""
    from loadhost._running.stages import constant_rate

    options = config.options
    stages = constant_rate(options.rate) if options.rate else options.stages
    if runner.environment.shape_class is not None:
        runner.start_shape()
    elif stages is not None:
        if stages.arrivals:
            logger.info("arrivals begin iterations when they are due: wait_time is ignored")
        runner.start_stages(stages, options.max_users)
    else:
        runner.start(options.users, options.spawn_rate)


def _is_open(config: Config) -> bool:
    options = config.options
    return bool(options.rate or (options.stages and options.stages.arrivals))


def _is_set(config: Config, name: str) -> bool:
    return config.source(name) != "default"


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
