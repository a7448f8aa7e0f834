"""The parts of the core that hooks are given, as Protocols: the specs must not import the core."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from loadhost_hookspecs._options import Config
from loadhost_hookspecs._results import Mark, PluginHealth, PluginStatus


class WebUI(Protocol):
    """The web page: `app` is the Flask application."""

    app: Any


class Runner(Protocol):
    """Starts and stops users. `loadhost.runners.Runner` is the class."""

    @property
    def environment(self) -> Any:
        """The Environment it belongs to."""

    @property
    def state(self) -> str:
        """One of loadhost.runners.STATE_READY ("ready"), STATE_SPAWNING, STATE_RUNNING, ..."""

    @property
    def user_count(self) -> int:
        """Users alive now."""

    @property
    def target_user_count(self) -> int:
        """Users wanted once the ramp is done."""

    @property
    def user_classes_count(self) -> Mapping[str, int]:
        """Users alive now, by the name of their class."""

    def start(self, user_count: int, spawn_rate: float) -> None:
        """Begin a run, or change the target of the one under way."""

    def stop(self, reason: str | None = None) -> None:
        """End the run; the process lives on."""

    def quit(self, reason: str | None = None) -> None:
        """End the run, then the process."""


class Requests(Protocol):
    """The one door for every request, `environment.requests`."""

    def record(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int = 0,
        *,
        response: Any = None,
        context: Mapping[str, Any] | None = None,
        exception: BaseException | str | None = None,
        start_time: float | None = None,
        url: str | None = None,
    ) -> None:
        """Count one request and tell the plugins. Times in ms, length in bytes."""


class Marks(Protocol):
    """What happened in the run under way and when, `environment.marks`: a sequence of Mark, in order of adding.

    A mark is never changed or removed while the run lasts, so whoever wants the new ones keeps an index:
    `environment.marks[seen:]`. A run keeps 1,000 of them; what is beyond is counted in `dropped`.
    """

    dropped: int

    def add(self, kind: str, text: str, *, source: str = "loadfile", time_s: float | None = None) -> None:
        """Record that something happened, now or at `time_s` (epoch seconds). `source`: the plugin's name."""

    def __getitem__(self, index: slice) -> Sequence[Mark]:
        """A part of them."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[Mark]:
        """One after the other."""


class Environment(Protocol):
    """What belongs together in one run. `loadhost.Environment` is the class.

    `statuses`: what plugins last answered to `loadhost_status`. `stop_timeout`: seconds users get to finish.
    """

    node: str
    run_id: str
    host: str | None
    runner: Any
    stats: Any
    metrics: Any
    requests: Any
    plugin_manager: Any
    web_ui: Any
    user_classes: list[type]
    shape_class: Any
    stop_timeout: float | None
    worker_index: int
    hub: Any
    statuses: Sequence[PluginStatus]
    process_exit_code: int | None

    @property
    def events(self) -> Any:
        """The hooks as Locust's events."""

    @property
    def marks(self) -> Marks:
        """What happened in the run under way, and when."""

    @property
    def config(self) -> Config:
        """The settings of this process."""

    @property
    def parsed_options(self) -> Namespace:
        """`config.options`."""

    def forget_numbers(self) -> None:
        """Statistics and metrics begin anew, and nobody is told: `reset_stats` tells."""

    @property
    def plugin_health(self) -> Sequence[PluginHealth]:
        """How every plugin fares just now."""


class User(Protocol):
    """One simulated user. `loadhost.User` is the class."""

    environment: Any
