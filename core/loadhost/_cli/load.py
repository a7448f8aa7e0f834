"""Which load the settings ask for: users, stages, an arrival rate, or a shape of the loadfile; and its start."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from loadhost._config import COMMAND_LINE, CONFIG_FILE, ENVIRONMENT
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._config import Config
    from loadhost._users.shape import LoadTestShape
    from loadhost.runners import LocalRunner

# Options that ask for a load, and of which kind. Those of two kinds can't both be had.
_KINDS = {"users": "users", "spawn_rate": "users", "stages": "stages", "rate": "rate"}
_LAYERS = (CONFIG_FILE, ENVIRONMENT, COMMAND_LINE)


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
    if shape.tick is not LoadTestShape.tick and shape.arrival_rate is not LoadTestShape.arrival_rate:
        raise UsageError(f"{shape.__name__} has both tick (users) and arrival_rate; define one of them")
    given = [name for name in _KINDS if _layer(config, name) >= 0]
    if given and not shape.use_common_options:
        raise UsageError(
            f"{shape.__name__} decides on the load, so {_flag(given[0])} does not go with it; "
            "leave it out, or set use_common_options = True on the shape and read it there"
        )
    try:
        return shape()
    except Exception as error:
        raise UsageError(f"{shape.__name__} could not be made: {type(error).__name__}: {error}") from error


def choose_kind(config: Config, shape: LoadTestShape | None) -> str:
    """Which load is asked for: "shape", "users", "stages" or "rate".

    An option of the command line goes before a variable, that before the configuration file. Raises UsageError if one
    of these asks for two kinds at once, and for --max-users without arrivals.
    """
    kind, highest = "shape", -1
    if shape is None:
        kind, highest = _highest_kind(config)
    limit = _layer(config, "max_users")
    if limit >= max(highest, 0) and not _is_open(kind, config, shape):
        raise UsageError(
            "--max-users is for arrivals: give it with --rate 500/s, --stages '1m:500/s' or a shape with arrival_rate"
        )
    return kind


def most_users(kind: str, config: Config) -> int:
    """How many users there may be at once, as far as it is known before the run: a shape decides as it goes."""
    options = config.options
    if kind == "rate" or (kind == "stages" and options.stages.arrivals):
        return int(options.max_users)
    if kind == "stages":
        return int(max(stage.target for stage in options.stages.stages))
    return int(options.users) if kind == "users" else 0


def start_load(runner: LocalRunner, config: Config) -> None:
    """Begin the run."""
    from loadhost._running.stages import constant_rate

    options, shape = config.options, runner.environment.shape_class
    kind = choose_kind(config, shape)
    if kind == "shape":
        runner.start_shape(options.max_users)
    elif kind == "rate":
        runner.start_stages(constant_rate(options.rate), options.max_users)
    elif kind == "stages":
        runner.start_stages(options.stages, options.max_users)
    else:
        runner.start(options.users, options.spawn_rate)


def _highest_kind(config: Config) -> tuple[str, int]:
    given = {name: _layer(config, name) for name in _KINDS}
    highest = max(given.values())
    names = [name for name, layer in given.items() if layer == highest >= 0]
    if len({_KINDS[name] for name in names}) > 1:
        other = next(name for name in names if _KINDS[name] != _KINDS[names[0]])
        raise UsageError(f"{_flag(other)} and {_flag(names[0])} don't go together; give one of them")
    return (_KINDS[names[0]] if names else "users"), highest


def _is_open(kind: str, config: Config, shape: LoadTestShape | None) -> bool:
    from loadhost._running.shape_driver import decides_on_arrivals

    if kind == "shape":
        return shape is not None and decides_on_arrivals(shape)
    return kind == "rate" or (kind == "stages" and config.options.stages.arrivals)


def _layer(config: Config, name: str) -> int:
    """How much weight the place has that an option was set in; -1 if nobody set it."""
    source = config.source(name)
    return _LAYERS.index(source) if source in _LAYERS else -1


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
