"""Judged: what every response of ours can do to decide whether its request counts as a failure."""

from __future__ import annotations

from typing import Any, Self

import gevent

from loadhost.exception import CatchResponseError, ControlException, LoadhostError, ResponseError


class Judged:
    """Mixed into the responses of both clients, so that `catch_response` means the same with each.

    With `catch_response=True` the `with` block around a request decides; without a block the request is counted at
    the user's next request or wait, by its status. The response says by `_caught` whether it may be judged at all,
    holds in `_session` who counts it (None once it is counted), and counts itself in `_record`.
    """

    __slots__ = ()

    request_meta: dict[str, Any]
    _caught: bool = False
    _session: Any = None
    _verdict: bool | Exception = False  # True: success() was called; an exception: failure() was

    def success(self) -> None:
        """Count the request as a success, whatever its status."""
        self._judge(True)

    def failure(self, exc: Exception | str) -> None:
        """Count the request as a failure, for this reason."""
        self._judge(exc if isinstance(exc, Exception) else CatchResponseError(exc))

    def raise_for_status(self) -> None:
        """Raise what `failure` was given, or why there was no response, or the error of a status of 400 and more."""
        failure = self._verdict if isinstance(self._verdict, Exception) else self._wire_error() or self._status_error()
        if failure is not None and self._verdict is not True:
            raise failure

    def __enter__(self) -> Self:
        if self._caught:
            if self._session is None:
                raise LoadhostError(_COUNTED_ALREADY.format(**self.request_meta))
            self._session._unjudged = None
        return self

    def __exit__(self, *exception: Any) -> bool:
        if not self._caught:
            self.close()
            return False
        error = exception[1]
        self._count(error)
        return isinstance(error, ResponseError) and self._verdict is False

    def _judge(self, verdict: bool | Exception) -> None:
        if not self._caught:
            raise LoadhostError(_NOT_CAUGHT)
        if self._session is None:
            raise LoadhostError(_COUNTED_ALREADY.format(**self.request_meta))
        self._verdict = verdict  # type: ignore[misc]  # a slot of the subclass, or in its __dict__

    def _count(self, error: BaseException | None = None) -> None:
        """Count the request, once. `error`: what the `with` block let out."""
        session, self._session = self._session, None
        if session is not None:
            self._record(session, self._failure(error))

    def _failure(self, error: BaseException | None) -> BaseException | None:
        if self._verdict is not False:
            return None if self._verdict is True else self._verdict
        if isinstance(error, Exception | gevent.Timeout) and not isinstance(error, ControlException):
            return error
        return self._counted_error() or self._status_error()

    # --- what the two kinds of responses differ in

    def close(self) -> None:
        """Give up what has not been read."""

    def _wire_error(self) -> BaseException | None:
        """Why there is no response, as the user sees it."""
        raise NotImplementedError

    def _counted_error(self) -> BaseException | None:
        """The same, as failures are grouped by it."""
        return self._wire_error()

    def _status_error(self) -> Exception | None:
        """The error of a status of 400 and more."""
        raise NotImplementedError

    def _record(self, session: Any, failure: BaseException | None) -> None:
        """Give the request to the door."""
        raise NotImplementedError


_NOT_CAUGHT = "To call success() or failure(), write `with self.client.get(..., catch_response=True) as response:`"
_COUNTED_ALREADY = "{request_type} {name} is counted already, by its status: put `with` around the request itself"
