"""The one door for every request, ours or a stranger's client's: `environment.requests`."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from time import time
from types import MappingProxyType
from typing import Any

import gevent
from gevent import getcurrent
from loadhost_hookspecs import Environment, RequestSample

from loadhost.exception import CatchResponseError, ControlException
from loadhost.stats import error_text

BATCH_INTERVAL_S = 0.1
BATCH_LIMIT = 100_000
"""Samples kept for exporters that have fallen behind; the oldest go first, and are counted."""

# Shared by all requests without a context, hence read-only.
_NO_CONTEXT: Mapping[str, Any] = MappingProxyType({})


class Requests:
    """Counts each request, then tells the plugins: statistics first, straight and always; hooks if anybody listens."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.notify = environment.plugin_manager.notify
        self._record_in_stats = environment.stats.record
        self._batch: deque[RequestSample] = deque(maxlen=BATCH_LIMIT)
        self._batcher: gevent.Greenlet | None = None
        self._outside: deque[tuple[tuple[Any, ...], dict[str, Any]]] = deque()
        self._outside_called = False
        self.samples_dropped = 0
        # Greenlets whose iteration began late and has made no request yet, and by how many ms. Empty, so that asking
        # costs nothing, in a workload without pacing.
        self._late: dict[gevent.Greenlet, float] = {}

    def begin_iteration(self, lateness: float) -> None:
        """An iteration of a paced user begins in this greenlet, `lateness` ms after it was due: the door adds that to
        the response time of its first request."""
        self._environment.stats.schedule_lag.record(lateness)
        self._late[getcurrent()] = lateness

    def end_of_user(self) -> None:
        """The user of this greenlet makes no more iterations: lateness that no request has counted is nobody's."""
        self._late.pop(getcurrent(), None)

    def record(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None = 0,
        *,
        response: Any = None,
        context: Mapping[str, Any] | None = None,
        exception: BaseException | str | None = None,
        start_time: float | None = None,
        url: str | None = None,
        **extra: Any,
    ) -> None:
        """Count one request, in the greenlet of the user that made it.

        `request_type`: the method, or a custom client's own word. `response_time`: what the client measured, ms.
        `response_length`: bytes. `exception`: None is success; a text makes a CatchResponseError. `start_time`: epoch
        seconds, now minus the response time if left out. What else is given goes into `context`.
        Raises what a plugin raises to direct the user (StopUser, ...), nothing else.
        """
        if isinstance(exception, str):
            exception = CatchResponseError(exception)
        if response_time is None or response_length is None:
            # Emitters written for Locust pass None for what they do not know.
            response_time, response_length = response_time or 0.0, response_length or 0
        if start_time is None:
            start_time = time() - response_time / 1000
        if extra:
            context = {**(context or {}), **extra}
        self.measured(
            request_type, name, response_time, None, response_length, response, context or _NO_CONTEXT, exception,
            start_time, url,
        )  # fmt: skip

    def measured(
        self,
        request_type: str,
        name: str,
        service_time: float,
        lag: float | None,
        response_length: int,
        response: Any,
        context: Mapping[str, Any],
        exception: BaseException | None,
        start_time: float,
        url: str | None,
    ) -> None:
        """`record` for clients that know the true time: `service_time` by the kernel's clock, in ms, and `lag`, the
        time that the response lay waiting for the generator, in ms; None if the kernel's clock could not be had."""
        response_time = service_time
        if self._late:
            response_time += self._late.pop(getcurrent(), 0.0)
        self._record_in_stats(name, request_type, response_time, service_time, response_length, exception, lag)
        notify = self.notify
        outcome = notify.loadhost_request_success if exception is None else notify.loadhost_request_failure
        if not (notify.loadhost_request or outcome or notify.loadhost_samples):
            return
        if notify.loadhost_samples:
            sample = (
                request_type, name, response_time, service_time, response_length,
                None if exception is None else error_text(exception), start_time, url, self._environment.worker_index,
            )  # fmt: skip
            self._keep(RequestSample(*sample))
        arguments = (
            self._environment, request_type, name, response_time, service_time, response_length, response, context,
            exception, start_time, url,
        )  # fmt: skip
        self._tell(notify.loadhost_request, outcome, arguments)

    def record_threadsafe(self, request_type: str, name: str, response_time: float, *args: Any, **named: Any) -> None:
        """`record`, from a native thread or another event loop: it is counted in the hub of the run, soon after."""
        named.setdefault("start_time", time() - (response_time or 0.0) / 1000)
        self._outside.append(((request_type, name, response_time, *args), named))
        # One callback for many records: gevent runs few callbacks at a time, and a greenlet for each costs 20 us.
        if not self._outside_called:
            self._outside_called = True
            self._environment.hub.loop.run_callback_threadsafe(gevent.spawn, self.take_in_outside)

    def take_in_outside(self) -> None:
        """Count what `record_threadsafe` was given so far; what is given meanwhile calls again."""
        self._outside_called = False
        for number in range(1, len(self._outside) + 1):
            if not self._outside:  # another greenlet took the rest, while a plugin or the sleep below gave way to it
                return
            arguments, named = self._outside.popleft()
            # There is no user here to direct; StopTest has stopped the run already.
            with suppress(ControlException):
                self.record(*arguments, **named)
            if number % 500 == 0:
                gevent.sleep(0)

    def before(self, request_type: str, name: str, url: str, context: Mapping[str, Any], user: Any) -> None:
        """A request is about to be sent: tell those who listen. For clients; costs a falsy check when nobody does."""
        tell = self.notify.loadhost_before_request
        if tell:
            tell(self._environment, request_type, name, url, context, user)

    def interrupted(self, request_type: str, name: str) -> None:
        """A request that had been sent was cut short with its run: counted apart."""
        self._environment.stats.interrupted(name, request_type)

    def retried(self, request_type: str, name: str) -> None:
        """A request was sent again on a fresh connection: counted apart."""
        self._environment.stats.retried(name, request_type)

    def stepwise(self, steps: int = 1) -> None:
        """A request waited for this process before it waited for its answer, so often: for a new connection, or for the
        answer of another hop. The kernel's clock knows of the last wait only; see `Instrument.stepwise`."""
        self._environment.stats.stepwise += steps

    @property
    def batcher(self) -> gevent.Greenlet | None:
        """The greenlet that gives a batch to `loadhost_samples`, or soon will; None if there is none."""
        return self._batcher or None

    def flush_samples(self) -> None:
        """Give the batch to `loadhost_samples` now."""
        batch, self._batch = self._batch, deque(maxlen=BATCH_LIMIT)
        tell = self.notify.loadhost_samples
        if batch and tell:
            tell(self._environment, tuple(batch))

    def _tell(self, request: Any, outcome: Any, arguments: tuple[Any, ...]) -> None:
        control: ControlException | None = None
        for tell in (request, outcome):
            if tell:
                try:
                    tell(*arguments)
                except ControlException as error:
                    # The listeners of the second hook hear the event too, before the user is directed.
                    control = control or error
        if control is not None:
            raise control

    def _keep(self, sample: RequestSample) -> None:
        if len(self._batch) == BATCH_LIMIT:
            self.samples_dropped += 1
        self._batch.append(sample)
        if not self._batcher:
            self._batcher = gevent.spawn(self._flush_later)

    def _flush_later(self) -> None:
        gevent.sleep(BATCH_INTERVAL_S)
        self.flush_samples()
        # Samples that came while an exporter was busy must not wait for the next request. A greenlet for each batch:
        # the end of the run waits for one that may never be the last, if somebody goes on sending.
        self._batcher = gevent.spawn(self._flush_later) if self._batch else None
