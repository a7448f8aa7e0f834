"""Hooks of users and their traffic. Those of a user's greenlet may raise control exceptions: StopUser, StopTest, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadhost_hookspecs._markers import tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from loadhost_hookspecs._figures import RequestSample
    from loadhost_hookspecs._protocols import Environment, User


@tell(in_user=True)
def loadhost_before_request(
    environment: Environment, request_type: str, name: str, url: str, context: Mapping[str, Any], user: User | None
) -> None:
    """A request is about to be sent. Costs nothing when nobody implements it.

    Node: local, worker. Greenlet: the user's. `request_type`: the method ("GET") or a custom client's own word.
    `name`: what it is counted under. `url`: the full address. `context`: the caller's and the user's own data.
    `user`: who sends it, None outside of users. If it raises: counted and logged, the request is sent; control
    exceptions reach the user.

    .. versionadded:: 0.1
    """


@tell(in_user=True)
def loadhost_request(
    environment: Environment,
    request_type: str,
    name: str,
    response_time: float,
    service_time: float,
    response_length: int,
    response: Any,
    context: Mapping[str, Any],
    exception: BaseException | None,
    start_time: float,
    url: str | None,
) -> None:
    """A request has ended, well or badly, and is counted.

    Locust's event `request`. Node: local, worker. Greenlet: the user's, so it must not block.
    `response_time`: ms, with the lateness of the iteration; `service_time`: ms, from send to arrival.
    `response_length`: bytes of the body. `response`: the client's own object, or None. `context`: the caller's and
    the user's own data. `exception`: None means success. `start_time`: epoch seconds UTC. `url`: the full address,
    or None. If it raises: counted and logged; control exceptions reach the user after every plugin has heard it.

    .. versionadded:: 0.1
    """


@tell(in_user=True)
def loadhost_request_success(
    environment: Environment,
    request_type: str,
    name: str,
    response_time: float,
    service_time: float,
    response_length: int,
    response: Any,
    context: Mapping[str, Any],
    exception: BaseException | None,
    start_time: float,
    url: str | None,
) -> None:
    """A request has succeeded: `loadhost_request` with `exception` None. The seed's own name.

    Node: local, worker. Greenlet: the user's. Arguments, units and failures as for `loadhost_request`.

    .. versionadded:: 0.1
    """


@tell(in_user=True)
def loadhost_request_failure(
    environment: Environment,
    request_type: str,
    name: str,
    response_time: float,
    service_time: float,
    response_length: int,
    response: Any,
    context: Mapping[str, Any],
    exception: BaseException,
    start_time: float,
    url: str | None,
) -> None:
    """A request has failed: `loadhost_request` with an `exception`. The seed's own name.

    Node: local, worker. Greenlet: the user's. Arguments, units and failures as for `loadhost_request`.

    .. versionadded:: 0.1
    """


@tell
def loadhost_samples(environment: Environment, samples: Sequence[RequestSample]) -> None:
    """The requests since the last call, as small records: the hook for exporters of single requests.

    When: at most every 100 ms, and once more before `loadhost_test_stop`. Node: local, worker. Greenlet: one of its
    own, so a slow exporter delays no user. `samples`: in the order of their ends. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell(in_user=True)
def loadhost_user_start(environment: Environment, user: User) -> None:
    """A user begins: it exists, its on_start has not run.

    Node: local, worker. Greenlet: the user's. If it raises: counted and logged; control exceptions reach the user.

    .. versionadded:: 0.1
    """


@tell
def loadhost_user_stop(environment: Environment, user: User) -> None:
    """A user has ended, for whatever reason; its on_stop has run.

    Node: local, worker. Greenlet: the user's, which ends next. If it raises: counted and logged.

    .. versionadded:: 0.1
    """


@tell(in_user=True)
def loadhost_user_error(
    environment: Environment, user_instance: User, exception: BaseException, tb: TracebackType | None
) -> None:
    """A task, on_start or on_stop let an exception out. It is counted. The user goes on, unless it was in on_start.

    Locust's event `user_error`. Node: local, worker. Greenlet: the user's. `tb`: the traceback.
    If it raises: counted and logged; control exceptions reach the user.

    .. versionadded:: 0.1
    """


@tell
def loadhost_users_changed(environment: Environment, user_count: int, user_classes_count: Mapping[str, int]) -> None:
    """The number of users changed. Told at most ten times a second, the last change always.

    Node: local, master, worker. Greenlet: one of its own. `user_count`: users alive.
    `user_classes_count`: {class name: users alive}. If it raises: counted and logged.

    .. versionadded:: 0.1
    """
